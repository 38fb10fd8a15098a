"""TagResource and UntagResource."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.secrets import parse_tags, require_alive, require_few_tags


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    added = parse_tags(request["Tags"], call.caller)

    def tag(tx: Transaction) -> None:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        tags = found.secret.tags | added
        require_few_tags(tags)
        store.update_secret(tx, found.secret_id, replace(found.secret, tags=tags, has_tags=True))

    await call.write(tag)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    removed = set(request["TagKeys"])

    def untag(tx: Transaction) -> None:
        found = store.require_secret(tx, call.scope, request["SecretId"])
        require_alive(found.secret)
        tags = {key: value for key, value in found.secret.tags.items() if key not in removed}
        store.update_secret(tx, found.secret_id, replace(found.secret, tags=tags))

    await call.write(untag)
    return {}
