"""TagResource, UntagResource and ListTagsForResource: the tags of repositories."""

from collections.abc import Callable
from dataclasses import replace

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.ecr import store
from serein.services.ecr.errors import InvalidParameterException, TooManyTagsException
from serein.services.ecr.records import Repository
from serein.services.ecr.repositories import no_repository

_MOST = 50


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    given = {tag["Key"]: tag["Value"] for tag in request["tags"]}
    await _change(call, request, lambda tags: tags | given)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    gone = set(request["tagKeys"])
    await _change(call, request, lambda tags: {key: value for key, value in tags.items() if key not in gone})
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    found = await call.read(lambda tx: _require(tx, call, request["resourceArn"]))
    return {"tags": [{"Key": key, "Value": value} for key, value in found.tags.items()]}


async def _change(call: Call, request: Request, change: Callable[[dict[str, str]], dict[str, str]]) -> None:
    def write(tx: Transaction) -> None:
        known = _require(tx, call, request["resourceArn"])
        tags = change(known.tags)
        if len(tags) > _MOST:
            raise TooManyTagsException(f"The number of tags exceeded the limit of {_MOST} tags.")
        store.put_repository(tx, replace(known, tags=tags))

    await call.write(write)


def _require(tx: Transaction, call: Call, text: str) -> Repository:
    arn = find_arn(text)
    if arn is None or not arn.resource.startswith("repository/"):
        raise InvalidParameterException(
            "Invalid parameter at 'resourceArn' failed to satisfy constraint: 'Invalid ARN'"
        )
    name = arn.resource.removeprefix("repository/")
    found = store.find_repository(tx, call.scope, name) if arn.account == call.scope.account else None
    if found is None:
        raise no_repository(name, arn.account)
    return found
