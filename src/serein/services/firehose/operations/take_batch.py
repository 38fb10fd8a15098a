"""TakeBatch: take a batch of records of a data stream; what Lambda's readers call."""

import base64
import json

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import intake, store
from serein.services.firehose.aggregation import user_records
from serein.services.firehose.records import Record


@operation("TakeBatch", internal=True)
async def take_batch(call: Call, request: Request) -> Reply:
    """The request is {"Arn": the delivery stream's, "Payload": the event that a function would get}."""
    name = request["Arn"].rpartition("/")[2]
    stream = await call.read(lambda tx: store.find_stream(tx, call.scope, name))
    if stream is None:
        # Why: a delivery stream whose making was broken off has left its feed.
        await call.to("lambda", "DeleteEventFeed", {"Arn": request["Arn"]})
        return {"StatusCode": 200, "Payload": b"{}"}
    records: list[Record] = []
    for entry in json.loads(request["Payload"])["Records"]:
        of_stream = entry["kinesis"]
        arrived_ms = int(of_stream["approximateArrivalTimestamp"] * 1000)
        for number, data in enumerate(user_records(base64.b64decode(of_stream["data"]))):
            metadata = {
                "sequenceNumber": of_stream["sequenceNumber"],
                "subsequenceNumber": number,
                "partitionKey": of_stream["partitionKey"],
                "shardId": entry["eventID"].partition(":")[0],
                "approximateArrivalTimestamp": arrived_ms,
            }
            records.append(Record(data, arrived_ms, metadata))
    await intake.take(call, stream, records)
    return {"StatusCode": 200, "Payload": b"{}"}
