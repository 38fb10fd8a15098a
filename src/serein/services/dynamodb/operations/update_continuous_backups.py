"""UpdateContinuousBackups: switch point-in-time recovery on or off, and say how many days it reaches back."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.continuousbackups import describe_backups, require_backed_up_table
from serein.services.dynamodb.errors import ContinuousBackupsUnavailableException
from serein.services.dynamodb.lifecycle import changed
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store import history
from serein.services.dynamodb.store.tables import replace_definition

_LONGEST_DAYS = 35


@operation("UpdateContinuousBackups")
async def update_continuous_backups(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    wanted = request["PointInTimeRecoverySpecification"]

    def update(tx: Transaction) -> Reply:
        table = require_backed_up_table(tx, call.scope, request["TableName"])
        if not table.is_usable:
            raise ContinuousBackupsUnavailableException(
                f"Backups are being enabled for the table: {table.name}. Please retry later"
            )
        old = table.definition
        since, days = None, old.recovery_days
        if wanted["PointInTimeRecoveryEnabled"]:
            since = tx.now if old.recovery_since is None else old.recovery_since
            days = wanted.get("RecoveryPeriodInDays", _LONGEST_DAYS)
        # Also when it is switched off: what is left of the history is then forgotten.
        history.put_history(tx, old.id)
        table = replace_definition(tx, changed(old, recovery_since=since, recovery_days=days))
        return describe_backups(table.definition, tx.now)

    return {"ContinuousBackupsDescription": await call.write(update)}
