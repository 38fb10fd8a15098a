"""Files of parameters, in every form that AWS's tools take them."""

import json
from pathlib import Path
from typing import Any

import yaml

from serein.deploy.errors import TemplateInvalid


def read_parameters(path: Path) -> dict[str, str]:
    """The values in a JSON or YAML file. Raises TemplateInvalid.

    Forms: the AWS CLI's list of {ParameterKey, ParameterValue}, CodePipeline's {"Parameters": {...}}, a plain object,
    and a list of "Name=Value".
    """
    try:
        document = (
            yaml.safe_load(path.read_text()) if path.suffix in (".yaml", ".yml") else json.loads(path.read_text())
        )
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise TemplateInvalid(f"{path} can't be read: {error}") from error
    found = document.get("Parameters", document) if isinstance(document, dict) else document
    if isinstance(found, dict) and not any(isinstance(value, dict | list) for value in found.values()):
        return {str(name): _text(value) for name, value in found.items()}
    if isinstance(found, list):
        return dict(_pair(path, each) for each in found)
    raise TemplateInvalid(f"{path} holds no parameters: an object, or the AWS CLI's list, is wanted.")


def _pair(path: Path, given: Any) -> tuple[str, str]:
    if isinstance(given, dict) and {"ParameterKey", "ParameterValue"} <= given.keys():
        return str(given["ParameterKey"]), _text(given["ParameterValue"])
    if isinstance(given, str) and "=" in given:
        name, _, value = given.partition("=")
        return name, value
    raise TemplateInvalid(f"{path}: {str(given)[:80]} is no parameter; {{ParameterKey, ParameterValue}} is wanted.")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
