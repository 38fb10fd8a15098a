from pathlib import Path

import pytest

from serein.deploy.errors import TemplateInvalid
from serein.deploy.samconfig import read_samconfig


def write(folder: Path, text: str, name: str = "samconfig.toml") -> Path:
    (folder / name).write_text(text)
    return folder


@pytest.mark.parametrize(
    "overrides",
    [
        '"Name=rain \\"Text=two words\\" On=true"',
        '"ParameterKey=Name,ParameterValue=rain ParameterKey=Text,ParameterValue=\\"two words\\" On=true"',
        '["Name=rain", "Text=two words", "On=true"]',
        '["Name=rain \\"Text=two words\\"", "On=true"]',
        '{Name = "rain", Text = "two words", On = true}',
        '[{ParameterKey = "Name", ParameterValue = "rain"}, {Text = "two words", On = true}]',
        '"file://values.json"',
        '["file://values.json"]',
    ],
)
def test_parameters_come_in_every_form_that_sam_takes(tmp_path: Path, overrides: str) -> None:
    write(tmp_path, '{"Name": "rain", "Text": "two words", "On": true}', "values.json")
    write(tmp_path, f"[default.deploy.parameters]\nparameter_overrides = {overrides}")
    assert read_samconfig(tmp_path).parameters == {"Name": "rain", "Text": "two words", "On": "true"}


def test_what_stands_for_deploying_comes_before_what_stands_for_all_commands(tmp_path: Path) -> None:
    write(
        tmp_path,
        'version = 0.1\n[default.global.parameters]\nstack_name = "one"\ntags = "team=rain owner=\\"A B\\""\n'
        '[default.deploy.parameters]\nstack_name = "two"\nnotification_arns = ["arn:1"]\n'
        '[default.build.parameters]\ntemplate_file = "app.yaml"',
    )
    found = read_samconfig(tmp_path)
    assert (found.stack_name, found.template) == ("two", "app.yaml")
    assert found.tags == {"team": "rain", "owner": "A B"}
    assert found.notification_arns == ("arn:1",)


def test_an_environment_has_nothing_of_the_default_one(tmp_path: Path) -> None:
    write(
        tmp_path,
        "default:\n  deploy:\n    parameters: {stack_name: one}\nprod:\n  deploy:\n    parameters:\n"
        "      parameter_overrides: [Size=2]\n",
        "samconfig.yaml",
    )
    found = read_samconfig(tmp_path, "prod")
    assert (found.stack_name, found.parameters, found.tags) == ("", {"Size": "2"}, None)


@pytest.mark.parametrize(
    ("text", "environment", "said"),
    [
        ("[default", "", "is not valid TOML"),
        ("[default.deploy]", "prod", "has no environment prod. It has: default"),
        ('[default.deploy.parameters]\nparameter_overrides = "Name"', "", "'Name' is no name and value"),
        ("[default.deploy.parameters]\nparameter_overrides = 3", "", "3 is no list of names and values"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_refused(tmp_path: Path, text: str, environment: str, said: str) -> None:
    with pytest.raises(TemplateInvalid, match=said):
        read_samconfig(write(tmp_path, text), environment)


def test_a_folder_without_configuration_presets_nothing_and_has_no_environments(tmp_path: Path) -> None:
    assert read_samconfig(tmp_path).parameters == {}
    with pytest.raises(TemplateInvalid, match="has no stages"):
        read_samconfig(tmp_path, "prod")
