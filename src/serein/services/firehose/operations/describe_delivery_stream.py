"""DescribeDeliveryStream: a delivery stream with its source and its destination."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import store
from serein.services.firehose.destinations import described
from serein.services.firehose.requests import check
from serein.services.firehose.streams import DESTINATION_ID, Stream


@operation("DescribeDeliveryStream")
async def describe_delivery_stream(call: Call, request: Request) -> Reply:
    check(call, request)
    stream = await call.read(lambda tx: store.require_stream(tx, call.scope, request["DeliveryStreamName"]))
    after = request.get("ExclusiveStartDestinationId", "")
    return {"DeliveryStreamDescription": _described(stream, call.now, has_destination=after < DESTINATION_ID)}


def _described(stream: Stream, now: float, *, has_destination: bool) -> dict[str, Any]:
    definition = stream.definition
    destination = {"DestinationId": DESTINATION_ID, **described(definition.kind, definition.destination)}
    shown: dict[str, Any] = {
        "DeliveryStreamName": stream.name,
        "DeliveryStreamARN": stream.arn,
        "DeliveryStreamStatus": stream.status(now),
        "DeliveryStreamEncryptionConfiguration": _encryption(definition.encryption),
        "DeliveryStreamType": definition.type,
        "VersionId": str(definition.version),
        "CreateTimestamp": definition.created_at,
        "Destinations": [destination] if has_destination else [],
        "HasMoreDestinations": False,
    }
    if definition.updated_at:
        shown["LastUpdateTimestamp"] = definition.updated_at
    if definition.source:
        source = {**definition.source, "DeliveryStartTimestamp": definition.created_at}
        shown["Source"] = {"KinesisStreamSourceDescription": source}
    elif definition.direct_put:
        shown["Source"] = {"DirectPutSourceDescription": definition.direct_put}
    return shown


def _encryption(encryption: dict[str, Any]) -> dict[str, Any]:
    return {"Status": "ENABLED", **encryption} if encryption else {"Status": "DISABLED"}
