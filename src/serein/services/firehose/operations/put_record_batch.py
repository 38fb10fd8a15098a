"""PutRecordBatch: take up to 500 records, durably. All or none of them are taken here."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import intake
from serein.services.firehose.errors import InvalidArgumentException
from serein.services.firehose.records import new_record_id
from serein.services.firehose.requests import check


@operation("PutRecordBatch")
async def put_record_batch(call: Call, request: Request) -> Reply:
    check(call, request)
    all_data = [record["Data"] for record in request["Records"]]
    if sum(map(len, all_data)) > intake.MOST_REQUEST_BYTES:
        raise InvalidArgumentException("Records size exceeds 4 MB limit")
    stream = await intake.put(call, request["DeliveryStreamName"], all_data)
    return {
        "FailedPutCount": 0,
        "Encrypted": stream.is_encrypted,
        "RequestResponses": [{"RecordId": new_record_id()} for _ in all_data],
    }
