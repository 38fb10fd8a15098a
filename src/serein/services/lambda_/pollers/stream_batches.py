"""Batches of stream records, the records as Lambda's event shows them, and what is said of a batch that is given up."""

import base64
import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Delivery
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Encoded
from serein.services.lambda_.event_invokes import delivery_to, iso_time
from serein.services.lambda_.store.mappings import Mapping

Record = dict[str, Any]


@dataclass(slots=True)
class Batch:
    """Records that are sent together."""

    records: list[Record]
    attempts: int = 0


@dataclass(slots=True)
class Lane:
    """Batches that are sent one after another."""

    batches: deque[Batch]
    not_before: float = 0.0
    refusals: int = 0
    """How often in a row the function could not be invoked at all."""


def sequence_of(record: Record) -> str:
    sequence: str = record["dynamodb"]["SequenceNumber"]
    return sequence


def record_of(record: Record, mapping: Mapping) -> Record:
    """A stream record as Lambda's event shows it: the wire form, with binary values in base64.

    AWS: the members of `userIdentity` begin with small letters here
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-streams.html).
    """
    shown: Record = {**_plain(record), "eventSourceARN": mapping.source_arn}
    if "userIdentity" in shown:
        shown["userIdentity"] = {name[0].lower() + name[1:]: text for name, text in shown["userIdentity"].items()}
    return shown


def _plain(value: Any) -> Any:
    """JSON values only."""
    if isinstance(value, Encoded):
        return json.loads(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return value


def failure_delivery(
    platform: Platform,
    mapping: Mapping,
    shard_id: str,
    destination: str,
    batch: Batch,
    condition: str,
    reply: dict[str, Any],
    now: float,
) -> Delivery:
    """The delivery of the document about a batch that was given up.

    AWS: https://docs.aws.amazon.com/lambda/latest/dg/services-dynamodb-errors.html
    """
    first, last = batch.records[0]["dynamodb"], batch.records[-1]["dynamodb"]
    document: dict[str, Any] = {
        "requestContext": {
            "requestId": new_uuid(),
            "functionArn": mapping.function_arn,
            "condition": condition,
            "approximateInvokeCount": batch.attempts,
        },
        "version": "1.0",
        "timestamp": iso_time(now),
        "DDBStreamBatchInfo": {
            "shardId": shard_id,
            "startSequenceNumber": first["SequenceNumber"],
            "endSequenceNumber": last["SequenceNumber"],
            "approximateArrivalOfFirstRecord": iso_time(first["ApproximateCreationDateTime"]),
            "approximateArrivalOfLastRecord": iso_time(last["ApproximateCreationDateTime"]),
            "batchSize": len(batch.records),
            "streamArn": mapping.source_arn,
        },
    }
    if reply:
        document["responseContext"] = {
            "statusCode": reply["StatusCode"],
            "executedVersion": reply["ExecutedVersion"],
            "functionError": reply.get("FunctionError"),
        }
    return delivery_to(platform, destination, json.dumps(document))
