"""ListBackups: the backups of a table or of all tables, by time and type."""

from serein.kernel.arn import arn_of
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.jobs.backups import USER, summary
from serein.services.dynamodb.jobs.records import BACKUP, Backup, backup_of
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.store.jobs import jobs_of
from serein.services.dynamodb.tables import table_of

_PAGE = 100


@operation("ListBackups")
async def list_backups(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    low, high = request.get("TimeRangeLowerBound"), request.get("TimeRangeUpperBound")
    if low is not None and high is not None and low > high:
        raise ValidationException("TimeRangeLowerBound must not be after TimeRangeUpperBound")
    scope, prefix = call.scope, ""
    if "TableName" in request:
        scope, name = table_of(call.scope, request["TableName"])
        prefix = arn_of("dynamodb", scope, f"table/{name}/backup/")
    after, limit = request.get("ExclusiveStartBackupArn", ""), request.get("Limit", _PAGE)

    def read(tx: Transaction) -> Reply:
        found: list[Reply] = []
        for job in jobs_of(tx, scope, BACKUP, prefix, after, is_forward=True):
            backup = backup_of(job)
            if not _is_wanted(request, backup):
                continue
            if len(found) == limit:
                return {"BackupSummaries": found, "LastEvaluatedBackupArn": found[-1]["BackupArn"]}
            found.append(summary(job, backup))
        return {"BackupSummaries": found}

    return await call.read(read)


def _is_wanted(request: Request, backup: Backup) -> bool:
    """AWS: of the bounds the lower is inclusive and the upper is not; backups of type USER are the default."""
    kind = request.get("BackupType", USER)
    return (
        kind in ("ALL", backup.type)
        and request.get("TimeRangeLowerBound", backup.created_at) <= backup.created_at
        and backup.created_at < request.get("TimeRangeUpperBound", float("inf"))
    )
