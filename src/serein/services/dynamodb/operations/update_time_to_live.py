"""UpdateTimeToLive: let a table's items expire by an attribute, or no more.

AWS takes up to days to remove expired items; here they go when their time comes.
"""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.expiry import require_unchanged
from serein.services.dynamodb.lifecycle import changed, mirror
from serein.services.dynamodb.replicachanges import require_expirable
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.chores import append_chore
from serein.services.dynamodb.store.tables import replace_definition, require_active_table
from serein.services.dynamodb.tables import TableDefinition, require_table_name


@operation("UpdateTimeToLive")
async def update_time_to_live(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    wanted = request["TimeToLiveSpecification"]
    attribute, is_enabled = wanted["AttributeName"], wanted["Enabled"]

    def update(tx: Transaction) -> None:
        table = require_active_table(tx, call.scope, name)
        if is_enabled and table.ttl_attribute == attribute:
            raise ValidationException("TimeToLive is already enabled")
        if not is_enabled and not table.ttl_attribute:
            raise ValidationException("TimeToLive is already disabled")
        if table.ttl_attribute and table.ttl_attribute != attribute:
            raise ValidationException(
                f"TimeToLive is active on a different AttributeName: current AttributeName is {table.ttl_attribute}"
            )
        require_expirable(table.definition)
        if call.platform.realism.is_gradual:
            require_unchanged(table.definition, tx.now)
        table = replace_definition(tx, _enabled(table.definition, attribute, tx.now, is_enabled=is_enabled))
        for one in (table, *mirror(tx, table)):
            if is_enabled:
                append_chore(tx, "fill-expiries", one.id, one.id)

    await call.write(update)
    return {"TimeToLiveSpecification": {"Enabled": is_enabled, "AttributeName": attribute}}


def _enabled(definition: TableDefinition, attribute: str, now: float, *, is_enabled: bool) -> TableDefinition:
    return changed(definition, ttl_attribute=attribute, ttl_is_enabled=is_enabled, ttl_changed_at=now)
