"""Which resources a template's parts refer to, and in which order that lets them be made."""

import re
from typing import Any

from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.templates import Template

_SUB_NAME = re.compile(r"\$\{([^{}!][^{}]*)\}")
PSEUDO = frozenset(
    {
        "AWS::AccountId",
        "AWS::NoValue",
        "AWS::NotificationARNs",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)


def names_in(value: Any) -> set[str]:
    """The names that Ref, Fn::GetAtt and Fn::Sub mention: resources, parameters and pseudo parameters."""
    found: set[str] = set()
    _collect(value, found)
    return found


def _collect(value: Any, found: set[str]) -> None:
    if isinstance(value, list):
        for member in value:
            _collect(member, found)
        return
    if not isinstance(value, dict):
        return
    if len(value) == 1:
        name, argument = next(iter(value.items()))
        if name == "Ref" and isinstance(argument, str):
            found.add(argument)
            return
        if name == "Fn::GetAtt":
            target = argument.split(".", 1) if isinstance(argument, str) else argument
            if isinstance(target, list) and target and isinstance(target[0], str):
                found.add(target[0])
                _collect(target[1:], found)
            return
        if name == "Fn::Sub":
            _collect_sub(argument, found)
            return
    for member in value.values():
        _collect(member, found)


def _collect_sub(argument: Any, found: set[str]) -> None:
    text: Any = argument
    values: dict[str, Any] = {}
    if isinstance(argument, list) and len(argument) == 2 and isinstance(argument[1], dict):
        text, values = argument
        _collect(values, found)
    if not isinstance(text, str):
        return
    for name in map(str.strip, _SUB_NAME.findall(text)):
        if name not in values:
            found.add(name if name in PSEUDO else name.partition(".")[0])


def depends_on(definition: dict[str, Any]) -> list[str]:
    """A resource's DependsOn as a list. Raises ValidationError when it is neither text nor texts."""
    declared = definition.get("DependsOn", [])
    listed = [declared] if isinstance(declared, str) else declared
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        raise ValidationError("Template format error: DependsOn must be a string or list of strings.")
    return listed


def dependencies(template: Template) -> dict[str, list[str]]:
    """Each resource's dependencies, sorted. Raises ValidationError on a name that isn't there, or on a circle."""
    resources: dict[str, Any] = template["Resources"]
    known = resources.keys() | template.get("Parameters", {}).keys() | PSEUDO
    edges: dict[str, list[str]] = {}
    unresolved: list[str] = []
    for logical_id, definition in resources.items():
        mentioned = names_in([definition.get("Properties", {}), definition.get("UpdatePolicy", {})])
        mentioned |= set(depends_on(definition))
        unresolved += sorted(mentioned - known - set(unresolved))
        edges[logical_id] = sorted(mentioned & resources.keys())
    if unresolved:
        raise ValidationError(
            "Template format error: Unresolved resource dependencies"
            f" [{', '.join(unresolved)}] in the Resources block of the template"
        )
    unresolved = sorted(names_in(template.get("Outputs", {})) - known)
    if unresolved:
        raise ValidationError(
            "Template format error: Unresolved resource dependencies"
            f" [{', '.join(unresolved)}] in the Outputs block of the template"
        )
    circle = find_circle(edges)
    if circle:
        raise ValidationError(f"Circular dependency between resources: [{', '.join(circle)}]")
    return edges


def find_circle(edges: dict[str, list[str]]) -> list[str]:
    """The resources that wait for one another, sorted; empty when there are none."""
    waiting = {name: set(wanted) for name, wanted in edges.items()}
    while True:
        free = [name for name, wanted in waiting.items() if not wanted]
        if not free:
            return sorted(waiting)
        for name in free:
            del waiting[name]
        for wanted in waiting.values():
            wanted.difference_update(free)


def check_conditions(template: Template) -> None:
    """Raise ValidationError when conditions name what conditions can't, or a condition isn't there."""
    conditions = template.get("Conditions", {})
    allowed = template.get("Parameters", {}).keys() | PSEUDO
    unresolved = sorted(names_in(conditions) - allowed)
    if unresolved:
        raise ValidationError(
            f"Template format error: Unresolved dependencies [{', '.join(unresolved)}]."
            " Cannot reference resources in the Conditions block of the template"
        )
    for section in ("Resources", "Outputs"):
        for name, definition in template.get(section, {}).items():
            condition = definition.get("Condition")
            if condition is not None and (not isinstance(condition, str) or condition not in conditions):
                raise ValidationError(
                    f"Template format error: Condition {condition} is not defined"
                    f" (used by {name} in the {section} block of the template)"
                )
