"""StartPipe and StopPipe."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.pipes import store
from serein.services.pipes.definitions import short
from serein.services.pipes.transitions import begin, require_rest, settle


@operation("StartPipe")
async def start_pipe(call: Call, request: Request) -> Reply:
    return await _move(call, request["Name"], "RUNNING", "STARTING")


@operation("StopPipe")
async def stop_pipe(call: Call, request: Request) -> Reply:
    return await _move(call, request["Name"], "STOPPED", "STOPPING")


async def _move(call: Call, name: str, desired: str, state: str) -> Reply:
    """Have a pipe run or not; one that does already stays as it is."""

    def move(tx: Transaction) -> store.Pipe:
        pipe = store.require_pipe(tx, call.scope, name)
        require_rest(pipe)
        if pipe.current_state == desired:
            return pipe
        pipe = begin(call, replace(pipe, desired_state=desired), state, tx.now)
        store.put_pipe(tx, pipe)
        return pipe

    pipe = await call.write(move)
    await settle(call, pipe.scope, pipe.name)
    return short(pipe)
