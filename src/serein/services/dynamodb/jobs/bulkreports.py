"""The report of a bulk operation: files of what was not written, a line each, and a summary of the operation.

The layout is Serein's own: `<prefix>/AWSDynamoDB/<operation>/error/00001.json` and `…/condition-check-failure/…`, then
`…/manifest-summary.json`. A file is written before its lines are forgotten, so a restart may write it again, alike.
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.jobs.bulk import CONDITION_CHECK_FAILURE, ERROR, bulk_of
from serein.services.dynamodb.jobs.objects import put_object
from serein.services.dynamodb.jobs.records import encode_detail
from serein.services.dynamodb.jobs.turns import require_step, write_in_turn
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store.bulk import delete_failures, failures_after
from serein.services.dynamodb.store.jobs import Job
from serein.services.dynamodb.values import decode_item, encode_json

_FILE_BYTES = 4 * 1024 * 1024
_ROWS = 50
_FOLDERS = {ERROR: "error", CONDITION_CHECK_FAILURE: "condition-check-failure"}
_SUMMED_UP = ("ProcessedItemCount", "FailedItemCount", "ProcessedInputBytes", "TotalInputBytes")


def report_entry(
    key: str, number: int, *, message: str = "", attempted: Image | None = None, existing: Image | None = None
) -> bytes:
    """A line of the report; records are counted from 0."""
    entry: dict[str, Any] = {"s3ObjectKey": key, "itemIndex": number}
    if message:
        entry["errorMessage"] = message
    if attempted is not None:
        entry["Item"] = attempted.item
    if existing is not None:
        entry["ExistingItem"] = decode_item(existing.body)
    return encode_json(entry) + b"\n"


async def write_next_file(platform: Platform, job: Job) -> bool:
    """Write a file of the report; False when all are written. Raises BucketFailure and Overtaken."""
    for kind, folder in _FOLDERS.items():
        lines, last = await _read_lines(platform, job, kind)
        if lines:
            name = f"{_folder(job)}{folder}/{bulk_of(job).files + 1:05d}.json"
            await _put(platform, job, name, b"".join(lines))
            await write_in_turn(platform, lambda tx, kind=kind, last=last: _note_file(tx, job, kind, last))  # type: ignore[misc]
            return True
    return False


async def _read_lines(platform: Platform, job: Job, kind: str) -> tuple[list[bytes], int]:
    lines: list[bytes] = []
    size = last = 0
    while size < _FILE_BYTES:
        found = await platform.database.read(
            lambda tx, last=last: failures_after(tx, job.id, kind, last, _ROWS)  # type: ignore[misc]
        )
        lines += [entry for _, entry in found]
        size += sum(len(entry) for _, entry in found)
        last = found[-1][0] if found else last
        if len(found) < _ROWS:
            break
    return lines, last


def _note_file(tx: Transaction, job: Job, kind: str, last: int) -> None:
    current = require_step(tx, job.id, job.step)
    bulk = bulk_of(current)
    bulk.files += 1
    delete_failures(tx, job.id, kind, last)
    jobs.replace_job(tx, current._replace(detail=encode_detail(bulk)))


async def write_summary(platform: Platform, job: Job, ended_at: float) -> None:
    """Write what became of the operation. Raises BucketFailure."""
    bulk = bulk_of(job)
    shown = bulk.description
    summary = {
        "bulkOperationArn": shown["BulkOperationArn"],
        "bulkOperationStatus": bulk.outcome,
        "startTime": shown["StartTime"],
        "endTime": ended_at,
        "reportFiles": bulk.files,
        **{name[0].lower() + name[1:]: shown[name] for name in _SUMMED_UP if name in shown},
    }
    await _put(platform, job, f"{_folder(job)}manifest-summary.json", encode_json(summary))


def _folder(job: Job) -> str:
    prefix = bulk_of(job).description["OutputS3Configuration"].get("S3KeyPrefix", "")
    folder = f"AWSDynamoDB/{job.arn.rpartition('/')[2]}/"
    return f"{prefix.rstrip('/')}/{folder}" if prefix else folder


async def _put(platform: Platform, job: Job, key: str, content: bytes) -> None:
    output = bulk_of(job).description["OutputS3Configuration"]
    place: dict[str, Any] = {"Bucket": output["S3Bucket"]}
    if "S3BucketOwner" in output:
        place["ExpectedBucketOwner"] = output["S3BucketOwner"]
    if "S3SseAlgorithm" in output:
        place["ServerSideEncryption"] = "aws:kms" if output["S3SseAlgorithm"] == "KMS" else "AES256"
    if "S3SseKmsKeyId" in output:
        place["SSEKMSKeyId"] = output["S3SseKmsKeyId"]
    await put_object(platform, job.scope, place, key, content)
