"""What an update would do: the changes of a change set, and whether there are any."""

from dataclasses import dataclass, field
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.resource import Resource
from serein.services.cloudformation import types
from serein.services.cloudformation.causes import STACK_TYPE, Causes, Detail, attribute_detail, policy_action
from serein.services.cloudformation.engine.run import (
    LiveResources,
    Outputs,
    evaluation_for,
    outputs_for,
    wanted_resources,
)
from serein.services.cloudformation.errors import NotYetKnown, ResourceFailure
from serein.services.cloudformation.functions import NO_VALUE, Evaluation, text_of
from serein.services.cloudformation.graph import dependencies
from serein.services.cloudformation.properties import changed_properties, replacing_properties
from serein.services.cloudformation.stacks import Definition, Stack, StackResource
from serein.services.cloudformation.store import resources, stacks

_UNKNOWN = object()
_LATER = "{{changeSet:KNOWN_AFTER_APPLY}}"


@dataclass(slots=True)
class Change:
    """One entry of a change set."""

    action: str
    logical_id: str
    physical_id: str
    type: str
    replacement: str = ""
    properties: list[str] = field(default_factory=list)
    """The changed ones; those whose value isn't known before the update are included."""
    before: dict[str, Any] = field(default_factory=dict)
    """All properties as they are."""
    after: dict[str, Any] = field(default_factory=dict)
    """All properties as they will be; what isn't known before is a text in AWS's words."""
    details: list[Detail] = field(default_factory=list)
    """Why it changes, in the shape of ResourceChangeDetail."""
    policy_action: str = ""
    """What becomes of the physical resource that goes."""
    change_set_id: str = ""
    """Of the nested stack's own change set."""


@dataclass(slots=True)
class Plan:
    changes: list[Change]
    has_other_changes: bool
    """Outputs, tags or notifications differ."""

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.has_other_changes


async def plan_update(call: Call, stack: Stack, definition: Definition) -> Plan:
    """Compare a stack as it is with what it would be. Raises ValidationError for a template that can't be."""

    def read(tx: Transaction) -> tuple[list[StackResource], dict[str, str], Outputs]:
        exports = {name: value for name, value, _ in stacks.exports_of(tx, stack.scope)}
        rows = [row for row in resources.resources_of(tx, stack.stack_id) if not row.slot]
        return rows, exports, outputs_for(tx, definition)

    rows, exports, outputs = await call.read(read)
    live = {row.logical_id: row for row in rows if row.status != "DELETE_COMPLETE"}
    answers = LiveResources(live)
    evaluation = evaluation_for(stack, definition, answers, exports, outputs)
    desired = wanted_resources(definition, evaluation)
    causes = Causes(stack.definition, definition)
    changes = _changes(call, desired, live, answers, evaluation, causes)
    if stack.definition.tags != definition.tags:
        changes += _tag_changes(call, desired, live, {change.logical_id for change in changes})
    changes += [_removal(stack.definition, row) for row in live.values() if row.logical_id not in desired]
    has_other = (
        stack.definition.tags != definition.tags
        or stack.definition.notification_arns != definition.notification_arns
        or stack.definition.role_arn != definition.role_arn
        or _outputs(definition, evaluation) != [_comparable(output) for output in stack.outputs]
    )
    return Plan(changes, has_other)


def _changes(
    call: Call,
    desired: dict[str, Any],
    live: dict[str, StackResource],
    answers: LiveResources,
    evaluation: Evaluation,
    causes: Causes,
) -> list[Change]:
    edges = dependencies(causes.new.processed)
    changes: dict[str, Change] = {}
    for logical_id in _in_order(edges):
        if logical_id not in desired:
            continue
        row, resource = live.get(logical_id), desired[logical_id]
        handler = types.handler_of(call.platform.catalog, resource["Type"])
        if row is None or not row.physical_id or row.is_unmade:
            after = _properties_after(evaluation, resource)
            change: Change | None = Change("Add", logical_id, "", resource["Type"], after=after)
        else:
            change = _modification(row, resource, handler, evaluation, causes)
        if change is not None:
            changes[logical_id] = change
            causes.modified.add(logical_id)
            if change.action == "Add" or change.replacement != "False":
                answers.changing.add(logical_id)
                causes.replaced[logical_id] = change.replacement or "True"
    return [changes[logical_id] for logical_id in sorted(changes)]


def _removal(definition: Definition, row: StackResource) -> Change:
    gone = definition.processed.get("Resources", {}).get(row.logical_id, {})
    action = policy_action(gone, is_replaced=False)
    return Change("Remove", row.logical_id, row.physical_id, row.type, before=row.properties, policy_action=action)


