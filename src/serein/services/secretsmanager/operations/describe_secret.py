"""DescribeSecret: everything about a secret but its values."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.replication import replication_reply
from serein.services.secretsmanager.secrets import description_reply


@operation("DescribeSecret")
async def describe_secret(call: Call, request: Request) -> Reply:
    def describe(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        reply = description_reply(found.secret, found.arn, found.name, found.own, found.secret.marked_at)
        versions = store.versions_of(tx, found.secret_id)
        stages = {version.version_id: version.stages for version in versions if version.stages}
        if stages:
            reply["VersionIdsToStages"] = stages
        if found.rotates_at is not None and found.secret.rotation.is_enabled:
            reply["NextRotationDate"] = found.rotates_at
        if found.is_primary and found.own.get("IsReplicated"):
            reply["ReplicationStatus"] = replication_reply(tx, found)
        return reply

    return await call.read(describe)
