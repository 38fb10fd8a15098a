"""The phase that takes an update back: UPDATE_ROLLBACK_IN_PROGRESS."""

from serein.kernel.database import Transaction
from serein.services.cloudformation import types
from serein.services.cloudformation.engine.run import LiveResources, Run, evaluation_for, made_by, wanted_resources
from serein.services.cloudformation.engine.schedule import Halted, run_in_order
from serein.services.cloudformation.errors import HandlerPending, ResourceFailure
from serein.services.cloudformation.properties import with_stack_tags
from serein.services.cloudformation.stacks import StackResource
from serein.services.cloudformation.store import resources
from serein.services.cloudformation.store.events import append_events


async def undo(run: Run) -> bool:
    """Bring changed resources back to what they were; False when one can't be. New ones are left to the clean-up."""
    added = _added(run)
    touched = {
        row.logical_id: row
        for row in run.live.values()
        if row.operation == run.stack.operation or row.previous is not None or row.logical_id in added
    }
    skipped = set(run.stack.settings.retain)

    async def step(logical_id: str) -> bool:
        row = touched[logical_id]
        if row.status.startswith("IMPORT"):
            await _release(run, row)
            return True
        if row.previous is None or logical_id in added:
            await _set_aside(run, row)
            return True
        if "slot" in row.previous:
            await _take_back(run, row)
            return True
        if logical_id in skipped:
            await _restored(run, row)
            return True
        return await _change_back(run, row)

    changed = {
        logical_id: row.previous["dependencies"] if row.previous else []
        for logical_id, row in touched.items()
        if row.previous is not None or row.status.startswith(("CREATE", "IMPORT")) or logical_id in added
    }
    try:
        await run_in_order(changed, step)
    except Halted:
        return False
    return True


def _added(run: Run) -> set[str]:
    """What is there, and not in the stack that the rollback goes back to: an earlier operation may have made it.

    That one failed, and what it had made was left.
    """
    stable = run.stack.previous
    if stable is None:
        return set()
    wanted = wanted_resources(stable, evaluation_for(run.stack, stable, LiveResources(run.live), run.exports))
    return {
        row.logical_id
        for row in run.live.values()
        if row.logical_id not in wanted or (row.is_unmade and not row.is_replacing)
    }


async def _set_aside(run: Run, row: StackResource) -> None:
    """A resource that the update made: it goes with the clean-up."""
    run.live.pop(row.logical_id)

    def write(tx: Transaction) -> None:
        resources.delete_resource(tx, run.stack.stack_id, row)
        if row.physical_id:
            row.slot = row.token
            resources.save_resource(tx, run.stack.stack_id, row)

    await run.write(write)
    if row.physical_id:
        run.outgoing.append(row)


async def _release(run: Run, row: StackResource) -> None:
    """A resource that was imported: it stays, and belongs to no stack any more."""
    del run.live[row.logical_id]
    await run.write(lambda tx: resources.delete_resource(tx, run.stack.stack_id, row))


async def _take_back(run: Run, row: StackResource) -> None:
    """A replaced resource: the old one, which still exists, becomes the current one again."""
    previous = dict(row.previous or {})
    old_slot = previous.pop("slot")
    outgoing = next((it for it in run.outgoing if it.logical_id == row.logical_id and it.slot == old_slot), None)
    taken = StackResource(row.logical_id, row.type, status="UPDATE_COMPLETE", operation=f"{row.operation}/undone")
    taken.restore(previous)
    fresh = StackResource(row.logical_id, row.type, row.token, status=row.status, operation=taken.operation)
    fresh.restore(row.snapshot())

    def write(tx: Transaction) -> None:
        if outgoing is not None:
            resources.delete_resource(tx, run.stack.stack_id, outgoing)
        resources.save_resource(tx, run.stack.stack_id, taken)
        if fresh.physical_id and fresh.physical_id != taken.physical_id:
            resources.save_resource(tx, run.stack.stack_id, fresh)
        event = run.event(taken, "UPDATE_COMPLETE")
        append_events(tx, run.stack, [event])

    await run.write(write)
    run.live[row.logical_id] = taken


async def _change_back(run: Run, row: StackResource) -> bool:
    previous = row.previous or {}
    if row.status != "UPDATE_IN_PROGRESS":
        row.status, row.reason = "UPDATE_IN_PROGRESS", ""
        await run.record(row, run.event(row, row.status))
    handler = types.handler_of(run.platform.catalog, row.type)
    try:
        with run.deployment(row) as deployment:
            wanted = await run.resolved(row, previous["properties"])
            back = (run.stack.previous or run.stack.definition).tags
            old = with_stack_tags(row.type, row.properties, run.stack.definition.tags)
            new = with_stack_tags(row.type, wanted, back)
            deployment.tags = back | {key: value for key, value in deployment.tags.items() if key.startswith("aws:")}
            made = await made_by(handler.update(deployment, row.physical_id, old, new))
    except HandlerPending:
        return False
    except ResourceFailure as failure:
        row.status, row.reason = "UPDATE_FAILED", str(failure)
        run.failures.append(("update", row.logical_id))
        await run.record(row, run.event(row, row.status, row.reason))
        raise Halted from None
    previous["attributes"] = previous["attributes"] | made.attributes
    await _restored(run, row)
    return True


async def _restored(run: Run, row: StackResource) -> None:
    row.restore(row.previous or {})
    row.previous, row.status, row.reason = None, "UPDATE_COMPLETE", ""
    row.operation = f"{row.operation}/undone"
    await run.record(row, run.event(row, row.status))
