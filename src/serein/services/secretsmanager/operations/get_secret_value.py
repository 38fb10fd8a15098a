"""GetSecretValue: a version's value."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.reading import note_access, require_version, value_reply
from serein.services.secretsmanager.secrets import Version, require_alive
from serein.services.secretsmanager.store import Found


@operation("GetSecretValue")
async def get_secret_value(call: Call, request: Request) -> Reply:
    version_id, stage = request.get("VersionId"), request.get("VersionStage")

    def find(tx: Transaction) -> tuple[Found, Version]:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        return found, require_version(tx, found, version_id, stage)

    found, version = await call.read(find)
    await note_access(call, [(found, version)])
    return value_reply(found, version)
