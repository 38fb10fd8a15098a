"""The phase that makes and changes resources: CREATE_IN_PROGRESS and UPDATE_IN_PROGRESS."""

from typing import Any

from serein.kernel.ids import random_upper
from serein.kernel.resource import GivenUp, Made, Resource
from serein.services.cloudformation import types
from serein.services.cloudformation.causes import STACK_TYPE
from serein.services.cloudformation.engine.deployment import StackDeployment
from serein.services.cloudformation.engine.journal import new_journal, read_journal
from serein.services.cloudformation.engine.making import (
    INITIATED,
    beginning,
    create,
    half_made,
    is_creation,
    remove_half_made,
)
from serein.services.cloudformation.engine.run import Run, made_by
from serein.services.cloudformation.engine.schedule import Halted, run_in_order
from serein.services.cloudformation.engine.signals import require_signals
from serein.services.cloudformation.errors import HandlerPending, NotYetKnown, ResourceFailure, ValidationError
from serein.services.cloudformation.functions import NO_VALUE
from serein.services.cloudformation.graph import dependencies
from serein.services.cloudformation.inert import InertType
from serein.services.cloudformation.properties import (
    changed_properties,
    replacing_properties,
    valid_properties,
    with_stack_tags,
)
from serein.services.cloudformation.protection import find_denial
from serein.services.cloudformation.stacks import StackResource

_TOKEN_LENGTH = 12
_NEW_PHYSICAL = "Requested update requires the creation of a new physical resource; hence creating one."


async def apply(run: Run) -> bool:
    """Bring every wanted resource to its wanted state; False when something failed."""
    desired = run.desired()
    try:
        for row in [row for row in run.live.values() if row.logical_id not in desired and not row.is_unmade]:
            denial = find_denial(run.policy, "Delete", row.logical_id, row.type)
            if denial is not None:
                await _refuse(run, row, denial)
    except Halted:
        return False
    edges = dependencies(run.stack.definition.processed)

    async def step(logical_id: str) -> bool:
        if run.is_out_of_time:
            raise Halted
        return await _settle(run, logical_id, desired[logical_id], edges[logical_id])

    try:
        # Why: a deployment takes an API as it is, and templates don't always say for what it has to wait.
        ordered = sorted(desired, key=lambda logical_id: desired[logical_id]["Type"].endswith("::Deployment"))
        await run_in_order(_order(run, {logical_id: edges[logical_id] for logical_id in ordered}), step)
    except Halted:
        return False
    return True


def _order(run: Run, edges: dict[str, list[str]]) -> dict[str, list[str]]:
    """Who waits for whom. What was under way comes first, and waits for nobody, as it had begun.

    Why: what it has made already is known once the step is made again, and that before a failed one halts the others.
    """
    under_way = {
        logical_id: list[str]()
        for logical_id in edges
        if (row := run.live.get(logical_id)) is not None
        and row.operation == run.stack.operation
        and row.status.endswith("_IN_PROGRESS")
    }
    return under_way | {logical_id: wanted for logical_id, wanted in edges.items() if logical_id not in under_way}


async def _settle(run: Run, logical_id: str, definition: dict[str, Any], wanted: list[str]) -> bool:
    row = run.live.get(logical_id)
    is_resumed = row is not None and row.operation == run.stack.operation
    if row is not None and is_resumed and row.status.endswith("_COMPLETE"):
        return True
    if row is not None and is_resumed and row.status.endswith("_FAILED"):
        run.failures.append(("update" if row.status.startswith("UPDATE") else "create", logical_id))
        raise Halted
    try:
        handler = types.handler_of(run.platform.catalog, definition["Type"])
        resolved = resolved_properties(run, logical_id, definition)
        properties = valid_properties(
            logical_id, definition["Type"], handler, definition.get("Properties", {}), resolved
        )
    except (ResourceFailure, ValidationError) as failure:
        await _fail_before(run, logical_id, definition, row, str(failure))
        raise Halted from None
    if row is not None and not is_resumed and not is_changed(run, row, definition["Type"], handler, properties):
        await _keep_quietly(run, row, definition, wanted)
        return True
    if row is None or not is_resumed:
        await _require_allowed(run, row, definition["Type"], handler, properties)
        row = await _intend(run, logical_id, definition, row, handler, properties)
    row.dependencies = [name for name in wanted if name in run.live]
    row.policies = policies_of(run, definition)
    return await _carry_out(run, row, handler, definition, is_resumed=is_resumed)


