"""TagResource, UntagResource and ListTagsForResource: the tags of a pipe."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.pipes import store
from serein.services.pipes.definitions import parse_tags
from serein.services.pipes.errors import NotFoundException


@operation("TagResource")
async def tag_resource(call: Call, request: Request) -> Reply:
    def tag(tx: Transaction) -> None:
        pipe = _require(tx, call, request["resourceArn"])
        store.put_pipe(tx, replace(pipe, tags=parse_tags(pipe.tags, request["tags"], call.caller)))

    await call.write(tag)
    return {}


@operation("UntagResource")
async def untag_resource(call: Call, request: Request) -> Reply:
    def untag(tx: Transaction) -> None:
        pipe = _require(tx, call, request["resourceArn"])
        kept = {key: value for key, value in pipe.tags.items() if key not in request["tagKeys"]}
        store.put_pipe(tx, replace(pipe, tags=kept))

    await call.write(untag)
    return {}


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, request: Request) -> Reply:
    pipe = await call.read(lambda tx: _require(tx, call, request["resourceArn"]))
    return {"tags": pipe.tags}


def _require(tx: Transaction, call: Call, arn: str) -> store.Pipe:
    pipe = store.find_pipe(tx, call.scope, arn.rpartition("/")[2])
    if pipe is None or pipe.arn != arn:
        raise NotFoundException(f"Resource {arn} does not exist.")
    return pipe
