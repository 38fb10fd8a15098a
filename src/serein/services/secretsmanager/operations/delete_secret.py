"""DeleteSecret: mark a secret for deletion, or delete it at once. RestoreSecret: take the mark away."""

from msgspec.structs import replace

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidRequestException
from serein.services.secretsmanager.secrets import require_name, window_seconds


@operation("DeleteSecret")
async def delete_secret(call: Call, request: Request) -> Reply:
    window = window_seconds(request)

    def delete(tx: Transaction) -> Reply:
        name = request["SecretId"]
        found = store.find_secret(tx, call.scope, name)
        if window is None:
            # AWS: forcing the deletion of a secret that isn't there is no error.
            if found is None:
                if find_arn(name) is None:
                    require_name(name)
                return {"ARN": name, "Name": name, "DeletionDate": round(tx.now, 3)}
            if found.is_primary:
                _require_no_replicas(tx, found)
                store.remove_secret(tx, found.secret_id)
            else:
                store.remove_name(tx, found)
            return {"ARN": found.arn, "Name": found.name, "DeletionDate": round(tx.now, 3)}
        found = store.require_secret(tx, call.scope, name)
        if found.secret.marked_at is not None:
            raise InvalidRequestException(
                "You tried to perform the operation on a secret that's currently marked deleted."
            )
        if not found.is_primary:
            # AWS: a replica is deleted immediately.
            store.remove_name(tx, found)
            return {"ARN": found.arn, "Name": found.name, "DeletionDate": round(tx.now, 3)}
        _require_no_replicas(tx, found)
        now = round(tx.now, 3)
        store.update_secret(tx, found.secret_id, replace(found.secret, marked_at=now))
        store.schedule_deletion(tx, found.secret_id, now + window)
        return {"ARN": found.arn, "Name": found.name, "DeletionDate": now + window}

    return await call.write(delete)


def _require_no_replicas(tx: Transaction, found: store.Found) -> None:
    regions = [one.scope.region for one in store.names_of(tx, found.secret_id) if not one.is_primary]
    if regions:
        raise InvalidRequestException(
            f"You can't delete secret {found.name} that still has replica regions [{', '.join(regions)}]"
        )


@operation("RestoreSecret")
async def restore_secret(call: Call, request: Request) -> Reply:
    def restore(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        store.update_secret(tx, found.secret_id, replace(found.secret, marked_at=None))
        store.schedule_deletion(tx, found.secret_id, None)
        return {"ARN": found.arn, "Name": found.name}

    return await call.write(restore)