def resolved_properties(run: Run, logical_id: str, definition: dict[str, Any]) -> dict[str, Any]:
    """The resource's properties with all functions worked out. Raises ResourceFailure."""
    found = _worked_out(run, definition.get("Properties", {}))
    if found is NO_VALUE:
        return {}
    if not isinstance(found, dict):
        raise ResourceFailure(f"Properties of {logical_id} must be an object")
    return found


def _worked_out(run: Run, value: Any) -> Any:
    try:
        return run.evaluation.value(value)
    except NotYetKnown as unknown:
        raise ResourceFailure(
            f"Unresolved resource dependencies [{unknown}] in the Resources block of the template"
        ) from None


def is_changed(run: Run, row: StackResource, type_name: str, handler: Resource, properties: dict[str, Any]) -> bool:
    """Whether an update has anything to do for the resource; a stack's own tags are passed on to what takes tags."""
    if row.type != type_name or not row.status.endswith("_COMPLETE"):
        return True
    if row.type == STACK_TYPE and run.stack.previous is not None:
        return True
    if changed_properties(type_name, row.properties, properties):
        return True
    previous = run.stack.previous
    return previous is not None and previous.tags != run.stack.definition.tags and "Tags" in handler.properties


async def _require_allowed(
    run: Run, row: StackResource | None, type_name: str, handler: Resource, properties: dict[str, Any]
) -> None:
    """Fail an update of a resource that the stack's policy protects."""
    if row is None or not row.physical_id or row.is_unmade:
        return
    action = "Replace" if must_replace(row, type_name, handler, properties) else "Modify"
    denial = find_denial(run.policy, action, row.logical_id, row.type)
    if denial is not None:
        await _refuse(run, row, denial)


async def _refuse(run: Run, row: StackResource, reason: str) -> None:
    row.previous, row.operation = row.previous or row.snapshot(), run.stack.operation
    row.status, row.reason = "UPDATE_FAILED", reason
    run.failures.append(("update", row.logical_id))
    await run.record(row, run.event(row, row.status, reason))
    raise Halted


def policies_of(run: Run, definition: dict[str, Any]) -> dict[str, str]:
    """DeletionPolicy and UpdateReplacePolicy."""
    named = {name: definition[name] for name in ("DeletionPolicy", "UpdateReplacePolicy") if name in definition}
    return {name: str(run.evaluation.value(value)) for name, value in named.items()}


def _worked_out_policy(run: Run, definition: dict[str, Any], name: str) -> dict[str, Any]:
    """UpdatePolicy or CreationPolicy, all functions worked out; empty when there is none. Raises ResourceFailure."""
    found = _worked_out(run, definition.get(name, {}))
    return found if isinstance(found, dict) else {}


async def _keep_quietly(run: Run, row: StackResource, definition: dict[str, Any], wanted: list[str]) -> None:
    policies, listed = policies_of(run, definition), [name for name in wanted if name in run.live]
    if (policies, listed) != (row.policies, row.dependencies):
        row.policies, row.dependencies = policies, listed
        await run.record(row)


def must_replace(row: StackResource, type_name: str, handler: Resource, properties: dict[str, Any]) -> bool:
    """Whether the change needs a new physical resource."""
    if row.type != type_name:
        return True
    changed = changed_properties(type_name, row.properties, properties)
    return bool(replacing_properties(handler, row.properties, properties, changed))


