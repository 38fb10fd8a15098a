"""TagResource, UntagResource and ListTagsForResource: the tags of registries, schemas and discoverers."""

from collections.abc import Callable
from dataclasses import replace

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas import store
from serein.services.schemas.discovering import require_discoverer
from serein.services.schemas.errors import BadRequestException, NotFoundException
from serein.services.schemas.records import Discoverer, Registry, Schema
from serein.services.schemas.registering import require_registry, require_schema

_MOST = 50
_Tagged = Registry | Schema | Discoverer


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    await _change(call, request, lambda tags: tags | request["Tags"])
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    gone = set(request["TagKeys"])
    await _change(call, request, lambda tags: {key: value for key, value in tags.items() if key not in gone})
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    return {"Tags": (await call.read(lambda tx: _require(tx, call, request["ResourceArn"]))).tags}


async def _change(call: Call, request: Request, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    def write(tx: Transaction) -> None:
        known = _require(tx, call, request["ResourceArn"])
        tags = change(known.tags)
        if len(tags) > _MOST:
            raise BadRequestException(f"A resource can have at most {_MOST} tags.")
        if isinstance(known, Registry):
            store.put_registry(tx, replace(known, tags=tags))
        elif isinstance(known, Schema):
            store.put_schema(tx, replace(known, tags=tags))
        else:
            store.put_discoverer(tx, replace(known, tags=tags))

    await call.write(write)


def _require(tx: Transaction, call: Call, text: str) -> _Tagged:
    arn = find_arn(text)
    if arn is None or arn.service != "schemas":
        raise BadRequestException(f"{text} is not the ARN of a registry, a schema or a discoverer.")
    match arn.resource.split("/"):
        case ["registry", name]:
            found: _Tagged = require_registry(tx, call.scope, name)
        case ["schema", registry, name]:
            found = require_schema(tx, call.scope, registry, name)
        case ["discoverer", id]:
            found = require_discoverer(tx, call.scope, id)
        case _:
            raise BadRequestException(f"{text} is not the ARN of a registry, a schema or a discoverer.")
    if found.arn != text:
        raise NotFoundException(f"{text} does not exist.")
    return found
