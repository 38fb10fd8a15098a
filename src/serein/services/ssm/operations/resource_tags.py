"""AddTagsToResource, RemoveTagsFromResource and ListTagsForResource, of parameters."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.ssm import store
from serein.services.ssm.errors import InvalidResourceId
from serein.services.ssm.tags import parse_tags, require_few

_PARTIAL = "only of parameters"


@operation("AddTagsToResource", partial=_PARTIAL)
async def add_tags_to_resource(call: Call, request: Request) -> Reply:
    name, added = _parameter(request), parse_tags(request["Tags"])

    def add(tx: Transaction) -> None:
        tags = _require_tags(tx, call, name) | added
        require_few(tags)
        store.replace_tags(tx, call.scope, name, tags)

    await call.write(add)
    return {}


@operation("RemoveTagsFromResource", partial=_PARTIAL)
async def remove_tags_from_resource(call: Call, request: Request) -> Reply:
    name, removed = _parameter(request), set(request["TagKeys"])

    def remove(tx: Transaction) -> None:
        tags = _require_tags(tx, call, name)
        store.replace_tags(tx, call.scope, name, {key: tags[key] for key in tags if key not in removed})

    await call.write(remove)
    return {}


@operation("ListTagsForResource", partial=_PARTIAL)
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    name = _parameter(request)
    tags = await call.read(lambda tx: _require_tags(tx, call, name))
    return {"TagList": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _parameter(request: Request) -> str:
    if request["ResourceType"] != "Parameter":
        raise NotImplementedHere(f"Serein does not have resources of the type {request['ResourceType']}")
    return str(request["ResourceId"])


def _require_tags(tx: Transaction, call: Call, name: str) -> dict[str, str]:
    tags = store.find_tags(tx, call.scope, name)
    if tags is None:
        raise InvalidResourceId
    return tags
