"""Definitions of state machines that AWS would refuse, in a template and in files beside it."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from serein.deploy.errors import Place, Problem
from serein.deploy.origins import Origins
from serein.deploy.packaging import is_local
from serein.deploy.places import Positions
from serein.deploy.templates import Template, parameter_values, resolved
from serein.deploy.validation.findings import Finding
from serein.services.stepfunctions.language import diagnose
from serein.services.stepfunctions.resources.definitions import read_yaml

_SOURCES = {
    "AWS::Serverless::StateMachine": ("Definition", "DefinitionUri", "Type"),
    "AWS::StepFunctions::StateMachine": ("Definition", "DefinitionS3Location", "StateMachineType"),
}
_TEXT = "DefinitionString"
_UNKNOWN = "arn:aws:lambda:us-east-1:123456789012:function:unknown"
_NUMBERS = ("Attempts", "Concurrency", "Count", "Percentage", "Rate", "Seconds")
_VARIABLE = re.compile(r"\$\{([^${}]+)\}")
_BARE = re.compile(r'("\s*:\s*)\$\{[^${}]+\}')
_PSEUDO = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
}
_PARTITION = re.compile(r"arn:\$\{[^${}]+\}:")
_QUOTED = re.compile(r'"\$\{[^${}]+\}"')


def definition_findings(
    template: Template, folder: Path, given: Mapping[str, str], origins: Origins
) -> Iterator[Finding]:
    """Errors; warnings where a definition has what only a deployment knows."""
    values = parameter_values(template, dict(given))
    for logical_id, resource in template["Resources"].items():
        kind = resource.get("Type", "") if isinstance(resource, dict) else ""
        properties = resource.get("Properties") if kind in _SOURCES else None
        if not isinstance(properties, dict):
            continue
        inline, file, type_name = _SOURCES[kind]
        text, path = _text_of(properties, inline, resolved(properties.get(file), values), folder)
        if text is None:
            continue
        known = _PSEUDO | {
            name: str(found)
            for name, value in (properties.get("DefinitionSubstitutions") or {}).items()
            if isinstance(found := resolved(value, values), str | int)
        }
        text = _VARIABLE.sub(lambda found, known=known: known.get(found[1], found[0]), text)  # type: ignore[misc]
        machine_type = str(resolved(properties.get(type_name), values) or "STANDARD")
        level = "warning" if _UNKNOWN in text or _VARIABLE.search(text) else "error"
        for found in diagnose(_guessed(text, is_yaml=path is not None), machine_type):
            if found.severity == "ERROR":
                names = [name for name in (found.location or "").split("/") if name]
                place = _place_in(path, text, names) if path else _place(origins, logical_id, inline, names)
                where = f" at {found.location}" if found.location else ""
                message = f"The definition is not valid: {found.message}{where}"
                yield Finding(level, Problem(message, logical_id, kind, place))


def _text_of(properties: Mapping[str, Any], inline: str, file: Any, folder: Path) -> tuple[str | None, Path | None]:
    """The definition's text, None when nothing can be said of it; and the file that it is in."""
    if inline in properties:
        return json.dumps(_filled(properties[inline])), None
    if _TEXT in properties:
        return _joined(properties[_TEXT]), None
    if is_local(file) and (folder / file).is_file():
        return (folder / file).read_text(errors="replace"), folder / file
    return None, None


def _joined(value: Any) -> str | None:
    """A text as far as it is known."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) and len(value) == 1:
        function, argument = next(iter(value.items()))
        if function == "Fn::Sub":
            return argument if isinstance(argument, str) else str(argument[0])
        if function == "Fn::Join":
            return str(argument[0]).join(each if isinstance(each, str) else _unknown(each) for each in argument[1])
    return None


def _filled(value: Any) -> Any:
    """An object with something in place of what only a deployment knows."""
    if isinstance(value, list):
        return [_filled(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
        return _unknown(value)
    return {str(key): _filled(item) for key, item in value.items()}


def _unknown(function: Any) -> str:
    """What may stand in place of a function of the template."""
    return _PSEUDO.get(str(function.get("Ref")), _UNKNOWN) if isinstance(function, dict) else _UNKNOWN


def _guessed(text: str, *, is_yaml: bool) -> str:
    """The text with something in place of what is to be substituted; YAML as JSON."""
    if not is_yaml or text.lstrip().startswith("{"):
        return _filled_in(text)
    try:
        return json.dumps(_known(read_yaml(text)), default=str)
    except yaml.YAMLError:
        return text


def _known(value: Any, key: str = "") -> Any:
    """A document with something in place of what is to be substituted."""
    if isinstance(value, list):
        return [_known(item) for item in value]
    if isinstance(value, dict):
        return {name: _known(item, str(name)) for name, item in value.items()}
    if isinstance(value, str) and _VARIABLE.fullmatch(value):
        return 1 if key.endswith(_NUMBERS) else _UNKNOWN
    return _VARIABLE.sub("unknown", value) if isinstance(value, str) else value


def _filled_in(text: str) -> str:
    text = _QUOTED.sub(f'"{_UNKNOWN}"', text)
    if text.lstrip().startswith("{"):
        text = _BARE.sub(r"\g<1>1", text)
    text = _PARTITION.sub("arn:aws:", text)
    return _VARIABLE.sub("unknown", text)


def _place_in(path: Path, text: str, names: list[str]) -> Place:
    return Positions(path, _filled_in(text)).nearest(*names) or Place(path, 1)


def _place(origins: Origins, logical_id: str, inline: str, names: list[str]) -> Place | None:
    origin = origins.find((logical_id,), "Properties", inline, *names)
    return origin.place if origin is not None else None
