"""DescribeBackup: a backup, and the table that it was made of."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.jobs.backups import description, require_backup
from serein.services.dynamodb.requests import require_constraints


@operation("DescribeBackup")
async def describe_backup(call: Call, request: Request) -> Reply:
    require_constraints(call, request)
    job = await call.read(lambda tx: require_backup(tx, call.scope, request["BackupArn"]))
    return {"BackupDescription": description(job)}
