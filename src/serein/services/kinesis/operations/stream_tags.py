"""AddTagsToStream, RemoveTagsFromStream and ListTagsForStream: the tags of a stream."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.kinesis.store import streams
from serein.services.kinesis.tagging import require_room, require_tag_text, require_tags


@operation("AddTagsToStream")
async def add_tags_to_stream(call: Call, request: Request) -> Reply:
    scope, given = call.scope, request["Tags"]
    require_tags(given, call.caller)

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_taggable()
        tags = stream.definition.tags | given
        require_room(tags, f"stream {stream.name} under account {stream.scope.account}")
        streams.update_stream(tx, stream, replace(stream.definition, tags=tags))

    await call.write(write)
    return {}


@operation("RemoveTagsFromStream")
async def remove_tags_from_stream(call: Call, request: Request) -> Reply:
    scope, keys = call.scope, request["TagKeys"]
    require_tag_text(keys)

    def write(tx: Transaction) -> None:
        stream = streams.require_named_stream(tx, scope, request)
        stream.require_taggable()
        tags = {key: value for key, value in stream.definition.tags.items() if key not in keys}
        streams.update_stream(tx, stream, replace(stream.definition, tags=tags))

    await call.write(write)
    return {}


@operation("ListTagsForStream")
async def list_tags_for_stream(call: Call, request: Request) -> Reply:
    scope = call.scope
    stream = await call.read(lambda tx: streams.require_named_stream(tx, scope, request))
    after = request.get("ExclusiveStartTagKey") or ""
    tags = [(key, value) for key, value in sorted(stream.definition.tags.items()) if key > after]
    limit = request.get("Limit") or len(tags)
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags[:limit]], "HasMoreTags": len(tags) > limit}
