"""PutRetentionPolicy and DeleteRetentionPolicy: how long a group keeps its events."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store
from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.groups import RETENTION_DAYS

RETENTION_TOPIC = "logs:retention"


@operation("PutRetentionPolicy")
async def put_retention_policy(call: Call, request: Request) -> Reply:
    days = request["retentionInDays"]
    if days not in RETENTION_DAYS:
        allowed = ", ".join(map(str, sorted(RETENTION_DAYS)))
        raise InvalidParameterException(
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy constraint: "
            f"Member must satisfy enum value set: [{allowed}]"
        )
    return await _set_retention(call, request["logGroupName"], days)


@operation("DeleteRetentionPolicy")
async def delete_retention_policy(call: Call, request: Request) -> Reply:
    return await _set_retention(call, request["logGroupName"], 0)


async def _set_retention(call: Call, group_name: str, days: int) -> Reply:
    def update(tx: Transaction) -> None:
        group = store.require_group(tx, call.scope, group_name)
        store.update_group(tx, group, days, group.tags, is_protected=group.is_protected)
        tx.wake(RETENTION_TOPIC)

    await call.write(update)
    return {}
