"""UpdateSecret: a secret's description, key or value."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import ResourceExistsException
from serein.services.secretsmanager.replication import require_primary
from serein.services.secretsmanager.secrets import CURRENT, require_alive, token_of, value_of
from serein.services.secretsmanager.versions import add_version


@operation("UpdateSecret", stored=("KmsKeyId", "Type"))
async def update_secret(call: Call, request: Request) -> Reply:
    value, token = value_of(request), token_of(call, request)

    def update(tx: Transaction) -> Reply:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        require_primary(found)
        reply: Reply = {"ARN": found.arn, "Name": found.name}
        if value is not None:
            if store.find_version(tx, found.secret_id, token) is not None:
                raise ResourceExistsException(
                    f"You can't use ClientRequestToken {token} because that value is already in use for a version of "
                    f"secret {found.arn}."
                )
            reply["VersionId"] = add_version(tx, found, token, value, [CURRENT]).version_id
        secret = replace(found.secret, changed_at=round(tx.now, 3))
        if "Description" in request:
            secret = replace(secret, description=request["Description"])
        store.update_secret(tx, found.secret_id, secret)
        if "KmsKeyId" in request:
            store.replace_own(tx, found, {**found.own, "KmsKeyId": request["KmsKeyId"]})
        return reply

    return await call.write(update)
