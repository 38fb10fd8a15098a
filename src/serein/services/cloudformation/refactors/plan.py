"""Stacks as they will be after a refactor, worked out from those that are, without any resource being asked."""

from dataclasses import dataclass, replace

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.cloudformation.engine.outputs import Output, exports_of, unresolved_outputs
from serein.services.cloudformation.engine.run import Run
from serein.services.cloudformation.errors import NotYetKnown, ResourceFailure, ValidationError
from serein.services.cloudformation.functions import NO_VALUE
from serein.services.cloudformation.graph import dependencies
from serein.services.cloudformation.properties import changed_properties
from serein.services.cloudformation.refactors.store import Member, Move
from serein.services.cloudformation.references import has_references
from serein.services.cloudformation.stacks import Definition, Stack, StackResource
from serein.services.cloudformation.store import resources, stacks
from serein.services.cloudformation.store.stacks import decode_definition


@dataclass(slots=True)
class Planned:
    """A stack after the refactor."""

    stack: Stack
    is_new: bool
    rows: list[StackResource]
    outputs: list[Output]
    imports: set[str]


def plan(tx: Transaction, platform: Platform, members: list[tuple[Member, Stack]], moves: list[Move]) -> list[Planned]:
    """The stacks after the moves. Raises ValidationError when a resource or an export in use would change."""
    rows = {
        stack.name: [] if member.is_new else [it for it in resources.resources_of(tx, stack.stack_id) if not it.slot]
        for member, stack in members
    }
    arrived: dict[str, list[StackResource]] = {name: [] for name in rows}
    for move in moves:
        row = next((it for it in rows[move.source] if it.logical_id == move.source_id), None)
        if row is None or not row.physical_id:
            raise ValidationError(f"Resource {move.source_id} of stack {move.source} does not exist")
        move.physical_id = row.physical_id
        arrived[move.destination].append(replace(row, logical_id=move.destination_id))
    left = {(move.source, move.source_id) for move in moves}
    after = {name: [it for it in rows[name] if (name, it.logical_id) not in left] + arrived[name] for name in rows}
    scope = members[0][1].scope
    own = {stack.stack_id for _, stack in members}
    exports = {name: value for name, value, owner in stacks.exports_of(tx, scope) if owner not in own}
    found: list[Planned] = []
    waiting = list(members)
    while waiting:
        # Stacks that import what another one exports come after it.
        ready = [it for it in waiting if _planned(platform, it, after[it[1].name], exports, found)]
        if not ready:
            names = ", ".join(stack.name for _, stack in waiting)
            raise ValidationError(f"No export that the templates of these stacks import would be there: {names}")
        waiting = [it for it in waiting if it not in ready]
    return found


def _planned(
    platform: Platform,
    member: tuple[Member, Stack],
    rows: list[StackResource],
    exports: dict[str, str],
    found: list[Planned],
) -> bool:
    """Add a stack to those that are planned; False when it imports what isn't exported yet."""
    stack = replace(member[1], definition=decode_definition(member[0].definition))
    run = Run(platform, stack, rows, exports)
    try:
        _require_unchanged(run, stack.definition)
        outputs = unresolved_outputs(run)
        if has_references([output["OutputValue"] for output in outputs]):
            raise ResourceFailure("A stack refactor does not resolve the dynamic references of outputs")
    except (ResourceFailure, NotYetKnown) as failure:
        if "No export named" in str(failure):
            return False
        raise ValidationError(f"Stack {stack.name}: {failure}") from None
    for name, value in exports_of(outputs).items():
        if name in exports:
            raise ValidationError(f"Export with name {name} is already exported by another stack")
        exports[name] = value
    edges = dependencies(stack.definition.processed)
    for row in rows:
        row.dependencies = edges.get(row.logical_id, [])
    found.append(Planned(stack, member[0].is_new, rows, outputs, set(run.exports.used)))
    return True


def _require_unchanged(run: Run, definition: Definition) -> None:
    """Raise ResourceFailure when the template says something else of a resource than what it is."""
    for logical_id, resource in run.desired().items():
        row = run.live[logical_id]
        if row.type != resource["Type"]:
            raise ResourceFailure(f"Resource {logical_id} can not change its type")
        values = {name: run.evaluation.value(value) for name, value in resource.get("Properties", {}).items()}
        wanted = {name: value for name, value in values.items() if value is not NO_VALUE}
        changed = changed_properties(row.type, row.properties, wanted)
        if changed:
            raise ResourceFailure(
                f"A stack refactor can not change properties: {', '.join(sorted(changed))} of resource {logical_id}"
            )
