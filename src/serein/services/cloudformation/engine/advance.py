"""The phases of an operation, one after the other, until the stack rests or waits for an answer from outside."""

from collections.abc import Awaitable, Callable

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.cloudformation.causes import STACK_TYPE
from serein.services.cloudformation.engine import turns
from serein.services.cloudformation.engine.apply import apply
from serein.services.cloudformation.engine.monitoring import next_look, require_calm, watched_until
from serein.services.cloudformation.engine.outputs import Output, exports_of, outputs_of
from serein.services.cloudformation.engine.removal import Removal, remove
from serein.services.cloudformation.engine.run import Run, outputs_for
from serein.services.cloudformation.engine.undo import undo
from serein.services.cloudformation.errors import ResourceFailure, ValidationError
from serein.services.cloudformation.stacks import Event, Stack
from serein.services.cloudformation.stacksets.wakes import tell_stack_set
from serein.services.cloudformation.store import resources, stacks, steps
from serein.services.cloudformation.store.events import append_events


async def advance(platform: Platform, stack_id: str, turn: int) -> None:
    """Work on a stack until it rests, parks, or the turn has passed to another."""
    while True:
        run = await _load(platform, stack_id, turn)
        if run is None:
            return
        await _PHASES[run.stack.status](run)
        if run.deadlines and not run.failures and await _park(run):
            return


async def _load(platform: Platform, stack_id: str, turn: int) -> Run | None:
    def read(tx: Transaction) -> Run | None:
        stack = stacks.stack_by_id(tx, stack_id)
        if stack.turn != turn or stack.status not in _PHASES:
            return None
        rows = resources.resources_of(tx, stack_id)
        exports = {name: value for name, value, _ in stacks.exports_of(tx, stack.scope)}
        return Run(platform, stack, rows, exports, outputs_for(tx, stack.definition))

    return await platform.database.read(read)


async def _park(run: Run) -> bool:
    """Wait for an answer without working; False when one has come, or the turn isn't ours any more."""

    def write(tx: Transaction) -> bool:
        stack = stacks.stack_by_id(tx, run.stack.stack_id)
        if stack.turn != run.stack.turn:
            return True
        if stack.settings.is_delete_wanted:
            _begin_delete(tx, stack)
            return False
        if stack.settings.is_cancel_wanted or resources.has_unread_answer(tx, stack.stack_id, run.purposes):
            return False
        limit = stack.times_out_at
        turns.start_turn(tx, stack, min([*run.deadlines, *([limit] if limit is not None else [])]))
        stacks.save_stack(tx, stack)
        return True

    return await run.platform.database.write(write)


def stack_event(stack: Stack, status: str, reason: str = "") -> Event:
    return Event(stack.name, stack.stack_id, STACK_TYPE, status, reason)


def enter(tx: Transaction, stack: Stack, status: str, reason: str = "") -> None:
    """Move the stack to another state and tell of it. The caller saves the stack."""
    stack.status, stack.reason = status, reason
    append_events(tx, stack, [stack_event(stack, status, reason)])


def rest(tx: Transaction, stack: Stack) -> None:
    """The operation is over: nothing is waited for, and a stack that waits for this one goes on."""
    resources.delete_waits(tx, stack.stack_id)
    steps.delete_results(tx, stack.stack_id)
    token, stack.settings.wait_token = stack.settings.wait_token, ""
    if stack.settings.is_delete_wanted and stack.is_live:
        _begin_delete(tx, stack)
        return
    stacks.save_stack(tx, stack)
    tell_stack_set(tx, stack)
    if token:
        turns.answer(tx, token, f"{stack.status} {stack.reason or stack.settings.failure}")


def _begin_delete(tx: Transaction, stack: Stack) -> None:
    stack.settings.is_delete_wanted = False
    enter(tx, stack, "DELETE_IN_PROGRESS", "User Initiated")
    stacks.save_stack(tx, stack)


def _failed_reason(run: Run, tail: str = "") -> str:
    if run.is_out_of_time:
        return "Stack creation time exceeded the specified timeout. "
    for verb in ("create", "update", "delete"):
        names = sorted(name for failed, name in run.failures if failed == verb)
        if names:
            return f"The following resource(s) failed to {verb}: [{', '.join(names)}]. {tail}"
    return tail


