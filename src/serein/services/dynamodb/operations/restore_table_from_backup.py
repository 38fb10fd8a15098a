"""RestoreTableFromBackup: a new table with a backup's items, settings and indexes, in any region."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.backups import require_usable_backup
from serein.services.dynamodb.jobs.records import backup_of
from serein.services.dynamodb.jobs.restores import Source, source_scope, start_restore
from serein.services.dynamodb.requests import require_constraints


@operation("RestoreTableFromBackup", stored=("SSESpecificationOverride",))
async def restore_table_from_backup(call: Call, request: Request) -> Reply:
    require_constraints(call, request)

    def restore(tx: Transaction) -> Reply:
        job = require_usable_backup(tx, source_scope(call.scope, request["BackupArn"]), request["BackupArn"])
        backup = backup_of(job)
        source = Source(backup.table, job.target_id, backup.created_at, None)
        return start_restore(tx, call, request, source)

    return {"TableDescription": await call.write(restore)}
