"""UpdateContinuousBackups: switch point-in-time recovery on or off. There is no restoring yet."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.continuousbackups import describe_backups, require_backed_up_table
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.tables import replace_definition
from serein.services.dynamodb.tables import require_table_name


@operation("UpdateContinuousBackups", stored=("PointInTimeRecoverySpecification",))
async def update_continuous_backups(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = require_table_name(request["TableName"])
    wanted = request["PointInTimeRecoverySpecification"]

    def update(tx: Transaction) -> dict[str, Any]:
        old = require_backed_up_table(tx, call.scope, name).definition
        since = (old.recovery_since or tx.now) if wanted["PointInTimeRecoveryEnabled"] else None
        days = wanted.get("RecoveryPeriodInDays", old.recovery_days)
        table = replace_definition(tx, changed(old, recovery_since=since, recovery_days=days))
        return describe_backups(table.definition, tx.now)

    return {"ContinuousBackupsDescription": await call.write(update)}
