"""RestoreTableToPointInTime: a new table with the items that another had at a time."""

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope
from serein.services.dynamodb.continuousbackups import require_backed_up_table, restorable_window
from serein.services.dynamodb.errors import (
    InvalidRestoreTimeException,
    PointInTimeRecoveryUnavailableException,
    TableInUseException,
    TableNotFoundException,
    ValidationException,
)
from serein.services.dynamodb.jobs.records import Moment
from serein.services.dynamodb.jobs.restores import Source, source_scope, start_restore
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.tables import TableDefinition


@operation("RestoreTableToPointInTime", stored=("SSESpecificationOverride",))
async def restore_table_to_point_in_time(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = _source(call.scope, request)
    if ("RestoreDateTime" in request) == bool(request.get("UseLatestRestorableTime")):
        raise ValidationException("Exactly one of RestoreDateTime and UseLatestRestorableTime must be specified")

    def restore(tx: Transaction) -> Reply:
        table = require_backed_up_table(tx, source_scope(call.scope, name), name)
        if not table.is_usable:
            raise TableInUseException(f"Table is being created or deleted: {table.name}")
        at = _time(table.definition, request, tx.now)
        return start_restore(tx, call, request, Source(table.definition, table.id, at, Moment(at=at)))

    return {"TableDescription": await call.write(restore)}


def _source(scope: Scope, request: Request) -> str:
    """The name or ARN of the table to restore. Raises ValidationException or TableNotFoundException."""
    name, arn = request.get("SourceTableName"), request.get("SourceTableArn")
    if (name is None) == (arn is None):
        raise ValidationException("Exactly one of SourceTableArn and SourceTableName must be specified")
    if arn is None:
        return str(name)
    found = find_arn(arn)
    if found is None:
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {arn}")
    if found.account != scope.account:
        raise TableNotFoundException(f"Table not found: {arn}")
    return str(arn)


def _time(source: TableDefinition, request: Request, now: float) -> float:
    if source.recovery_since is None:
        raise PointInTimeRecoveryUnavailableException(
            f"Point in time recovery is not enabled for table '{source.name}'"
        )
    earliest, latest = restorable_window(source, now)
    at: float = request.get("RestoreDateTime", latest)
    if not earliest <= at <= latest:
        raise InvalidRestoreTimeException()
    return at