def _modification(
    row: StackResource, resource: dict[str, Any], handler: Resource, evaluation: Evaluation, causes: Causes
) -> Change | None:
    change = Change("Modify", row.logical_id, row.physical_id, resource["Type"], "False", before=row.properties)
    change.after = _properties_after(evaluation, resource)
    if row.type != resource["Type"]:
        change.replacement = "True"
        change.policy_action = policy_action(resource, is_replaced=True)
        return change
    values = {name: _known(evaluation, value) for name, value in resource.get("Properties", {}).items()}
    wanted = {name: value for name, value in values.items() if value is not NO_VALUE}
    unknown = {name for name, value in wanted.items() if value is _UNKNOWN}
    known = {name: value for name, value in wanted.items() if name not in unknown}
    before = {name: value for name, value in row.properties.items() if name not in unknown}
    change.properties = sorted(changed_properties(row.type, before, known) | unknown)
    change.details = causes.details(row.logical_id, handler, change.properties)
    if _metadata(causes.old, row.logical_id) != _metadata(causes.new, row.logical_id):
        change.details.append(attribute_detail("Metadata"))
    if row.type == STACK_TYPE:
        # AWS: whether a nested stack changes is seen in its own template, which may be another under the same URL.
        change.details.append(attribute_detail("Properties", "Automatic", "Dynamic"))
    if not change.details and row.status.endswith("_COMPLETE"):
        return None
    replacing = replacing_properties(handler, row.properties, wanted, set(change.properties))
    if replacing:
        change.replacement = "Conditional" if all(wanted.get(name) is _UNKNOWN for name in replacing) else "True"
        change.policy_action = policy_action(resource, is_replaced=True)
    return change


def _metadata(definition: Definition, logical_id: str) -> Any:
    return definition.processed.get("Resources", {}).get(logical_id, {}).get("Metadata")


def _tag_changes(call: Call, desired: dict[str, Any], live: dict[str, StackResource], known: set[str]) -> list[Change]:
    catalog = call.platform.catalog
    return [
        Change("Modify", row.logical_id, row.physical_id, row.type, "False", details=[attribute_detail("Tags")])
        for row in live.values()
        if row.logical_id in desired
        and row.logical_id not in known
        and "Tags" in types.handler_of(catalog, row.type).properties
    ]


def _known(evaluation: Evaluation, template_value: Any) -> Any:
    try:
        return evaluation.value(template_value)
    except (NotYetKnown, ResourceFailure):
        return _UNKNOWN


def _properties_after(evaluation: Evaluation, resource: dict[str, Any]) -> dict[str, Any]:
    found = _foreseen(evaluation, resource.get("Properties", {}))
    return found if isinstance(found, dict) else {}


def _foreseen(evaluation: Evaluation, template_value: Any) -> Any:
    """The value as far as it is known, member by member."""
    try:
        return evaluation.value(template_value)
    except (NotYetKnown, ResourceFailure):
        pass
    if isinstance(template_value, list):
        items = [_foreseen(evaluation, item) for item in template_value]
        return [item for item in items if item is not NO_VALUE]
    if not isinstance(template_value, dict) or any(key == "Ref" or key.startswith("Fn::") for key in template_value):
        return _LATER
    members = {key: _foreseen(evaluation, value) for key, value in template_value.items()}
    return {key: value for key, value in members.items() if value is not NO_VALUE}


def _outputs(definition: Definition, evaluation: Evaluation) -> list[Any]:
    found = []
    for name, output in definition.processed.get("Outputs", {}).items():
        if "Condition" in output and not evaluation.condition(output["Condition"]):
            continue
        value = _known(evaluation, output["Value"])
        export = _known(evaluation, output["Export"]["Name"]) if "Export" in output else ""
        text = text_of(value) if isinstance(value, str | int | float) else None
        found.append((name, text, str(output.get("Description", "")), export))
    return found


def _comparable(output: dict[str, str]) -> tuple[str, str, str, str]:
    return (
        output["OutputKey"],
        output["OutputValue"],
        output.get("Description", ""),
        output.get("ExportName", ""),
    )


def _in_order(edges: dict[str, list[str]]) -> list[str]:
    ordered: list[str] = []
    seen: set[str] = set()

    def visit(name: str) -> None:
        if name not in seen:
            seen.add(name)
            for other in edges[name]:
                visit(other)
            ordered.append(name)

    for name in edges:
        visit(name)
    return ordered
