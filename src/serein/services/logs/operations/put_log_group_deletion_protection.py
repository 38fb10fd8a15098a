"""PutLogGroupDeletionProtection: allow or forbid that a group is deleted."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.logs import store
from serein.services.logs.groups import name_in


@operation("PutLogGroupDeletionProtection")
async def put_log_group_deletion_protection(call: Call, request: Request) -> Reply:
    def update(tx: Transaction) -> None:
        group = store.require_group(tx, call.scope, name_in(request["logGroupIdentifier"]))
        is_protected = request["deletionProtectionEnabled"]
        store.update_group(tx, group, group.retention_days, group.tags, is_protected=is_protected)

    await call.write(update)
    return {}