async def _finish(run: Run, change: Callable[[Transaction, Stack], None]) -> None:
    """End a phase: `change` moves the stack on, unless the turn has passed to another."""

    def write(tx: Transaction) -> None:
        stack = stacks.stack_by_id(tx, run.stack.stack_id)
        if stack.turn == run.stack.turn:
            change(tx, stack)

    await run.write(write)


# Creating and updating

_CANCELLED = "Update was cancelled by user. "


async def _apply_phase(run: Run) -> None:
    settings = run.stack.settings
    is_create = run.stack.status == "CREATE_IN_PROGRESS"
    if settings.is_cancel_wanted and not is_create:
        await _finish(run, lambda tx, stack: _fail(run, tx, stack, _CANCELLED))
        return
    try:
        await require_calm(run)
        if not settings.watched_until and not await apply(run):
            await _finish(run, lambda tx, stack: _fail(run, tx, stack, _failed_reason(run)))
            return
        if run.deadlines or await _watch(run):
            return
        outputs = await outputs_of(run)
        await _finish(run, lambda tx, stack: _succeed(run, tx, stack, outputs, is_create=is_create))
    except (ResourceFailure, ValidationError) as failure:
        reason = str(failure)
        await _finish(run, lambda tx, stack: _fail(run, tx, stack, f"{reason.removesuffix('.')}. "))


async def _watch(run: Run) -> bool:
    """Whether the operation goes on only because its rollback triggers' alarms are watched."""
    look_at = next_look(run)
    if look_at is None:
        return False
    run.deadlines.append(look_at)
    if not run.stack.settings.watched_until:
        until = watched_until(run)

        def begin(tx: Transaction, stack: Stack) -> None:
            stack.settings.watched_until = until
            stacks.save_stack(tx, stack)

        await _finish(run, begin)
    return True


