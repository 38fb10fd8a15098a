"""RunBatch: take a batch of a source's records through a pipe; what Lambda's readers call."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.pipes.running import Execution, records_in
from serein.services.pipes.store import require_pipe


@operation("RunBatch", internal=True)
async def run_batch(call: Call, request: Request) -> Reply:
    """The request is {"Arn": the pipe's, "Payload": the event that a function would get}; the reply is Invoke's."""
    name = request["Arn"].rpartition("/")[2]
    pipe = await call.read(lambda tx: require_pipe(tx, call.scope, name))
    return await Execution(call, pipe, records_in(request["Payload"])).run()
