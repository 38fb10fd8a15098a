"""What becomes of the results of a map run's children: the state's output, and the documents of an export.

Results are put together as JSON text, so that none is decoded only to be encoded again.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-resultwriter.html
"""

import datetime
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from serein.services.stepfunctions.distributed.runs import PENDING, SUCCEEDED

NONE, COMPACT, FLATTEN = "NONE", "COMPACT", "FLATTEN"
JSON, JSONL = "JSON", "JSONL"
_NOT_REDRIVABLE = "NOT_REDRIVABLE"
_BY_MAP_RUN = "REDRIVABLE_BY_MAP_RUN"
_encode = msgspec.json.encode


class Child(NamedTuple):
    """How a child ended; of one that was never started only the input is known."""

    number: int
    status: str
    item_count: int
    input: bytes
    output: bytes = b""
    arn: str = ""
    name: str = ""
    machine_arn: str = ""
    error: str | None = None
    cause: str | None = None
    started_at: float = 0.0
    stopped_at: float = 0.0
    redrive_count: int = 0


def entry_of(child: Child) -> dict[str, Any]:
    """A child as an export shows it: its execution with input and output, both as text."""
    entry: dict[str, Any] = {"Input": child.input.decode(), "InputDetails": {"Included": True}, "Status": child.status}
    if child.status == PENDING:
        return entry
    entry |= {
        "ExecutionArn": child.arn,
        "Name": child.name,
        "RedriveCount": child.redrive_count,
        "StartDate": _written(child.started_at),
        "StateMachineArn": child.machine_arn,
        "StopDate": _written(child.stopped_at),
    }
    if child.status == SUCCEEDED:
        entry |= {
            "Output": child.output.decode(),
            "OutputDetails": {"Included": True},
            "RedriveStatus": _NOT_REDRIVABLE,
            "RedriveStatusReason": "Execution is SUCCEEDED and cannot be redriven",
        }
    else:
        entry["RedriveStatus"] = _BY_MAP_RUN
        entry |= {name: value for name, value in (("Error", child.error), ("Cause", child.cause)) if value is not None}
    return dict(sorted(entry.items()))


def texts_of(children: Iterable[Child], transformation: str) -> Iterator[bytes]:
    """The elements that the children's results are, as JSON text.

    AWS: what failed is shown as with the transformation NONE, whichever was asked for.
    """
    for child in children:
        if transformation == NONE or child.status != SUCCEEDED:
            yield _encode(entry_of(child))
        elif transformation == FLATTEN and child.output.startswith(b"["):
            yield from (bytes(element) for element in msgspec.json.decode(child.output, type=list[msgspec.Raw]))
        else:
            yield child.output


def manifest_of(bucket: str, map_run_arn: str, files: dict[str, list[tuple[str, int]]]) -> bytes:
    """`manifest.json`: the files of each kind, as (key, size in bytes)."""
    return _encode(
        {
            "DestinationBucket": bucket,
            "MapRunArn": map_run_arn,
            "ResultFiles": {
                kind: [{"Key": key, "Size": size} for key, size in files.get(kind, ())]
                for kind in ("FAILED", "PENDING", "SUCCEEDED")
            },
        }
    )


def _written(moment: float) -> str:
    at = datetime.datetime.fromtimestamp(moment, datetime.UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"
