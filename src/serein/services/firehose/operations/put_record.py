"""PutRecord: take a record, durably, into the buffer that it goes into."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.firehose import intake
from serein.services.firehose.records import new_record_id
from serein.services.firehose.requests import check


@operation("PutRecord")
async def put_record(call: Call, request: Request) -> Reply:
    check(call, request)
    stream = await intake.put(call, request["DeliveryStreamName"], [request["Record"]["Data"]])
    return {"RecordId": new_record_id(), "Encrypted": stream.is_encrypted}
