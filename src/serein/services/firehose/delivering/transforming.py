"""A buffer through a function, and what that makes of each record.

AWS: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation.html
"""

import base64
import binascii
import json
from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.clock import monotonic
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Request
from serein.services.firehose import buffers, store
from serein.services.firehose.buffers import Batch
from serein.services.firehose.delivering.steps import again
from serein.services.firehose.errors import DeliveryFailed
from serein.services.firehose.journal import tell
from serein.services.firehose.metrics import Source, counts_of
from serein.services.firehose.plans import FAILED, PROCESSING_FAILED
from serein.services.firehose.processing import Transformation
from serein.services.firehose.records import Failure, Record, failed_record, unpack
from serein.services.firehose.store import Buffer
from serein.services.firehose.streams import Stream

_PAGE = 64
# AWS: a synchronous invocation takes 6 MB, of which base64 leaves three quarters to the data.
_MOST_BYTES = 4_400_000
_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
_DROPPED, _OK, _FAILED = "Dropped", "Ok", "ProcessingFailed"
_NOT_ALL = (
    "Lambda.MissingRecordId",
    "The Lambda function was successfully invoked but did not return record IDs for all input records",
)


class Transformed:
    """What became of the records of one invocation."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.keys: list[dict[str, str]] = []
        self.failed: list[tuple[Record, tuple[str, str]]] = []


async def transform(call: Call, stream: Stream, buffer: Buffer, step: Transformation, request: Request) -> None:
    """Take the records through the function, as many at once as an invocation takes. Raises Reschedule."""
    while True:
        packs = await call.read(lambda tx: store.packs_after(tx, buffer.id, 0, _PAGE))
        if not packs:
            break
        taken, size = 1, packs[0][1]
        while taken < len(packs) and size + packs[taken][1] <= min(step.size_bytes, _MOST_BYTES):
            size, taken = size + packs[taken][1], taken + 1
        records = [record for _, _, packed in packs[:taken] for record in unpack(packed)]
        batches = await _one(call, stream, step, records, request)
        up_to = packs[taken - 1][0]

        def settle(tx: Transaction, up_to: int = up_to, batches: list[Batch] = batches) -> None:
            store.delete_packs(tx, buffer.id, up_to)
            buffers.append(tx, stream, batches)

        await call.write(settle)
        request = {name: value for name, value in request.items() if name != "Attempts"}
    await call.write(lambda tx: store.delete_buffer(tx, buffer.id))


async def _one(
    call: Call, stream: Stream, step: Transformation, records: list[Record], request: Request
) -> list[Batch]:
    counts, source, began = counts_of(call.platform), Source(stream.scope, stream.name), monotonic()
    attempts = request.get("Attempts", 0) + 1
    try:
        answered = await _invoke(call, stream, step, records)
    except DeliveryFailed as error:
        counts.measure(source, "ExecuteProcessing.Success", 0)
        await tell(call, stream, stream.plan.log, stream.plan.bucket.name, (error.error_code, error.message))
        if attempts <= step.retries:
            raise again(request, _PAUSES[min(attempts, len(_PAUSES)) - 1], call.now) from error
        transformed = Transformed()
        transformed.failed = [(record, (error.error_code, error.message)) for record in records]
    else:
        counts.measure(source, "ExecuteProcessing.Success", 1)
        transformed = _sorted(records, answered)
    counts.measure(source, "ExecuteProcessing.Duration", int((monotonic() - began) * 1000))
    batches = buffers.processed(stream, transformed.records, call.now, transformed.keys)
    if transformed.failed:
        ended = int(call.now * 1000)
        lines = [
            failed_record(record, Failure(code, message, attempts, ended, step.function_arn))
            for record, (code, message) in transformed.failed
        ]
        batches.append(Batch(FAILED, PROCESSING_FAILED, lines))
    return batches


def record_id(place: int) -> str:
    """What a function knows a record by, in the form of AWS's."""
    return f"{place:056d}000000"


async def _invoke(call: Call, stream: Stream, step: Transformation, records: list[Record]) -> list[Any]:
    """The records that the function returns, as it returns them. Raises DeliveryFailed."""
    event = {
        "invocationId": new_uuid(),
        "deliveryStreamArn": stream.arn,
        "region": stream.scope.region,
        "records": [_shown(place, record) for place, record in enumerate(records)],
    }
    source = stream.definition.source.get("KinesisStreamARN")
    if source:
        event["sourceKinesisStreamArn"] = source
    try:
        reply = await call.to(
            "lambda", "Invoke", {"FunctionName": step.function_arn, "Payload": msgspec.json.encode(event)}
        )
    except AwsError as error:
        code = "Lambda.InvokeAccessDenied" if error.code == "AccessDeniedException" else f"Lambda.{error.code}"
        raise DeliveryFailed(code, error.message) from error
    if reply.get("FunctionError"):
        raise DeliveryFailed(
            "Lambda.FunctionError", "The Lambda function was successfully invoked but it returned an error result."
        )
    try:
        answered = json.loads(reply["Payload"])["records"]
        if not isinstance(answered, list):
            raise TypeError
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DeliveryFailed(
            "Lambda.JsonProcessingException",
            "There was an error parsing returned records from the Lambda function. Ensure that the returned records "
            "follow the status model required by Amazon Data Firehose.",
        ) from None
    return answered


def _shown(place: int, record: Record) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "recordId": record_id(place),
        "approximateArrivalTimestamp": record.arrived_ms,
        "data": base64.b64encode(record.data).decode(),
    }
    if record.metadata:
        shown["kinesisRecordMetadata"] = record.metadata
    return shown


def _sorted(records: list[Record], answered: list[Any]) -> Transformed:
    """What each record has become, by what the function returns for it."""
    by_id: dict[str, Any] = {}
    repeated: set[str] = set()
    for each in answered:
        id = each.get("recordId") if isinstance(each, dict) else None
        if isinstance(id, str):
            if id in by_id:
                repeated.add(id)
            by_id[id] = each
    transformed = Transformed()
    for place, record in enumerate(records):
        id = record_id(place)
        failure = _place(transformed, record, by_id.get(id), is_repeated=id in repeated)
        if failure is not None:
            transformed.failed.append((record, failure))
    return transformed


def _place(transformed: Transformed, record: Record, answer: Any, *, is_repeated: bool) -> tuple[str, str] | None:
    """Put a record where its answer says; the error, if that is why it fails."""
    if answer is None:
        return _NOT_ALL
    if is_repeated:
        return "Lambda.DuplicatedRecordId", "The Lambda function returned multiple records with the same record ID"
    result = answer.get("result")
    if result == _DROPPED:
        return None
    if result == _FAILED:
        return "Lambda.ProcessingFailedStatus", "ProcessingFailed status set for record"
    if result != _OK:
        return "Lambda.JsonProcessingException", f"The result of a record is none of {_OK}, {_DROPPED} and {_FAILED}"
    try:
        data = base64.b64decode(answer["data"], validate=True)
    except (KeyError, TypeError, ValueError, binascii.Error):
        return "Lambda.JsonProcessingException", "The data of a record is not base64"
    metadata = answer.get("metadata")
    keys = metadata.get("partitionKeys") if isinstance(metadata, dict) else None
    transformed.records.append(record._replace(data=data))
    transformed.keys.append({name: str(value) for name, value in keys.items()} if isinstance(keys, dict) else {})
    return None
