"""ReplicateSecretToRegions, RemoveRegionsFromReplication and StopReplicationToReplica."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidRequestException
from serein.services.secretsmanager.replication import (
    remove_replicas,
    replicate,
    replication_reply,
    require_primary,
)
from serein.services.secretsmanager.secrets import require_alive


@operation("ReplicateSecretToRegions")
async def replicate_secret_to_regions(call: Call, request: Request) -> Reply:
    overwrites = bool(request.get("ForceOverwriteReplicaSecret"))

    def write(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        require_primary(found)
        replicate(tx, found, request["AddReplicaRegions"], overwrites=overwrites)
        return {"ARN": found.arn, "ReplicationStatus": replication_reply(tx, found)}

    return await call.write(write)


@operation("RemoveRegionsFromReplication")
async def remove_regions_from_replication(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_primary(found)
        remove_replicas(tx, found, request["RemoveReplicaRegions"])
        return {"ARN": found.arn, "ReplicationStatus": replication_reply(tx, found)}

    return await call.write(write)


@operation("StopReplicationToReplica")
async def stop_replication_to_replica(call: Call, request: Request) -> Reply:
    """Make a replica a secret of its own, with all that it has."""

    def write(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        if found.is_primary:
            raise InvalidRequestException("The operation is not permitted on a primary secret. Call it on a replica.")
        secret_id = store.add_record(tx, replace(found.secret, primary_region=found.scope.region))
        store.copy_versions(tx, found.secret_id, secret_id)
        store.move_name(tx, found, secret_id)
        return {"ARN": found.arn}

    return await call.write(write)
