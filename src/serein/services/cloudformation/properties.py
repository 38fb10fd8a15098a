"""A resource's properties: checked against its type when the resource is made, and compared for an update.

AWS: a template's own values are checked first, what functions gave them by the type's handler; both happen when the
resource's turn comes and not before, and either fails the resource
(https://repost.aws/knowledge-center/cloudformation-resolve-model-val-failed).
"""

from collections.abc import Mapping
from typing import Any

from serein.kernel.ids import new_uuid
from serein.kernel.resource import Properties, Resource
from serein.services.cloudformation.errors import ResourceFailure
from serein.services.cloudformation.functions import FUNCTION_NAMES
from serein.services.cloudformation.type_checks import Violation, check, told
from serein.services.cloudformation.type_data import Node, find_type


def valid_properties(
    logical_id: str, type_name: str, handler: Resource, template_value: Any, properties: Properties
) -> Properties:
    """The properties with their scalars in the type's types; `template_value` is what they were worked out from.

    Raises ResourceFailure in AWS's words for properties that the type doesn't take.
    """
    if type_name.startswith("Custom::") or type_name == "AWS::CloudFormation::CustomResource":
        if not isinstance(properties.get("ServiceToken"), str):
            raise ResourceFailure("Missing Properties object for resource: ServiceToken is required")
        return properties
    schema = find_type(type_name)
    if schema is None:
        for name in properties.keys() - handler.properties:
            raise ResourceFailure(f"Encountered unsupported property {name}")
        return properties
    coerced, violations = check(schema, properties)
    if violations:
        raise ResourceFailure(_reason(logical_id, schema, template_value, violations))
    return coerced


def coerced_properties(type_name: str, properties: Properties) -> Properties:
    """The properties with their scalars in the type's types, right or not."""
    schema = find_type(type_name)
    return properties if schema is None else check(schema, properties)[0]


def changed_properties(type_name: str, old: Properties, new: Properties) -> set[str]:
    """The names of what differs; 5 and "5" don't where the type has a number."""
    if old == new:
        return set()
    old, new = coerced_properties(type_name, old), coerced_properties(type_name, new)
    return {name for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def replacing_properties(handler: Resource, old: Properties, new: Properties, changed: set[str]) -> set[str]:
    """Which of the changed properties need a new resource."""
    return {
        name
        for path in handler.replaced_by
        if (name := path.partition("/")[0]) in changed and _at(old, path) != _at(new, path)
    }


def _at(value: Any, path: str) -> Any:
    for part in path.split("/"):
        if part == "*":
            return value
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _reason(logical_id: str, schema: Node, template_value: Any, violations: list[Violation]) -> str:
    if schema.get("legacy"):
        return _legacy_reason(violations[0])
    literal = [violation for violation in violations if _is_literal(template_value, violation[0])]
    if literal:
        lines = "\n".join(told(literal))
        return f"Properties validation failed for resource {logical_id} with message:\n{lines}"
    lines = "\n".join(told(violations))
    return (
        f'Resource handler returned message: "Model validation failed ({lines})"'
        f" (RequestToken: {new_uuid()}, HandlerErrorCode: InvalidRequest)"
    )


def _is_literal(template_value: Any, pointer: str) -> bool:
    """Whether the template itself has the value that a pointer shows."""
    for part in pointer.split("/")[1:]:
        if _is_function(template_value):
            return False
        if isinstance(template_value, dict):
            template_value = template_value.get(part)
        elif isinstance(template_value, list) and part.isdecimal() and int(part) < len(template_value):
            template_value = template_value[int(part)]
        else:
            return False
    return not _is_function(template_value)


def _is_function(template_value: Any) -> bool:
    return (
        isinstance(template_value, dict) and len(template_value) == 1 and not FUNCTION_NAMES.isdisjoint(template_value)
    )


def _legacy_reason(violation: Violation) -> str:
    """AWS: types that its registry doesn't run are checked by CloudFormation's older code, one thing at a time."""
    pointer, text = violation
    for start, reason in (
        ("required key [", "Property {} cannot be empty."),
        ("extraneous key [", "Encountered unsupported property {}"),
    ):
        if text.startswith(start):
            return reason.format(text.removeprefix(start).partition("]")[0])
    name = pointer.rpartition("/")[2]
    if text.startswith("expected type: "):
        wanted = text.removeprefix("expected type: ").partition(",")[0]
        return f"Value of property {name} must be of type {_LEGACY_KINDS.get(wanted, wanted)}"
    return f"Value of property {name} is not valid: {text}"


_LEGACY_KINDS = {"JSONArray": "List", "JSONObject": "Object"}


def with_stack_tags(type_name: str, properties: Properties, stack_tags: Mapping[str, str]) -> Properties:
    """The properties as if the resource had its stack's tags itself, where its type takes tags."""
    schema = find_type(type_name) or {}
    name = schema.get("tags", "")
    node = schema.get("properties", {}).get(name)
    if node is None or not stack_tags:
        return properties
    own = properties.get(name)
    if node.get("type") == "array":
        listed = own if isinstance(own, list) else []
        known = {tag.get("Key") for tag in listed if isinstance(tag, dict)}
        added = [{"Key": key, "Value": value} for key, value in stack_tags.items() if key not in known]
        return {**properties, name: [*listed, *added]} if added else properties
    return {**properties, name: {**stack_tags, **(own if isinstance(own, dict) else {})}}
