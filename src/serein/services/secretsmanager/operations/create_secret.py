"""CreateSecret: a new secret, with or without a value."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.errors import InvalidRequestException, ResourceExistsException
from serein.services.secretsmanager.replication import replicate, replication_reply
from serein.services.secretsmanager.secrets import (
    Secret,
    new_arn,
    parse_tags,
    require_few_tags,
    require_name,
    token_of,
    value_of,
)
from serein.services.secretsmanager.versions import add_version


@operation(
    "CreateSecret",
    partial="secrets of partners (Type) and replicas of other accounts' secrets are missing",
    stored=("KmsKeyId", "Type", "CrossAccountPrimaryARN"),
)
async def create_secret(call: Call, request: Request) -> Reply:
    token, name, value = token_of(call, request), request["Name"], value_of(request)
    require_name(name)
    tags = parse_tags(request.get("Tags") or [], call.caller)
    require_few_tags(tags)

    def create(tx: Transaction) -> Reply:
        existing = store.find_secret(tx, call.scope, name)
        if existing is not None:
            return _repeated(tx, existing, token, value)
        now = round(tx.now, 3)
        secret = Secret(call.scope.region, now, now, request.get("Description", ""), tags)
        own = {"KmsKeyId": request.get("KmsKeyId")}
        found = store.append_secret(tx, call.scope, name, new_arn(call.scope, name), secret, own)
        reply: Reply = {"ARN": found.arn, "Name": name}
        if value is not None:
            reply["VersionId"] = add_version(tx, found, token, value, None).version_id
        if regions := request.get("AddReplicaRegions"):
            replicate(tx, found, regions, overwrites=bool(request.get("ForceOverwriteReplicaSecret")))
            reply["ReplicationStatus"] = replication_reply(tx, found)
        return reply

    return await call.write(create)


def _repeated(tx: Transaction, existing: store.Found, token: str, value: tuple[str, bytes] | None) -> Reply:
    """AWS: the same request again, by its token and value, is answered as the first was."""
    if existing.secret.marked_at is not None:
        raise InvalidRequestException(
            "You can't create this secret because a secret with this name is already scheduled for deletion."
        )
    version = store.find_version(tx, existing.secret_id, token)
    if value is None or version is None or not version.same_value(*value):
        raise ResourceExistsException(f"The operation failed because the secret {existing.name} already exists.")
    return {"ARN": existing.arn, "Name": existing.name, "VersionId": token}
