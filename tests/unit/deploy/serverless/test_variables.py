"""What the variables of a serverless.yml stand for."""

import json
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.sources import Options, Sources, with_env_files

OUTPUTS = {("net", "Vpc", ""): "vpc-1", ("net", "Vpc", "us-west-2"): "vpc-2"}
PARAMETERS = {
    "/a": ("String", "plain"),
    "/list": ("StringList", "x,y"),
    "/secure": ("SecureString", '{"a": 1}'),
    "/aws/reference/secretsmanager/s": ("SecureString", '{"user": "u"}'),
}


class Account:
    """An account with a little of everything."""

    region = "eu-west-1"

    def __init__(self) -> None:
        self.asked: list[bool] = []

    def account(self) -> str:
        return "123456789012"

    def output(self, stack: str, output: str, region: str) -> str | None:
        return OUTPUTS.get((stack, output, region))

    def parameter(self, name: str, region: str, *, decrypts: bool) -> tuple[str, str] | None:
        self.asked.append(decrypts)
        return PARAMETERS.get(name)

    def object(self, bucket: str, key: str) -> str | None:
        return "content" if (bucket, key) == ("b", "k/x") else None


def resolved(document: Any, folder: Path = Path(), **given: Any) -> Any:
    return Sources(document, Options(folder, Account(), **given)).variables.document()


def custom(value: Any, folder: Path = Path(), /, **rest: Any) -> Any:
    """What a value stands for in a document with these other parts."""
    given = {name: rest.pop(name) for name in ("stage", "options", "parameters", "environment") if name in rest}
    return resolved({"custom": {"value": value}, **rest}, folder, **given)["custom"]["value"]


def refused(value: Any, folder: Path = Path(), /, **rest: Any) -> str:
    with pytest.raises(TemplateInvalid) as caught:
        custom(value, folder, **rest)
    return str(caught.value)


def test_a_property_is_found_wherever_references_lead() -> None:
    parts = {"a": {"b": "${self:c}", "list": [1, {"x": "y"}]}, "c": {"d": "${self:e}"}, "e": 7}
    assert custom("${self:a.b.d}", **parts) == 7
    assert custom("${self:a.list.1.x}", **parts) == "y"
    assert custom("${self:a}", **parts) == {"b": {"d": 7}, "list": [1, {"x": "y"}]}
    assert custom("${self:a.none, 'other'}", **parts) == "other"


def test_the_only_variable_of_a_text_keeps_its_type_and_others_become_text() -> None:
    assert custom("${self:n}", n=5) == 5
    assert custom("${self:n}-${self:t}", n=5, t=True) == "5-true"
    assert "can't stand within a text" in refused("x${self:o}", o={})


def test_alternatives_are_tried_in_turn() -> None:
    assert custom("${opt:x, env:X, 'last'}") == "last"
    assert custom("${opt:x, env:X, 'last'}", environment={"X": "e"}) == "e"
    assert custom("${opt:x, ${self:d}}", d={"k": 1}) == {"k": 1}
    assert custom("${opt:x, null}") is None
    assert [custom(f"${{opt:x, {text}}}") for text in ("false", "12", "1.5", "''")] == [False, 12, 1.5, ""]


def test_a_variable_without_a_value_is_refused_with_its_place_and_sources() -> None:
    assert (
        refused("${env:A, opt:b}") == 'custom.value: ${env:A, opt:b} has no value: nothing was found at "env", "opt".'
    )
    assert "there is no variable source 'vault'" in refused("${vault:x}")
    assert "neither a variable nor a quoted text" in refused("${opt:stage, a b}")


def test_properties_that_refer_to_one_another_in_a_circle_are_refused() -> None:
    assert "custom.value → a → custom.value" in refused("${self:a}", a="${self:custom.value}")


def test_the_stage_comes_from_the_option_then_the_document_then_is_dev() -> None:
    assert custom("${sls:stage}") == "dev"
    assert custom("${sls:stage}", provider={"stage": "${opt:stage, 'beta'}"}) == "beta"
    assert custom("${sls:stage}-${opt:stage}", stage="prod") == "prod-prod"
    assert "sls:other" in refused("${sls:other}")


def test_parameters_come_from_the_command_line_then_the_stage_then_every_stage() -> None:
    params = {"dev": {"a": 1}, "default": {"a": 2, "b": "${sls:stage}"}}
    assert custom("${param:a}${param:b}", params=params) == "1dev"
    assert custom("${param:a}", params=params, stage="prod") == 2
    assert custom("${param:a}", params=params, parameters={"a": "given"}) == "given"
    stages = {"prod": {"params": {"a": 3}}, "default": {"params": {"a": 4}}}
    assert [custom("${param:a}", stages=stages, stage=stage) for stage in ("prod", "qa")] == [3, 4]


