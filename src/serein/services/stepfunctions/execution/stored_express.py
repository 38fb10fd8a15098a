"""Asynchronous Express executions: what is kept of them while they run, and what their end changes."""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.distributed.ending import child_ended
from serein.services.stepfunctions.execution.express import Flown, Performer, fly
from serein.services.stepfunctions.execution.memory import memory_of
from serein.services.stepfunctions.execution.stepping import (
    RETENTION_SECONDS,
    machine_of,
    needs_context,
    set_lifetime,
)
from serein.services.stepfunctions.interpreter.facts import Facts
from serein.services.stepfunctions.interpreter.outcomes import RUNNING, Ended
from serein.services.stepfunctions.machines import Revision
from serein.services.stepfunctions.observation import Seen, observe
from serein.services.stepfunctions.store.executions import (
    Execution,
    end_execution,
    find_execution,
    find_input,
    remove_execution,
)
from serein.services.stepfunctions.store.frames import remove_frames
from serein.services.stepfunctions.store.machines import require_revision


async def run_stored(platform: Platform, execution_id: int, perform: Performer) -> None:
    """Run an Express execution that is a row; nothing happens when it isn't any more."""
    found = await platform.database.read(lambda tx: _load(tx, execution_id))
    if found is None:
        return
    execution, revision, text = found
    facts = facts_of(execution, revision, text)
    machine = machine_of(revision.definition, execution.origin.state_name)
    flown = await fly(platform, facts, machine, perform)
    seen = seen_of(execution, text, flown)
    await platform.database.write(lambda tx: _end(tx, platform, execution_id, flown, seen))


def _load(tx: Transaction, execution_id: int) -> tuple[Execution, Revision, str] | None:
    execution = find_execution(tx, execution_id)
    if execution is None or execution.status != RUNNING:
        return None
    return execution, require_revision(tx, execution.origin.revision_id), find_input(tx, execution_id)


def facts_of(execution: Execution, revision: Revision, text: str) -> Facts:
    """What an Express execution's states may ask."""
    return Facts(
        execution.id,
        execution.arn,
        execution.name,
        execution.machine_arn,
        execution.origin.machine_name,
        revision.role_arn,
        execution.started_at,
        lambda: text,
        needs_context(revision.definition),
        is_express=True,
        version_arn=execution.origin.version_arn,
        alias_arn=execution.origin.alias_arn,
    )


def seen_of(execution: Execution, text: str, flown: Flown) -> Seen:
    """What is told of an Express execution, all at once."""
    return Seen(
        scope=execution.scope,
        arn=execution.arn,
        name=execution.name,
        machine_name=execution.origin.machine_name,
        machine_arn=execution.machine_arn,
        revision_id=execution.origin.revision_id,
        is_express=True,
        events=flown.events,
        status=flown.ended.status,
        started_at=flown.started_at,
        stopped_at=flown.stopped_at,
        input=text,
        output=flown.ended.output,
        error=flown.ended.error,
        cause=flown.ended.cause,
        version_arn=execution.origin.version_arn,
        alias_arn=execution.origin.alias_arn,
    )


def _end(tx: Transaction, platform: Platform, execution_id: int, flown: Flown, seen: Seen) -> None:
    execution = find_execution(tx, execution_id)
    if execution is None or execution.status != RUNNING:
        return
    if execution.map_run_arn:
        end_child(tx, platform, execution, flown.ended)
    else:
        remove_execution(tx, execution)
    observe(tx, platform, seen)


def end_child(tx: Transaction, platform: Platform, execution: Execution, ended: Ended) -> None:
    """Store how a map run's child has ended. What a child that is stopped has under way ends unheard."""
    end_execution(tx, execution, ended)
    remove_frames(tx, execution.id)
    child_ended(tx, execution)
    set_lifetime(tx, memory_of(platform), execution.id, tx.now + RETENTION_SECONDS)
