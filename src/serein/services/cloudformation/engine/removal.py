"""The phases that remove: a stack that is deleted or rolled back, and the clean-up after an update."""

from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.services.cloudformation import types
from serein.services.cloudformation.engine.run import Run, made_by
from serein.services.cloudformation.engine.schedule import reversed_edges, run_in_order
from serein.services.cloudformation.errors import HandlerPending, ResourceFailure
from serein.services.cloudformation.stacks import StackResource
from serein.services.cloudformation.store import resources
from serein.services.cloudformation.store.events import append_events

FORCE = "FORCE_DELETE_STACK"


@dataclass(frozen=True, slots=True)
class Removal:
    """Which rows go, and what becomes of them."""

    rows: list[StackResource]
    keeps_rows: bool
    """Whether a removed resource stays visible as DELETE_COMPLETE: when its whole stack goes."""
    is_rollback: bool = False


async def remove(run: Run, removal: Removal) -> None:
    """Delete resources, those that others depend on last. Failures and waits are noted in the run."""
    rows = {f"{row.logical_id}/{row.slot}": row for row in removal.rows}
    by_logical: dict[str, list[str]] = {}
    for key, row in rows.items():
        by_logical.setdefault(row.logical_id, []).append(key)
    edges = {
        key: [other for name in row.dependencies for other in by_logical.get(name, []) if other != key]
        for key, row in rows.items()
    }

    async def step(key: str) -> bool:
        return await _remove(run, rows[key], removal)

    await run_in_order(reversed_edges(edges), step)


async def _remove(run: Run, row: StackResource, removal: Removal) -> bool:
    if row.status == "DELETE_COMPLETE":
        return True
    if _is_retained(run, row, removal):
        return await _skip(run, row, removal)
    if not row.physical_id:
        await _forget(run, row, removal, "DELETE_COMPLETE")
        return True
    if row.status != "DELETE_IN_PROGRESS":
        row.status, row.reason = "DELETE_IN_PROGRESS", ""
        await run.record(row, run.event(row, row.status))
    handler = types.handler_of(run.platform.catalog, row.type)
    try:
        with run.deployment(row) as deployment:
            await made_by(handler.delete(deployment, row.physical_id, await _known(run, row)))
    except HandlerPending:
        return False
    except ResourceFailure as failure:
        row.status, row.reason = "DELETE_FAILED", str(failure)
        await run.record(row, run.event(row, row.status, row.reason))
        if run.stack.settings.deletion_mode == FORCE and removal.keeps_rows:
            return True
        run.failures.append(("delete", row.logical_id))
        return False
    await _forget(run, row, removal, "DELETE_COMPLETE")
    return True


async def _known(run: Run, row: StackResource) -> dict[str, Any]:
    """Properties as a handler gets them; as they are written when what they refer to is gone."""
    try:
        return await run.resolved(row, row.properties)
    except ResourceFailure:
        return row.properties


def _is_retained(run: Run, row: StackResource, removal: Removal) -> bool:
    if row.slot and row.logical_id in run.live:
        # AWS: UpdateReplacePolicy governs the old resource of a replacement, and not the one a rollback takes back.
        return not removal.is_rollback and row.policies.get("UpdateReplacePolicy") == "Retain"
    if removal.is_rollback and row.status.startswith("IMPORT"):
        return True
    policy = row.policies.get("DeletionPolicy")
    if row.logical_id in run.stack.settings.retain:
        return True
    if policy == "Retain" and removal.is_rollback and run.stack.settings.retain_except_on_create:
        return False
    return policy == "Retain" or (policy == "RetainExceptOnCreate" and not removal.is_rollback)


async def _skip(run: Run, row: StackResource, removal: Removal) -> bool:
    await _forget(run, row, removal, "DELETE_SKIPPED")
    return True


async def _forget(run: Run, row: StackResource, removal: Removal, status: str) -> None:
    had_physical = bool(row.physical_id)
    row.status, row.reason = status, ""
    events = [run.event(row, status)] if had_physical else []

    def write(tx: Transaction) -> None:
        if removal.keeps_rows and not row.slot:
            resources.save_resource(tx, run.stack.stack_id, row)
        else:
            resources.delete_resource(tx, run.stack.stack_id, row)
        if events:
            append_events(tx, run.stack, events)

    await run.write(write)
    if not removal.keeps_rows and not row.slot:
        run.live.pop(row.logical_id, None)
