"""DeleteLogGroup: delete a log group with its streams and events."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store
from serein.services.logs.errors import ValidationException


@operation("DeleteLogGroup")
async def delete_log_group(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> None:
        group = store.require_group(tx, call.scope, request["logGroupName"])
        if group.is_protected:
            raise ValidationException("The log group cannot be deleted because deletion protection is enabled.")
        store.remove_group(tx, group.id)

    await call.write(delete)
    return {}
