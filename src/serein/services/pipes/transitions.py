"""The states that pipes pass through, and what happens at their ends.

A change is written down first, with the state that it leads through; then the feed of the pipe is made, changed or
removed, and the pipe comes to rest. Both can be done again, so a change that a crash interrupted is completed later.
"""

import asyncio
from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.pipes.errors import ConflictException
from serein.services.pipes.sources import feed_of
from serein.services.pipes.store import Pipe, delete_pipe, find_pipe, put_pipe

_SECONDS = {"CREATING": 30.0, "UPDATING": 20.0, "DELETING": 20.0, "STARTING": 30.0, "STOPPING": 20.0}
"""How long a pipe passes through a state, where that takes time as on AWS."""
_FAILED = {
    "CREATING": "CREATE_FAILED",
    "UPDATING": "UPDATE_FAILED",
    "STARTING": "START_FAILED",
    "STOPPING": "STOP_FAILED",
}
_LONGEST_REASON = 512


def begin(call: Call, pipe: Pipe, state: str, now: float) -> Pipe:
    """A pipe that enters a state."""
    is_gradual = call.platform.realism.is_gradual
    until = now + (_SECONDS[state] if is_gradual else 0.0)
    return replace(pipe, current_state=state, state_reason="", due_at=until, modified_at=now)


def require_rest(pipe: Pipe) -> None:
    """Raises ConflictException while a pipe passes through a state."""
    if pipe.due_at is not None:
        raise ConflictException(
            f"Pipe {pipe.name} is in state {pipe.current_state}.", resourceId=pipe.name, resourceType="pipe"
        )


async def settle(call: Call, scope: Scope, name: str) -> None:
    """End the state that a pipe is in, if its time has come."""
    # Why one at a time: an end that comes late must not bring back the feed of a pipe that is gone by then.
    lock: asyncio.Lock = call.platform.memory.setdefault("pipes settling", asyncio.Lock())
    async with lock:
        pipe = await call.read(lambda tx: find_pipe(tx, scope, name))
        if pipe is not None and pipe.due_at is not None and pipe.due_at <= call.now:
            await _settle(call, pipe)


async def _settle(call: Call, pipe: Pipe) -> None:
    if pipe.current_state == "DELETING":
        await call.to("lambda", "DeleteEventFeed", {"Arn": pipe.arn}, pipe.scope)
        await call.write(lambda tx: delete_pipe(tx, pipe.scope, pipe.name))
        return
    is_running = pipe.desired_state == "RUNNING"
    state, reason = pipe.desired_state, ""
    try:
        feed = feed_of(pipe.name, pipe.arn, pipe.definition, is_enabled=is_running)
        await call.to("lambda", "PutEventFeed", feed, pipe.scope)
    except AwsError as error:
        if not error.is_sender_fault:
            raise
        state, reason = _FAILED[pipe.current_state], error.message[:_LONGEST_REASON]
    at_rest = replace(pipe, current_state=state, state_reason=reason, due_at=None)

    def write(tx: Transaction) -> None:
        if find_pipe(tx, pipe.scope, pipe.name) == pipe:
            put_pipe(tx, at_rest)

    await call.write(write)