async def _intend(
    run: Run,
    logical_id: str,
    definition: dict[str, Any],
    row: StackResource | None,
    handler: Resource,
    properties: dict[str, Any],
) -> StackResource:
    """Write down what is about to be done: a crash from here on makes it again, under the same name."""
    if row is None or not row.physical_id or row.is_unmade:
        return await _intend_creation(run, logical_id, definition["Type"], row, properties)
    if not must_replace(row, definition["Type"], handler, properties):
        row.note_change(properties)
        row.operation, row.status, row.reason = run.stack.operation, "UPDATE_IN_PROGRESS", ""
        await run.record(row, run.event(row, row.status, has_properties=True))
        return row
    return await _intend_replacement(run, row, definition["Type"], properties)


async def _intend_creation(
    run: Run, logical_id: str, type_name: str, row: StackResource | None, properties: dict[str, Any]
) -> StackResource:
    fresh = StackResource(logical_id, type_name, operation=run.stack.operation, properties=properties)
    fresh.token, fresh.status = random_upper(_TOKEN_LENGTH), "CREATE_IN_PROGRESS"
    if row is not None and row.is_replacing:
        # Why: what was to be replaced is still there, and comes back should this attempt fail, too.
        fresh.previous, fresh.status = row.previous, "UPDATE_IN_PROGRESS"
    if logical_id in run.stack.settings.imports:
        fresh.status, fresh.physical_id = "IMPORT_IN_PROGRESS", run.stack.settings.imports[logical_id]
    run.live[logical_id] = fresh
    left = half_made(row) if row is not None and row.physical_id else None
    await run.record(fresh, run.event(fresh, fresh.status), outgoing=left)
    return fresh


async def _intend_replacement(
    run: Run, row: StackResource, type_name: str, properties: dict[str, Any]
) -> StackResource:
    kind = type_name.rpartition("::")[2]
    for name in ("Name", f"{kind}Name"):
        if row.type == type_name and name in properties and properties[name] == row.properties.get(name):
            reason = (
                "CloudFormation cannot update a stack when a custom-named resource requires replacing."
                f" Rename {properties[name]} and update the stack again."
            )
            await _refuse(run, row, reason)
    slot = row.token or random_upper(_TOKEN_LENGTH)
    outgoing = _outgoing(row, slot)
    # Why the one before: what is replaced again was made by an update that failed, and no rollback goes back to it.
    was_replaced = row.previous is not None and "slot" in row.previous
    fresh = StackResource(
        row.logical_id,
        type_name,
        properties=properties,
        previous=row.previous if was_replaced else row.snapshot() | {"slot": slot},
        token=random_upper(_TOKEN_LENGTH),
        operation=run.stack.operation,
        status="UPDATE_IN_PROGRESS",
    )
    await run.record(fresh, run.event(row, "UPDATE_IN_PROGRESS", _NEW_PHYSICAL), outgoing=outgoing)
    run.live[row.logical_id] = fresh
    return fresh


async def _carry_out(
    run: Run, row: StackResource, handler: Resource, definition: dict[str, Any], *, is_resumed: bool
) -> bool:
    was_made = not is_creation(row)
    try:
        if not was_made and not await remove_half_made(run, row):
            return False
        with run.deployment(row) as deployment:
            purpose = deployment.purpose
            deployment.journal = (
                await read_journal(run.platform.database, run.stack.stack_id, purpose)
                if is_resumed
                else new_journal(run.stack.stack_id, purpose)
            )
            wanted = await run.resolved(row, row.properties)
            if was_made:
                policy = _worked_out_policy(run, definition, "UpdatePolicy")
                made = await _change(run, row, handler, deployment, wanted, policy)
            else:
                deployment.begin = beginning(run, row)
                made = await create(handler, deployment, row, wanted, is_resumed=is_resumed)
                policy = _worked_out_policy(run, definition, "CreationPolicy")
                await require_signals(deployment, policy, made.physical_id)
    except HandlerPending as pending:
        if pending.physical_id and not was_made:
            await beginning(run, row)(pending.physical_id)
        return False
    except GivenUp:
        return False
    except ResourceFailure as failure:
        if not was_made:
            row.physical_id = failure.physical_id or row.physical_id
        await _fail(run, row, str(failure))
        raise Halted from None
    await _succeed(run, row, handler, made, was_made=was_made)
    return True


