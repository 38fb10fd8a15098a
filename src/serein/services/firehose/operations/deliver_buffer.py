"""DeliverBuffer and DiscardBuffer: send off a buffer that is full or whose time has come, or forget it."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import store
from serein.services.firehose.delivering import to_bucket, to_endpoint
from serein.services.firehose.delivering.steps import discard
from serein.services.firehose.delivering.transforming import transform
from serein.services.firehose.journal import tell
from serein.services.firehose.plans import BACKUP, DATA, TRANSFORM
from serein.services.firehose.store import Buffer
from serein.services.firehose.streams import Stream


@operation("DeliverBuffer", internal=True)
async def deliver_buffer(call: Call, request: Request) -> Reply:
    """The request is {"Buffer": its id, "IsTimed": whether its time has come}. Raises Reschedule."""

    def claim(tx: Transaction) -> tuple[Buffer, Stream | None] | None:
        buffer = store.find_buffer(tx, request["Buffer"])
        if buffer is None:
            return None
        if buffer.state == store.OPEN:
            store.mark_buffer(tx, buffer.id, store.CLOSED)
        elif buffer.state == store.FULL and request["IsTimed"]:
            return None
        return buffer, store.find_stream_by_row(tx, buffer.stream_id)

    claimed = await call.write(claim)
    if claimed is None:
        return {}
    buffer, stream = claimed
    if stream is None or buffer.state == store.DELIVERED:
        await discard(call, buffer)
        return {}
    plan, step = stream.plan, stream.plan.processing.transformation
    if buffer.stage == TRANSFORM and step is not None:
        await transform(call, stream, buffer, step, request)
    elif buffer.stage in (DATA, TRANSFORM) and plan.endpoint is not None:
        await to_endpoint.deliver(call, stream, buffer, plan.endpoint, request)
    else:
        bucket = plan.backup if buffer.stage == BACKUP and plan.backup is not None else plan.bucket
        await to_bucket.deliver(call, stream, buffer, bucket, request)
    return {}


@operation("DiscardBuffer", internal=True)
async def discard_buffer(call: Call, request: Request) -> Reply:
    """The request is {"Buffer": its id}: its delivery was given up."""
    buffer = await call.read(lambda tx: store.find_buffer(tx, request["Buffer"]))
    if buffer is None:
        return {}
    stream = await call.read(lambda tx: store.find_stream_by_row(tx, buffer.stream_id))
    if stream is not None:
        message = f"{buffer.size_bytes} bytes that could not be delivered for two days are lost"
        await tell(call, stream, stream.plan.log, stream.plan.bucket.name, ("DeliveryGivenUp", message))
    await discard(call, buffer)
    return {}