def _succeed(run: Run, tx: Transaction, stack: Stack, outputs: list[Output], *, is_create: bool) -> None:
    if stack.settings.is_cancel_wanted and not is_create:
        _fail(run, tx, stack, _CANCELLED)
        return
    stacks.replace_exports(tx, stack, exports_of(outputs))
    stacks.replace_imports(tx, stack, run.exports.used)
    stack.outputs = outputs
    if run.stack.status != "UPDATE_IN_PROGRESS":
        enter(tx, stack, run.stack.status.replace("_IN_PROGRESS", "_COMPLETE"))
    else:
        enter(tx, stack, "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        if _leftovers(run):
            stacks.save_stack(tx, stack)
            return
        enter(tx, stack, "UPDATE_COMPLETE")
    _stand(tx, stack)


def _stand(tx: Transaction, stack: Stack) -> None:
    stack.previous, stack.settings.watched_until = None, 0.0
    resources.forget_previous(tx, stack.stack_id)
    rest(tx, stack)


def _fail(run: Run, tx: Transaction, stack: Stack, reason: str) -> None:
    settings = stack.settings
    settings.failure, settings.is_cancel_wanted, settings.watched_until = reason, False, 0.0
    _cancel_waiting(run, tx)
    if run.stack.status == "IMPORT_IN_PROGRESS":
        enter(tx, stack, "IMPORT_ROLLBACK_IN_PROGRESS", reason)
    elif run.stack.status == "UPDATE_IN_PROGRESS":
        if settings.disable_rollback:
            enter(tx, stack, "UPDATE_FAILED", reason)
            rest(tx, stack)
            return
        enter(tx, stack, "UPDATE_ROLLBACK_IN_PROGRESS", reason)
        stacks.save_stack(tx, stack)
        return
    fail_create(tx, stack, reason)


def fail_create(tx: Transaction, stack: Stack, reason: str) -> None:
    """The stack can't be made: it is left, deleted or rolled back, as is wanted."""
    settings = stack.settings
    settings.failure = reason
    if settings.disable_rollback or settings.on_failure == "DO_NOTHING":
        enter(tx, stack, "CREATE_FAILED", reason)
        rest(tx, stack)
        return
    if settings.on_failure == "DELETE":
        enter(tx, stack, "DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
    else:
        enter(tx, stack, "ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")
    stacks.save_stack(tx, stack)


def _cancel_waiting(run: Run, tx: Transaction) -> None:
    events = []
    for row in run.live.values():
        if row.operation == run.stack.operation and row.status.endswith("_IN_PROGRESS"):
            verb = "creation" if row.status.startswith("CREATE") else "update"
            row.status = row.status.replace("_IN_PROGRESS", "_FAILED")
            row.reason = f"Resource {verb} cancelled"
            resources.save_resource(tx, run.stack.stack_id, row)
            events.append(run.event(row, row.status, row.reason))
    if events:
        append_events(tx, run.stack, events)


def _leftovers(run: Run) -> Removal | None:
    """What an update leaves to be removed, or None."""
    rows = list(run.outgoing)
    if run.stack.status.startswith("UPDATE_ROLLBACK"):
        return Removal(rows, keeps_rows=False, is_rollback=True) if rows else None
    desired = run.desired()
    rows += [row for row in run.live.values() if row.logical_id not in desired]
    return Removal(rows, keeps_rows=False) if rows else None


async def _clean_up_phase(run: Run) -> None:
    removal = _leftovers(run)
    if removal is not None:
        await remove(run, removal)
    # AWS: what can't be removed in a clean-up is left behind; the update stands
    # (https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-describing-stacks.html).
    run.failures.clear()
    if run.deadlines:
        return
    left = [row for row in removal.rows if row.status == "DELETE_FAILED"] if removal is not None else []

    def change(tx: Transaction, stack: Stack) -> None:
        for row in left:
            resources.delete_resource(tx, stack.stack_id, row)
        enter(tx, stack, stack.status.replace("_CLEANUP_IN_PROGRESS", ""))
        _stand(tx, stack)

    await _finish(run, change)


# Taking an update back


async def _undo_phase(run: Run) -> None:
    if not await undo(run):
        reason = _failed_reason(run)

        def fail(tx: Transaction, stack: Stack) -> None:
            enter(tx, stack, stack.status.replace("_IN_PROGRESS", "_FAILED"), reason)
            rest(tx, stack)

        await _finish(run, fail)
    elif not run.deadlines:
        await _finish(run, _undone)


def _undone(tx: Transaction, stack: Stack) -> None:
    stack.definition, stack.previous = stack.previous or stack.definition, None
    if stack.status == "IMPORT_ROLLBACK_IN_PROGRESS":
        enter(tx, stack, "IMPORT_ROLLBACK_COMPLETE")
        _stand(tx, stack)
        return
    enter(tx, stack, "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
    stacks.save_stack(tx, stack)


# Removing


async def _delete_phase(run: Run) -> None:
    is_rollback = run.stack.status == "ROLLBACK_IN_PROGRESS"
    rows = [*run.live.values(), *run.outgoing]
    await remove(run, Removal(rows, keeps_rows=True, is_rollback=is_rollback))
    if run.deadlines and not run.failures:
        return
    reason = _failed_reason(run)

    def change(tx: Transaction, stack: Stack) -> None:
        if run.failures:
            enter(tx, stack, "ROLLBACK_FAILED" if is_rollback else "DELETE_FAILED", reason)
        elif is_rollback:
            enter(tx, stack, "ROLLBACK_COMPLETE")
        else:
            stacks.replace_exports(tx, stack, {})
            stacks.replace_imports(tx, stack, set())
            enter(tx, stack, "DELETE_COMPLETE")
            stack.deleted_at = tx.now
            stack.outputs = []
        rest(tx, stack)

    try:
        await _finish(run, change)
    except ValidationError as failure:
        text = str(failure)

        def fail(tx: Transaction, stack: Stack) -> None:
            enter(tx, stack, "DELETE_FAILED", text)
            rest(tx, stack)

        await _finish(run, fail)


_PHASES: dict[str, Callable[[Run], Awaitable[None]]] = {
    "CREATE_IN_PROGRESS": _apply_phase,
    "DELETE_IN_PROGRESS": _delete_phase,
    "IMPORT_IN_PROGRESS": _apply_phase,
    "IMPORT_ROLLBACK_IN_PROGRESS": _undo_phase,
    "ROLLBACK_IN_PROGRESS": _delete_phase,
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": _clean_up_phase,
    "UPDATE_IN_PROGRESS": _apply_phase,
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": _clean_up_phase,
    "UPDATE_ROLLBACK_IN_PROGRESS": _undo_phase,
}