async def _change(
    run: Run,
    row: StackResource,
    handler: Resource,
    deployment: StackDeployment,
    wanted: dict[str, Any],
    policy: dict[str, Any],
) -> Made:
    """Change a resource in place; the stack's own tags count as its own, so that they change with it."""
    tags = (run.stack.previous or run.stack.definition).tags
    old, physical_id = with_stack_tags(row.type, row.earlier_properties, tags), row.physical_id
    if row.is_torn and row.type != STACK_TYPE and not types.is_custom(row.type):
        # AWS: what failed to change goes back to its last stable state before it is changed again
        # (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html).
        stable = with_stack_tags(row.type, row.stable_properties, tags)
        physical_id = (await made_by(handler.update(deployment, physical_id, old, stable))).physical_id or physical_id
        old = stable
    deployment.update_policy = policy
    new = with_stack_tags(row.type, wanted, run.stack.definition.tags)
    return await made_by(handler.update(deployment, physical_id, old, new))


async def _succeed(run: Run, row: StackResource, handler: Resource, made: Made, *, was_made: bool) -> None:
    before, outgoing = row.physical_id, None
    if was_made and made.physical_id != before and row.previous is not None:
        # A custom resource that answers an update with another id has replaced itself.
        outgoing = _outgoing(row, random_upper(_TOKEN_LENGTH))
        outgoing.restore(row.previous)
        row.previous["slot"] = outgoing.slot
    row.physical_id = made.physical_id
    row.reference = made.physical_id if made.ref is None else made.ref
    row.attributes = (row.attributes if was_made else {}) | made.attributes
    starting = row.status
    row.status = starting.replace("_IN_PROGRESS", "_COMPLETE")
    row.reason = remark(handler, row)
    is_told = was_made or bool(before)
    events = [] if is_told else [run.event(row, starting, INITIATED, has_properties=True)]
    told = [*events, run.event(row, row.status, row.reason, has_properties=True)]
    await run.record(row, *told, outgoing=outgoing)


def _outgoing(row: StackResource, slot: str) -> StackResource:
    """The physical resource that a row leaves to be removed."""
    outgoing = StackResource(row.logical_id, row.type, slot, status=row.status, operation=row.operation)
    outgoing.restore(row.snapshot())
    return outgoing


def remark(handler: Resource, row: StackResource) -> str:
    """What a user should know about a resource that stands: it is only recorded, or some properties are."""
    if isinstance(handler, InertType):
        return f"Serein has no {row.type} yet: the resource is recorded and does nothing"
    without_effect = sorted(handler.stored & row.properties.keys())
    own: str = getattr(handler, "remark", "")
    if without_effect:
        kept = f"Serein keeps these properties without effect: {', '.join(without_effect)}"
        return f"{own}; {kept}" if own else kept
    return own


async def _fail(run: Run, row: StackResource, reason: str) -> None:
    verb = "update" if row.status.startswith("UPDATE") else "create"
    row.status, row.reason = row.status.replace("_IN_PROGRESS", "_FAILED"), reason
    run.failures.append((verb, row.logical_id))
    await run.record(row, run.event(row, row.status, reason, has_properties=True))


async def _fail_before(
    run: Run, logical_id: str, definition: dict[str, Any], row: StackResource | None, reason: str
) -> None:
    if row is None or not (row.physical_id or row.is_replacing):
        row = StackResource(logical_id, definition["Type"], status="CREATE_IN_PROGRESS")
        run.live[logical_id] = row
    elif row.is_unmade and not row.is_replacing:
        row.status = "CREATE_IN_PROGRESS"
    else:
        row.previous = row.previous or row.snapshot()
        row.status = "UPDATE_IN_PROGRESS"
    row.operation = run.stack.operation
    await _fail(run, row, reason)
