"""DeleteBackup: remove a backup and its items."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs import backups
from serein.services.dynamodb.requests import require_constraints


@operation("DeleteBackup")
async def delete_backup(call: Call, request: Request) -> Reply:
    require_constraints(call, request)

    def delete(tx: Transaction) -> Reply:
        job = backups.require_usable_backup(tx, call.scope, request["BackupArn"])
        backups.delete_backup(tx, job)
        return backups.description(job, "DELETED")

    return {"BackupDescription": await call.write(delete)}
