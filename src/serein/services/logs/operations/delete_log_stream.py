"""DeleteLogStream: delete a log stream and its events."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store


@operation("DeleteLogStream")
async def delete_log_stream(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> None:
        group = store.require_group(tx, call.scope, request["logGroupName"])
        store.remove_stream(tx, store.require_stream(tx, group.id, request["logStreamName"]).id)

    await call.write(delete)
    return {}
