"""Records on their way: packed into rows, as functions see them, and as they are written down when they failed."""

import base64
from typing import Any, NamedTuple

import msgspec

from serein.kernel.ids import random_hex

_ID_LENGTH = 224


class Record(NamedTuple):
    """A record: its data, when it arrived (milliseconds since the epoch), and what its data stream says of it."""

    data: bytes
    arrived_ms: int
    metadata: dict[str, Any] | None = None
    """`kinesisRecordMetadata` of a record that was read from a data stream."""


class Failure(NamedTuple):
    """Why a record was given up, for the bucket of errors."""

    code: str
    message: str
    attempts: int
    ended_ms: int
    lambda_arn: str = ""


def pack(records: list[Record]) -> bytes:
    return msgspec.msgpack.encode(records)


_decoder = msgspec.msgpack.Decoder(list[Record])


def unpack(packed: bytes) -> list[Record]:
    return _decoder.decode(packed)


def size_of(records: list[Record]) -> int:
    return sum(len(record.data) for record in records)


def new_record_id() -> str:
    """In the form of AWS's, which are opaque."""
    return random_hex(_ID_LENGTH)


def failed_record(record: Record, failure: Failure) -> Record:
    """The line that a failed record is in the bucket of errors.

    AWS: https://docs.aws.amazon.com/firehose/latest/dev/data-transformation-failure-handling.html
    """
    line: dict[str, Any] = {
        "attemptsMade": failure.attempts,
        "arrivalTimestamp": record.arrived_ms,
        "errorCode": failure.code,
        "errorMessage": failure.message,
        "attemptEndingTimestamp": failure.ended_ms,
        "rawData": base64.b64encode(record.data).decode(),
    }
    if failure.lambda_arn:
        line["lambdaArn"] = failure.lambda_arn
    return Record(msgspec.json.encode(line) + b"\n", record.arrived_ms)
