"""Why a change set says that a resource changes: each property with what changes it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChangeDetail.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.resource import Resource
from serein.services.cloudformation.stacks import Definition

STACK_TYPE = "AWS::CloudFormation::Stack"
_SUB_NAME = re.compile(r"\$\{([^{}!][^{}]*)\}")
_DEFAULTS = {"AWS::RDS::DBCluster": "Snapshot"}
Detail = dict[str, Any]


@dataclass(slots=True)
class Causes:
    """What differs between two definitions of a stack."""

    old: Definition
    new: Definition
    replaced: dict[str, str] = field(default_factory=dict)
    """Resources that get a new physical one, each with `True` or `Conditional`."""
    modified: set[str] = field(default_factory=set)

    def details(self, logical_id: str, handler: Resource, names: list[str]) -> list[Detail]:
        """The entries of a changed resource's Details."""
        before, after = _properties(self.old, logical_id), _properties(self.new, logical_id)
        found = []
        for name in names:
            target = {"Attribute": "Properties", "Name": name, "RequiresRecreation": recreation(handler, name)}
            found += [{"Target": target, **cause} for cause in self._causes(before.get(name), after.get(name))]
        return found

    def _causes(self, before: Any, after: Any) -> Iterator[Detail]:
        names, attributes = references_in(after)
        changed = [name for name in sorted(names) if self._is_changed_parameter(name)]
        indirect = [_cause("Static", "ParameterReference", name) for name in changed]
        for name in sorted(names & self.replaced.keys()):
            evaluation = "Static" if self.replaced[name] == "True" else "Dynamic"
            indirect.append(_cause(evaluation, "ResourceReference", name))
        for attribute in sorted(attributes):
            if attribute.partition(".")[0] in self.replaced.keys() | self.modified:
                indirect.append(_cause("Dynamic", "ResourceAttribute", attribute))
        yield from indirect
        if before != after or not indirect:
            yield _cause("Static", "DirectModification")
        elif changed:
            # AWS: a parameter may be resolved to another value when the change set is executed.
            yield _cause("Dynamic", "DirectModification")

    def _is_changed_parameter(self, name: str) -> bool:
        before, after = self.old.parameters.get(name), self.new.parameters.get(name)
        return after is not None and (before is None or before.evaluated() != after.evaluated())


def attribute_detail(attribute: str, source: str = "DirectModification", evaluation: str = "Static") -> Detail:
    """The entry for a change of something else than a property: Metadata, Tags, a nested stack's template."""
    return {"Target": {"Attribute": attribute, "RequiresRecreation": "Never"}, **_cause(evaluation, source)}


def recreation(handler: Resource, name: str) -> str:
    """Whether a change of the property needs a new resource: Always, Conditionally or Never."""
    if name in handler.replaced_by:
        return "Always"
    return "Conditionally" if any(path.startswith(f"{name}/") for path in handler.replaced_by) else "Never"


def policy_action(definition: dict[str, Any], *, is_replaced: bool) -> str:
    """What becomes of the physical resource that goes, in the words of PolicyAction."""
    name = "UpdateReplacePolicy" if is_replaced else "DeletionPolicy"
    policy = definition.get(name, "Delete" if is_replaced else _DEFAULTS.get(definition.get("Type", ""), "Delete"))
    action = "Retain" if policy == "RetainExceptOnCreate" else policy if isinstance(policy, str) else "Delete"
    return f"ReplaceAnd{action}" if is_replaced else action


def references_in(value: Any) -> tuple[set[str], set[str]]:
    """The names of Ref, parameters and resources alike, and `Resource.Attribute` of Fn::GetAtt."""
    names: set[str] = set()
    attributes: set[str] = set()
    _collect(value, names, attributes)
    return names, attributes


def _collect(value: Any, names: set[str], attributes: set[str]) -> None:
    if isinstance(value, list):
        for member in value:
            _collect(member, names, attributes)
    elif isinstance(value, dict):
        for key, member in value.items():
            if key == "Ref" and isinstance(member, str):
                names.add(member)
            elif key == "Fn::GetAtt":
                parts = member if isinstance(member, list) else [member]
                if all(isinstance(part, str) for part in parts):
                    attributes.add(".".join(parts))
            elif key == "Fn::Sub":
                _collect_sub(member, names, attributes)
            else:
                _collect(member, names, attributes)


def _collect_sub(argument: Any, names: set[str], attributes: set[str]) -> None:
    text = argument[0] if isinstance(argument, list) and argument else argument
    if isinstance(argument, list):
        _collect(argument[1:], names, attributes)
    for name in map(str.strip, _SUB_NAME.findall(text) if isinstance(text, str) else []):
        (attributes if "." in name else names).add(name)


def _properties(definition: Definition, logical_id: str) -> dict[str, Any]:
    found = definition.processed.get("Resources", {}).get(logical_id, {}).get("Properties", {})
    return found if isinstance(found, dict) else {}


def _cause(evaluation: str, source: str, entity: str = "") -> Detail:
    cause = {"Evaluation": evaluation, "ChangeSource": source}
    return cause | {"CausingEntity": entity} if entity else cause
