"""DeleteTable: remove a table and all of its items."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb import lifecycle, transitions
from serein.services.dynamodb.counts import count_all
from serein.services.dynamodb.descriptions import describe
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.jobs.backups import require_deletable
from serein.services.dynamodb.membership import leave_before_deletion
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import require_described_table
from serein.services.dynamodb.tables import require_table_name, table_of


@operation("DeleteTable")
async def delete_table(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])

    is_gradual = call.platform.realism.is_gradual
    counts = await count_all(call, await call.read(lambda tx: require_described_table(tx, call.scope, name)))

    def delete(tx: Transaction) -> dict[str, Any]:
        table = require_described_table(tx, call.scope, name)
        if table.definition.is_protected:
            raise ValidationException(
                "Resource cannot be deleted as it is currently protected against deletion. "
                "Disable deletion protection first."
            )
        described = describe(table, counts, "DELETING", "DELETING")
        if table.definition.status == "DELETING":
            # AWS: deleting a table twice is no error.
            return described
        if is_gradual:
            transitions.require_undisturbed(table.definition)
        require_deletable(tx, table.definition)
        leave_before_deletion(tx, table.definition)
        if is_gradual:
            transitions.delete_slowly(tx, table_of(call.scope, name)[0], table.definition)
        else:
            lifecycle.delete(tx, table.definition)
        return described

    described = await call.write(delete)
    for member in ("AttributeDefinitions", "KeySchema", "CreationDateTime", "LocalSecondaryIndexes"):
        described.pop(member, None)
    described.pop("GlobalSecondaryIndexes", None)
    described.pop("VectorIndexes", None)
    return {"TableDescription": described}
