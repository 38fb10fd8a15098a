"""samconfig.toml (or .yaml): what a project tells the SAM CLI, as far as it says what is deployed.

AWS: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-sam-cli-config.html
"""

import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from serein.deploy.errors import TemplateInvalid
from serein.deploy.parameters import read_parameters

FILES = ("samconfig.toml", "samconfig.yaml", "samconfig.yml")
_COMMANDS = ("global", "deploy")
_FILE = "file://"


@dataclass(frozen=True, slots=True)
class Presets:
    """What an environment of a samconfig.toml says."""

    parameters: dict[str, str] = field(default_factory=dict)
    stack_name: str = ""
    template: str = ""
    """The template's file, relative to the configuration's folder."""
    tags: dict[str, str] | None = None
    """Of the stack; None when nothing is said of them."""
    notification_arns: tuple[str, ...] | None = None


def read_samconfig(folder: Path, environment: str = "") -> Presets:
    """What the configuration of a folder says in an environment (`default` when none is named). Raises TemplateInvalid.

    A folder without a configuration says nothing, and has no environments.
    """
    path = next((folder / name for name in FILES if (folder / name).is_file()), None)
    if path is None:
        if environment:
            raise TemplateInvalid(
                f"{folder} has no stages: they are for a serverless.yml, or for a samconfig.toml's environments."
            )
        return Presets()
    document = _document(path)
    names = [name for name, value in document.items() if isinstance(value, dict)]
    if environment and environment not in names:
        raise TemplateInvalid(f"{path} has no environment {environment}. It has: {', '.join(names) or 'none'}.")
    chosen = document.get(environment or "default") or {}
    # AWS: what stands for one command comes before what stands for all.
    found: dict[str, Any] = {}
    for command in _COMMANDS:
        found |= (chosen.get(command) or {}).get("parameters") or {}
    arns = found.get("notification_arns")
    return Presets(
        dict(_pairs(path, found.get("parameter_overrides") or {})),
        str(found.get("stack_name") or ""),
        _template(chosen, found),
        dict(_pairs(path, found["tags"])) if found.get("tags") else None,
        tuple(arns.split() if isinstance(arns, str) else arns) if arns else None,
    )


def _template(chosen: dict[str, Any], found: dict[str, Any]) -> str:
    """The project's own template, not what `sam build` makes of it, which is what `sam deploy` may name."""
    build = (chosen.get("build") or {}).get("parameters") or {}
    for settings in (build, found):
        named = str(settings.get("template_file") or settings.get("template") or "")
        if named and ".aws-sam" not in Path(named).parts:
            return named
    return ""


def _document(path: Path) -> dict[str, Any]:
    try:
        text = path.read_text()
        document = tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)
    except (tomllib.TOMLDecodeError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise TemplateInvalid(f"{path} is not valid {path.suffix[1:].upper()}: {error}") from error
    if not isinstance(document, dict):
        raise TemplateInvalid(f"{path} holds no environments.")
    return document


def _pairs(path: Path, given: Any) -> Iterator[tuple[str, str]]:
    """Names and values of a table, of a text with `A=1 B="2 3"`, of the AWS CLI's pairs, or of a list of these.

    `file://` names a file of parameters, relative to the configuration.
    """
    if isinstance(given, dict):
        if given.keys() == {"ParameterKey", "ParameterValue"}:
            given = {given["ParameterKey"]: given["ParameterValue"]}
        for name, value in given.items():
            yield str(name), _text(value)
    elif isinstance(given, list):
        for each in given:
            if isinstance(each, str) and not each.startswith(_FILE) and not {'"', "'"} & set(each):
                # Why: an element without quotes is one pair, whatever spaces its value has.
                yield _pair(path, each)
            else:
                yield from _pairs(path, each)
    elif isinstance(given, str):
        for part in shlex.split(given):
            if part.startswith(_FILE):
                yield from read_parameters(path.parent / part.removeprefix(_FILE)).items()
            else:
                yield _pair(path, part)
    else:
        raise TemplateInvalid(f"{path}: {given!r} is no list of names and values.")


def _pair(path: Path, part: str) -> tuple[str, str]:
    if part.startswith("ParameterKey="):
        name, separator, value = part.removeprefix("ParameterKey=").partition(",ParameterValue=")
    else:
        name, separator, value = part.partition("=")
    if not separator:
        raise TemplateInvalid(f"{path}: {part!r} is no name and value: write Name=Value.")
    return name, value


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
