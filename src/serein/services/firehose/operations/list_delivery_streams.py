"""ListDeliveryStreams: the names of an account's delivery streams in a region."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import store
from serein.services.firehose.requests import check

_DEFAULT_LIMIT = 10


@operation("ListDeliveryStreams")
async def list_delivery_streams(call: Call, request: Request) -> Reply:
    check(call, request)
    limit, kind = request.get("Limit", _DEFAULT_LIMIT), request.get("DeliveryStreamType", "")
    after = request.get("ExclusiveStartDeliveryStreamName", "")
    names = await call.read(lambda tx: store.list_streams(tx, call.scope, kind, after, limit + 1))
    return {"DeliveryStreamNames": names[:limit], "HasMoreDeliveryStreams": len(names) > limit}
