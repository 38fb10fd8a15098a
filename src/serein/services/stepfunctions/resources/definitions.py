"""The definition of a template's state machine: an object, a text, or a file, with its substitutions made.

AWS: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-stepfunctions-statemachine.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

import yaml

from serein.kernel.resource import Deployment, Properties
from serein.services.stepfunctions.errors import InvalidDefinition, ValidationException

_SOURCES = ("Definition", "DefinitionString", "DefinitionS3Location")
_PLACEHOLDER = re.compile(r"\$\{([^${}]+)\}")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """YAML in which times stay texts, as JSON has them, and so do `Yes` and `No`: states are called that."""


_OTHERWISE = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _OTHERWISE]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(_OTHERWISE[0], re.compile("(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))


async def definition_of(deployment: Deployment, properties: Properties) -> str:
    """The definition's JSON text. Raises ValidationException when there is not exactly one, and InvalidDefinition."""
    given = [source for source in _SOURCES if source in properties]
    if len(given) != 1:
        raise ValidationException(
            "Exactly one of Definition, DefinitionString and DefinitionS3Location must be specified"
        )
    substitutions = properties.get("DefinitionSubstitutions") or {}
    value = properties[given[0]]
    if given[0] == "Definition":
        return json.dumps(_filled(value, substitutions), ensure_ascii=False)
    text = value if given[0] == "DefinitionString" else await _content(deployment, value)
    return _as_json(substituted(text, substitutions))


def substituted(text: str, substitutions: Mapping[str, Any]) -> str:
    """A text with `${name}` replaced by what is given for the name; others stay."""
    if not substitutions:
        return text
    return _PLACEHOLDER.sub(
        lambda match: _shown(substitutions[match[1]]) if match[1] in substitutions else match[0], text
    )


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _filled(value: Any, substitutions: Mapping[str, Any]) -> Any:
    """An object with the same done to its texts."""
    if isinstance(value, str):
        return substituted(value, substitutions)
    if isinstance(value, list):
        return [_filled(item, substitutions) for item in value]
    if isinstance(value, dict):
        return {substituted(str(key), substitutions): _filled(item, substitutions) for key, item in value.items()}
    return value


def _as_json(text: str) -> str:
    """A definition in JSON as it is, one in YAML as JSON."""
    if text.lstrip().startswith("{"):
        return text
    try:
        document = read_yaml(text)
    except yaml.YAMLError as error:
        raise InvalidDefinition(f"Invalid State Machine Definition: 'INVALID_YAML: {error}'") from None
    if not isinstance(document, dict):
        return text
    return json.dumps(document, ensure_ascii=False)


def read_yaml(text: str) -> Any:
    """A definition in YAML. Raises yaml.YAMLError."""
    return yaml.load(text, _Loader)


async def _content(deployment: Deployment, location: Mapping[str, Any]) -> str:
    request = {"Bucket": location["Bucket"], "Key": location["Key"]}
    if location.get("Version"):
        request["VersionId"] = location["Version"]
    content = (await deployment.call("s3", "GetObject", request))["Body"]
    if not isinstance(content, bytes):
        content = b"".join([chunk async for chunk in content])
    try:
        text: str = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidDefinition("Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: not UTF-8'") from None
    return text
