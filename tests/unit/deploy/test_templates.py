from pathlib import Path

import pytest

from serein.deploy.errors import TemplateInvalid
from serein.deploy.templates import open_project, parse_template, read_template, resolved


def test_tags_become_long_forms() -> None:
    template = parse_template(
        """
A: !Ref B
C: !GetAtt D.E.F
G: !Sub "${H}-x"
I: !If [J, !Ref K, !Ref AWS::NoValue]
L: !Join ["", [a, !GetAtt [M, N]]]
O: !Condition P
Date: 2010-09-09
Q: {"Fn::Transform": {"Name": "AWS::Include"}}
""",
        "t",
    )
    assert template == {
        "A": {"Ref": "B"},
        "C": {"Fn::GetAtt": ["D", "E.F"]},
        "G": {"Fn::Sub": "${H}-x"},
        "I": {"Fn::If": ["J", {"Ref": "K"}, {"Ref": "AWS::NoValue"}]},
        "L": {"Fn::Join": ["", ["a", {"Fn::GetAtt": ["M", "N"]}]]},
        "O": {"Condition": "P"},
        "Date": "2010-09-09",
        "Q": {"Fn::Transform": {"Name": "AWS::Include"}},
    }


@pytest.mark.parametrize("text", ["a: [", "- a", "{", "x: !Sub {", ""])
def test_what_is_no_template_is_refused_with_the_file_name(text: str) -> None:
    with pytest.raises(TemplateInvalid, match="my-template"):
        parse_template(text, "my-template")


def test_a_template_without_resources_is_refused(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text("Parameters: {}")
    with pytest.raises(TemplateInvalid, match="no Resources"):
        read_template(tmp_path / "template.yaml")


def test_a_folder_without_template_says_what_was_looked_for(tmp_path: Path) -> None:
    with pytest.raises(TemplateInvalid, match=r"template\.yaml"):
        open_project(tmp_path)


def test_a_samconfig_presets_the_stack_and_names_the_template(tmp_path: Path) -> None:
    (tmp_path / "template.yml").write_text("Resources: {}")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "main.yaml").write_text("Resources: {}")
    (tmp_path / "samconfig.toml").write_text(
        '[default.deploy.parameters]\nstack_name = "s"\nparameter_overrides = "A=1"\n'
        'template_file = ".aws-sam/build/template.yaml"\n[other.build.parameters]\ntemplate_file = "app/main.yaml"\n'
        '[wrong.build.parameters]\ntemplate_file = "missing.yaml"\n'
    )
    project = open_project(tmp_path)
    assert (project.template_path.name, project.presets.stack_name) == ("template.yml", "s")
    assert project.presets.parameters == {"A": "1"}
    assert open_project(tmp_path, "other").folder == tmp_path / "app"
    with pytest.raises(TemplateInvalid, match=r"which .* names, does not exist"):
        open_project(tmp_path, "wrong")


def test_references_and_substitutions_of_parameters_are_worked_out() -> None:
    values = {"Folder": "code"}
    assert resolved({"Ref": "Folder"}, values) == "code"
    assert resolved({"Fn::Sub": "./${Folder}/x"}, values) == "./code/x"
    assert resolved({"Fn::Sub": "${Folder}-${AWS::Region}"}, values) == {"Fn::Sub": "${Folder}-${AWS::Region}"}
    assert resolved({"Bucket": "b", "Key": "k"}, values) == {"Bucket": "b", "Key": "k"}