def test_files_are_read_and_their_variables_belong_to_the_document(tmp_path: Path) -> None:
    (tmp_path / "c.yml").write_text("dev:\n  table: !Ref Table\n  name: ${self:service}-x\n")
    (tmp_path / "d.json").write_text(json.dumps({"list": ["a", "b"]}))
    (tmp_path / "t.txt").write_text("some text\n")
    assert custom("${file(./c.yml):${sls:stage}.name}", tmp_path, service="s") == "s-x"
    assert custom("${file(c.yml):dev.table}", tmp_path) == {"Ref": "Table"}
    assert custom("${file(d.json):list.1}-${file(t.txt)}", tmp_path) == "b-some text\n"
    assert custom("${file(none.yml), 'else'}", tmp_path) == "else"
    (tmp_path / "c.yml").write_text("a: [")
    assert "can't be read" in refused("${file(c.yml)}", tmp_path)


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_modules_export_values_or_functions_that_may_ask(tmp_path: Path) -> None:
    (tmp_path / "m.js").write_text(
        "module.exports.plain = { a: { b: 1 } };\n"
        "module.exports.asks = async ({ options, resolveVariable, resolveConfigurationProperty }) => ({\n"
        "  stage: await resolveVariable('sls:stage'), name: await resolveConfigurationProperty(['custom', 'name']),\n"
        "  given: options.x });\n"
        "module.exports.fails = () => { throw new Error('no luck'); };\n"
    )
    (tmp_path / "e.mjs").write_text("export default () => { console.log('noise'); return { z: '${self:n}' }; };\n")
    assert custom("${file(m.js):plain.a.b}", tmp_path) == 1
    found = resolved({"custom": {"name": "n", "asked": "${file(m.js):asks}"}}, tmp_path, stage="qa", options={"x": "1"})
    assert found["custom"]["asked"] == {"stage": "qa", "name": "n", "given": "1"}
    assert custom("${file(e.mjs)}", tmp_path, n=4) == {"z": 4}
    assert "no luck" in refused("${file(m.js):fails}", tmp_path)


def test_aws_is_asked_for_accounts_outputs_parameters_and_objects() -> None:
    assert custom("${aws:accountId}/${aws:region}") == "123456789012/eu-west-1"
    assert [custom(f"${{{cf}:net.Vpc}}") for cf in ("cf", "cf(us-west-2)", "cf.us-west-2")] == [
        "vpc-1",
        "vpc-2",
        "vpc-2",
    ]
    assert custom("${cf:net.None, 'd'}") == "d"
    assert custom("${s3:b/k/x}") == "content"
    assert custom("${ssm:/list}") == ["x", "y"]
    assert custom("${ssm(raw):/list}") == "x,y"
    assert custom("${ssm:/a~true}") == "plain"
    assert custom("${ssm:/aws/reference/secretsmanager/s}") == {"user": "u"}
    assert custom("${ssm:/secure}") == {"a": 1}
    assert custom("${ssm(raw):/secure}") == '{"a": 1}'


def test_secure_parameters_are_decrypted_unless_it_is_not_wanted() -> None:
    account = Account()
    document = {"a": "${ssm:/a}", "b": "${ssm(noDecrypt):/a}"}
    Sources(document, Options(Path(), account)).variables.document()
    assert account.asked == [True, False]


def test_texts_become_truth_values() -> None:
    assert [custom(f"${{strToBool({text})}}") for text in ("true", "0", "${opt:x, 'False'}")] == [True, False, False]
    assert "strToBool(maybe)" in refused("${strToBool(maybe)}")


def test_env_files_of_the_stage_come_first_and_the_environment_before_them(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1\nB=1\nC=1\n")
    (tmp_path / ".env.dev").write_text("B=2\nC=2\n")
    assert with_env_files(tmp_path, "dev", {"C": "3"}) == {"A": "1", "B": "2", "C": "3"}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_version_control_is_asked(tmp_path: Path) -> None:
    run = partial(subprocess.run, cwd=tmp_path, check=True, capture_output=True)
    run(["git", "init", "-q", "-b", "trunk"])
    assert custom("${git:sha1, 'none'}", tmp_path) == "none"
    (tmp_path / "a").write_text("")
    run(["git", "add", "."])
    run(["git", "-c", "user.name=Ann", "-c", "user.email=a@b.c", "commit", "-qm", "First\n\nmore"])
    run(["git", "tag", "v1"])
    assert custom("${git:branch} ${git:messageSubject} ${git:tags} ${git:repository}", tmp_path) == (
        f"trunk First v1 {tmp_path.name}"
    )
    assert custom("${git:isDirty}", tmp_path) is False
    (tmp_path / "b").write_text("")
    assert custom("${git:isDirty}", tmp_path) is True
    assert str(custom("${git:sha1}", tmp_path)).startswith(str(custom("${git:commit}", tmp_path)))
    with pytest.raises(TemplateInvalid, match="git:colour"):
        custom("${git:colour}", tmp_path)
