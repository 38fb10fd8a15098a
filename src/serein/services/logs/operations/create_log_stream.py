"""CreateLogStream: create a log stream."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store


@operation("CreateLogStream")
async def create_log_stream(call: Call, request: Request) -> Reply:
    def create(tx: Transaction) -> None:
        group = store.require_group(tx, call.scope, request["logGroupName"])
        store.append_stream(tx, group.id, request["logStreamName"])

    await call.write(create)
    return {}
