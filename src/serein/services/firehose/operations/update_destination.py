"""UpdateDestination: change where records go, and how; what is in buffers goes the new way."""

from msgspec.structs import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import destinations, store
from serein.services.firehose.errors import (
    ConcurrentModificationException,
    InvalidArgumentException,
    ResourceInUseException,
)
from serein.services.firehose.requests import check
from serein.services.firehose.streams import DESTINATION_ID


@operation("UpdateDestination", partial="Destinations are buckets and HTTP endpoints.")
async def update_destination(call: Call, request: Request) -> Reply:
    check(call, request)
    name, version = request["DeliveryStreamName"], request["CurrentDeliveryStreamVersionId"]
    update = destinations.find_destination(request, "DestinationUpdate")

    def write(tx: Transaction) -> None:
        stream = store.require_stream(tx, call.scope, name)
        definition = stream.definition
        if stream.status(tx.now) != "ACTIVE":
            raise ResourceInUseException(f"Firehose {name} under account {call.scope.account} is not in state ACTIVE.")
        if request["DestinationId"] != DESTINATION_ID:
            raise InvalidArgumentException(f"Destination Id {request['DestinationId']} not found")
        if version != str(definition.version):
            raise ConcurrentModificationException(
                f"Cannot update firehose: {name} since the current version id: {definition.version} and specified "
                f"version id: {version} do not match"
            )
        kind, destination = destinations.changed(definition.kind, definition.destination, update)
        _require_same_partitioning(definition.destination, destination)
        after = replace(
            definition, kind=kind, destination=destination, version=definition.version + 1, updated_at=tx.now
        )
        store.update_stream(tx, stream, after)

    await call.write(write)
    return {}


def _require_same_partitioning(before: Request, after: Request) -> None:
    """AWS: dynamic partitioning can't be enabled for a stream that was made without it, nor disabled."""
    was, is_now = (
        bool((each.get("DynamicPartitioningConfiguration") or {}).get("Enabled")) for each in (before, after)
    )
    if is_now and not was:
        raise InvalidArgumentException(
            "Enabling dynamic partitioning is only supported for new delivery streams, not for existing ones."
        )
    if was and not is_now:
        raise InvalidArgumentException("Dynamic Partitioning cannot be disabled once enabled.")
