"""PutSecretValue: a new version of a secret."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidRequestException
from serein.services.secretsmanager.replication import require_primary
from serein.services.secretsmanager.secrets import require_alive, token_of, value_of
from serein.services.secretsmanager.versions import add_version


@operation("PutSecretValue", stored=("RotationToken",))
async def put_secret_value(call: Call, request: Request) -> Reply:
    value, token = value_of(request), token_of(call, request)
    if value is None:
        raise InvalidRequestException("You must provide either SecretString or SecretBinary.")

    def put(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        require_primary(found)
        version = add_version(tx, found, token, value, request.get("VersionStages"))
        store.update_secret(tx, found.secret_id, replace(found.secret, changed_at=round(tx.now, 3)))
        return {"ARN": found.arn, "Name": found.name, "VersionId": token, "VersionStages": version.stages}

    return await call.write(put)
