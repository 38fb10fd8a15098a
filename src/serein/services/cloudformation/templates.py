"""Templates: from JSON or YAML text to a dict, and the form that every template must have."""

import json
from collections.abc import Hashable
from functools import lru_cache
from typing import Any, ClassVar

import yaml

from serein.services.cloudformation.errors import ValidationError

Template = dict[str, Any]
_SECTIONS = frozenset(
    {
        "AWSTemplateFormatVersion",
        "Conditions",
        "Description",
        "Globals",
        "Hooks",
        "Mappings",
        "Metadata",
        "Outputs",
        "Parameters",
        "Resources",
        "Rules",
        "Transform",
    }
)
_RESOURCE_MEMBERS = frozenset(
    {
        "Condition",
        "CreationPolicy",
        "DeletionPolicy",
        "DependsOn",
        "Description",
        "Metadata",
        "Properties",
        "Type",
        "UpdatePolicy",
        "UpdateReplacePolicy",
        "Version",
    }
)
_SAM_RESOURCE_MEMBERS = _RESOURCE_MEMBERS | {"Connectors", "IgnoreGlobals"}
_UNTRANSFORMED = _SECTIONS - {"Globals", "Metadata", "Outputs", "Resources"}
_MOST = {"Parameters": 200, "Mappings": 200, "Outputs": 200}
_MOST_RESOURCES = 500
_LONGEST_DESCRIPTION_BYTES = 1024
_SafeLoader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]
    """YAML as CloudFormation reads it: its short tags and no others, no aliases, dates stay text."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in _SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        if node in self.constructed_objects or node in self.recursive_objects:
            raise ValidationError("Template format error: YAML aliases are not allowed in CloudFormation templates")
        return super().construct_object(node, deep=True)

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self.construct_object(key_node)
            if not isinstance(key, Hashable) or isinstance(key, tuple):
                raise _malformed("YAML", key_node.start_mark.line + 1, key_node.start_mark.column + 1)
            key = key if isinstance(key, str) else key_node.value
            if key in mapping:
                place = f"(line {key_node.start_mark.line + 1}, column {key_node.start_mark.column + 1})"
                raise ValidationError(f"Template format error: duplicate key {key} {place}")
            mapping[key] = self.construct_object(value_node)
        return mapping


def _construct_map(loader: Any, node: Any) -> dict[Any, Any]:
    mapping: dict[Any, Any] = loader.construct_mapping(node)
    return mapping


def _construct_short_tag(loader: Any, suffix: str, node: Any) -> dict[str, Any]:
    if suffix not in _SHORT_TAGS:
        raise ValidationError(f"Template format error: Unrecognized tag !{suffix}")
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif isinstance(node, yaml.SequenceNode):
        value = [loader.construct_object(child) for child in node.value]
    else:
        value = loader.construct_mapping(node)
    name = suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}"
    return {name: value}


_SHORT_TAGS = frozenset(
    {
        "And",
        "Base64",
        "Cidr",
        "Condition",
        "Contains",
        "EachMemberEquals",
        "EachMemberIn",
        "Equals",
        "FindInMap",
        "ForEach",
        "GetAZs",
        "GetAtt",
        "GetStackOutput",
        "If",
        "ImportValue",
        "Join",
        "Length",
        "Not",
        "Or",
        "Ref",
        "RefAll",
        "Select",
        "Split",
        "Sub",
        "ToJsonString",
        "Transform",
        "ValueOf",
        "ValueOfAll",
    }
)
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_map)
_Loader.add_multi_constructor("!", _construct_short_tag)


def _malformed(language: str, line: int, column: int) -> ValidationError:
    return ValidationError(f"Template format error: {language} not well-formed. (line {line}, column {column})")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValidationError(f"Template format error: duplicate key {twice}")
    return found


def parse_text(text: str) -> Any:
    """A template or a snippet of one as plain values. Raises ValidationError with the place of the fault."""
    try:
        if text.lstrip().startswith("{"):
            try:
                return json.loads(text, object_pairs_hook=_unique)
            except json.JSONDecodeError as error:
                raise _malformed("JSON", error.lineno, error.colno) from None
            except ValueError:
                raise ValidationError("Template format error: JSON not well-formed.") from None
        try:
            return yaml.load(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark
            raise _malformed("YAML", mark.line + 1 if mark else 0, mark.column + 1 if mark else 0) from None
        except (yaml.YAMLError, ValueError):
            raise ValidationError("Template format error: YAML not well-formed.") from None
    except RecursionError:
        raise ValidationError("Template format error: the template is nested too deeply") from None


@lru_cache(maxsize=32)
def _parsed(text: str) -> str:
    return json.dumps(parse_text(text))


def parse_template(text: str) -> Template:
    """A template's own copy of its content. Raises ValidationError unless it has a template's form."""
    template = json.loads(_parsed(text))
    if not isinstance(template, dict):
        raise ValidationError("Template format error: unsupported structure.")
    unknown = sorted(template.keys() - _SECTIONS)
    if unknown:
        raise ValidationError(f"Invalid template property or properties [{', '.join(unknown)}]")
    version = template.get("AWSTemplateFormatVersion", "2010-09-09")
    if version != "2010-09-09":
        raise ValidationError(
            f"Template format error: {version} is not a supported value for AWSTemplateFormatVersion."
        )
    if not isinstance(template.get("Description", ""), str):
        raise ValidationError("Template format error: Every Description member must be a string.")
    if len(template.get("Description", "").encode()) > _LONGEST_DESCRIPTION_BYTES:
        raise ValidationError("Template format error: 'Description' length is greater than 1024.")
    for section in ("Parameters", "Mappings", "Conditions", "Resources", "Outputs", "Rules"):
        if not isinstance(template.get(section, {}), dict):
            raise ValidationError(f"Template format error: Every {section} object must be an object.")
    _check_sizes(template)
    if not template.get("Resources"):
        raise ValidationError("Template format error: At least one Resources member must be defined.")
    # AWS: nulls in resources count after the transforms: SAM makes a text of a state machine's definition.
    _refuse_nulls(template, _UNTRANSFORMED if transforms_of(template) else _SECTIONS - {"Metadata"})
    return template


def _check_sizes(template: Template) -> None:
    for section, most in _MOST.items():
        count = len(template.get(section, {}))
        if count > most:
            raise ValidationError(
                f"Template format error: Number of {section.lower()}, {count}, is greater than maximum allowed, {most}"
            )
    for name, mapping in template.get("Mappings", {}).items():
        if isinstance(mapping, dict) and len(mapping) > _MOST["Mappings"] and not name.startswith("Fn::"):
            raise ValidationError(
                f"Template format error: Number of mapping attributes, {len(mapping)}, is greater than maximum allowed,"
                f" {_MOST['Mappings']}"
            )


def check_resources(template: Template) -> None:
    """Raise ValidationError unless each resource has a resource's form."""
    resources = template["Resources"]
    _refuse_nulls(template, frozenset({"Resources", "Outputs"}))
    if len(resources) > _MOST_RESOURCES:
        raise ValidationError(
            f"Template format error: Number of resources, {len(resources)}, is greater than maximum allowed, 500"
        )
    for name, definition in resources.items():
        if not isinstance(definition, dict):
            raise ValidationError(f"Template format error: [/Resources/{name}] Any Resources member must be an object.")
        if not isinstance(definition.get("Type"), str):
            raise ValidationError(
                f"Template format error: [/Resources/{name}] Every Resources object must contain a Type member."
            )
        if not name.isalnum() or not name.isascii():
            raise ValidationError(f"Template format error: Resource name {name} is non alphanumeric.")
        extra = sorted(definition.keys() - _RESOURCE_MEMBERS)
        if extra:
            raise ValidationError(f"Invalid template resource property '{extra[0]}'")
        if not isinstance(definition.get("Properties", {}), dict):
            raise ValidationError(f"Template format error: [/Resources/{name}/Properties] must be an object.")
    _check_outputs(template.get("Outputs", {}))


def _check_outputs(outputs: dict[str, Any]) -> None:
    for name, definition in outputs.items():
        if not isinstance(definition, dict) or "Value" not in definition:
            raise ValidationError(
                f"Template format error: [/Outputs/{name}] Every Outputs member must contain a Value object"
            )
        export = definition.get("Export", {"Name": ""})
        if not isinstance(export, dict) or "Name" not in export:
            raise ValidationError(
                f"Template format error: [/Outputs/{name}] Every Export member must contain a Name object"
            )


def _refuse_nulls(template: Template, sections: frozenset[str]) -> None:
    for section in template:
        if section in sections:
            _refuse_null(template[section], f"/{section}")


def _refuse_null(value: Any, path: str) -> None:
    if value is None:
        raise ValidationError(f"Template format error: [{path}] 'null' values are not allowed in templates")
    if isinstance(value, dict):
        for key, member in value.items():
            _refuse_null(member, f"{path}/{key}")
    elif isinstance(value, list):
        for index, member in enumerate(value):
            _refuse_null(member, f"{path}/{index}")


def transforms_of(template: Template) -> list[Any]:
    """The template's Transform section as a list of names and objects."""
    declared = template.get("Transform", [])
    return declared if isinstance(declared, list) else [declared]
