"""TagDeliveryStream, UntagDeliveryStream and ListTagsForDeliveryStream."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import store
from serein.services.firehose.requests import check
from serein.services.firehose.tagging import require_tags, tags_in

_DEFAULT_LIMIT = 50


@operation("TagDeliveryStream")
async def tag_delivery_stream(call: Call, request: Request) -> Reply:
    check(call, request)
    given = tags_in(request["Tags"])

    def write(tx: Transaction) -> None:
        stream = store.require_stream(tx, call.scope, request["DeliveryStreamName"])
        tags = stream.definition.tags | given
        require_tags(tags, call.caller)
        store.update_stream(tx, stream, replace(stream.definition, tags=tags))

    await call.write(write)
    return {}


@operation("UntagDeliveryStream")
async def untag_delivery_stream(call: Call, request: Request) -> Reply:
    check(call, request)

    def write(tx: Transaction) -> None:
        stream = store.require_stream(tx, call.scope, request["DeliveryStreamName"])
        tags = {key: value for key, value in stream.definition.tags.items() if key not in request["TagKeys"]}
        store.update_stream(tx, stream, replace(stream.definition, tags=tags))

    await call.write(write)
    return {}


@operation("ListTagsForDeliveryStream")
async def list_tags_for_delivery_stream(call: Call, request: Request) -> Reply:
    check(call, request)
    stream = await call.read(lambda tx: store.require_stream(tx, call.scope, request["DeliveryStreamName"]))
    after, limit = request.get("ExclusiveStartTagKey", ""), request.get("Limit", _DEFAULT_LIMIT)
    tags = [(key, value) for key, value in sorted(stream.definition.tags.items()) if key > after]
    return {
        "Tags": [{"Key": key, "Value": value} for key, value in tags[:limit]],
        "HasMoreTags": len(tags) > limit,
    }
