"""CreateBackup: a copy of a table as it is now, made while the table goes on being written."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.continuousbackups import require_backed_up_table
from serein.services.dynamodb.counts import count_all
from serein.services.dynamodb.errors import TableInUseException
from serein.services.dynamodb.jobs.backups import details, start_backup
from serein.services.dynamodb.jobs.records import backup_of
from serein.services.dynamodb.requests import require_constraints
from serein.services.dynamodb.tables import Table, table_of

_DOING = {"CREATING": "created", "DELETING": "deleted"}


@operation("CreateBackup")
async def create_backup(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    name = request["TableName"]

    def require(tx: Transaction) -> Table:
        table = require_backed_up_table(tx, call.scope, name)
        if not table.is_usable:
            raise TableInUseException(f"Table is being {_DOING[table.definition.status]}: {table.name}")
        return table

    table = await call.read(require)
    counted = (await count_all(call, table))[table.id]

    def create(tx: Transaction) -> Reply:
        scope, _ = table_of(call.scope, name)
        job = start_backup(tx, scope, require(tx).definition, request["BackupName"], counted[:2])
        return details(job, backup_of(job))

    return {"BackupDetails": await call.write(create)}
