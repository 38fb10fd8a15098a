"""DeleteDeliveryStream and RemoveStream: a delivery stream goes, with the records that wait in it."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Delivery, Target, Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import feeds, store
from serein.services.firehose.delivering.steps import discard
from serein.services.firehose.errors import ResourceInUseException
from serein.services.firehose.requests import check
from serein.services.firehose.streams import Stream

_DELETING_SECONDS = 15.0
_AT_ONCE = 50


@operation("DeleteDeliveryStream", stored=("AllowForceDelete",))
async def delete_delivery_stream(call: Call, request: Request) -> Reply:
    check(call, request)
    scope, name, is_gradual = call.scope, request["DeliveryStreamName"], call.platform.realism.is_gradual

    def write(tx: Transaction) -> Stream:
        stream = store.require_stream(tx, scope, name)
        status = stream.status(tx.now)
        if status != "ACTIVE":
            raise ResourceInUseException(
                f"Firehose {name} under account {scope.account} is in state {status} and can't be deleted."
            )
        removal = {"Stream": stream.id}
        if is_gradual:
            store.update_stream(tx, stream, replace(stream.definition, is_deleting=True))
            tx.send(Delivery(Target("firehose", "RemoveStream", scope), removal, not_before=tx.now + _DELETING_SECONDS))
        else:
            store.delete_stream(tx, stream)
            tx.send(Delivery(Target("firehose", "RemoveStream", scope), removal))
        return stream

    stream = await call.write(write)
    if stream.definition.source:
        await feeds.end(call, stream)
    return {}


@operation("RemoveStream", internal=True)
async def remove_stream(call: Call, request: Request) -> Reply:
    """The request is {"Stream": its row's id}: the row, and what waits in the stream's buffers."""
    id = request["Stream"]

    def remove(tx: Transaction) -> None:
        stream = store.find_stream_by_row(tx, id)
        if stream is not None:
            store.delete_stream(tx, stream)

    await call.write(remove)
    while found := await call.read(lambda tx: store.buffers_of(tx, id, _AT_ONCE)):
        for buffer in found:
            await discard(call, buffer)
    return {}
