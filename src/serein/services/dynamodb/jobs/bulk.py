"""Bulk operations: what is asked for, and what is shown of it.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/BulkPutItems.Considerations.html
"""

import struct
from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.dynamodb.definitions import new_id
from serein.services.dynamodb.errors import (
    IdempotentParameterMismatchException,
    LimitExceededException,
    ResourceInUseException,
    ResourceNotFoundException,
    ValidationException,
)
from serein.services.dynamodb.jobs.records import LISTED_SECONDS, TOKEN_SECONDS, encode_detail, job_arn, plain
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store.bulk import latest_jobs, note_detail, open_details
from serein.services.dynamodb.store.jobs import NEVER, Job
from serein.services.dynamodb.store.tables import require_described_table
from serein.services.dynamodb.tables import Table, TableDefinition
from serein.services.dynamodb.vectors.changes import is_building

BULK = "bulk-operation"
ERROR, CONDITION_CHECK_FAILURE = "ERROR", "CONDITION_CHECK_FAILURE"
IN_PROGRESS, CANCELLING = "IN_PROGRESS", "CANCELLING"
_MOST_AT_ONCE = 50
_POSITION = ">dq"
Request = dict[str, Any]


class Bulk(msgspec.Struct, omit_defaults=True):
    """A bulk operation. `description` is what DescribeBulkOperation shows, `request` what was asked for."""

    description: dict[str, Any]
    request: dict[str, Any]
    table_id: int
    object_key: str = ""
    """The last object that was read to its end."""
    records: int = 0
    """How many records of the next object have been read."""
    failures: int = 0
    """How many failures have been noted for the report."""
    files: int = 0
    """How many files of the report have been written."""
    outcome: str = ""
    """The status that is left to be shown, once the report is written."""


def bulk_of(job: Job) -> Bulk:
    return msgspec.json.decode(job.detail, type=Bulk)


def require_valid(request: Request) -> None:
    """Check what can be checked without the table. Raises ValidationException."""
    output = request["OutputS3Configuration"]
    if "S3Bucket" not in output:
        raise ValidationException("S3Bucket must be specified in OutputS3Configuration")
    if not output["OutputType"]:
        raise ValidationException("OutputType must have at least one value")
    if len(set(output["OutputType"])) != len(output["OutputType"]):
        raise ValidationException("OutputType contains duplicates")
    has_key, is_kms = "S3SseKmsKeyId" in output, output.get("S3SseAlgorithm") == "KMS"
    if has_key and not is_kms:
        raise ValidationException("S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS")
    if is_kms and not has_key:
        raise ValidationException("S3SseKmsKeyId must be specified when S3SseAlgorithm is KMS")


def start_bulk(tx: Transaction, call: Call, request: Request) -> Job:
    """Begin an operation, or return the one that was begun with the same token. Raises AWS's errors."""
    token = request.get("ClientToken") or new_uuid()
    earlier = jobs.find_job_by_token(tx, call.scope, BULK, token, tx.now - TOKEN_SECONDS)
    if earlier is not None:
        if bulk_of(earlier).request != plain(request):
            raise IdempotentParameterMismatchException()
        return earlier
    table = require_described_table(tx, call.scope, request["TableName"])
    _require_writable(table)
    if jobs.count_open(tx, call.scope, BULK) >= _MOST_AT_ONCE:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {_MOST_AT_ONCE} bulk operations can be in progress simultaneously"
        )
    arn = job_arn(table.arn, BULK, tx.now)
    detail = encode_detail(Bulk(_description(table, request, token, arn, tx.now), plain(request), table.id))
    expires_at, start = tx.now + LISTED_SECONDS, Key(b"", b"")
    job = Job(new_id(), BULK, call.scope, arn, token, 0, 0, True, tx.now, expires_at, NEVER, 0, start, detail)
    jobs.append_job(tx, job)
    return job


def _require_writable(table: Table) -> None:
    definition = table.definition
    if definition.replication is not None:
        raise ValidationException("Bulk operations are not supported on global tables")
    if not table.is_usable or is_building(definition):
        doing = definition.status.lower() if not table.is_usable else "creating an index"
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is {doing}: {table.name}"
        )


def require_no_bulk_operation(tx: Transaction, scope: Scope, definition: TableDefinition) -> None:
    """Check that nothing is being put into a table that is to get replicas. Raises ResourceInUseException."""
    details = (msgspec.json.decode(detail, type=Bulk) for detail in open_details(tx, scope, BULK))
    if any(one.table_id == definition.id for one in details):
        raise ResourceInUseException(
            "Attempt to change a resource which is still in use: "
            f"Table has a bulk operation in progress: {definition.name}"
        )


def _description(table: Table, request: Request, token: str, arn: str, now: float) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "BulkOperationArn": arn,
        "BulkOperationStatus": IN_PROGRESS,
        "TableDetails": [{"TableName": table.name, "TableId": table.definition.table_id}],
        "ClientToken": token,
        "InputS3Configuration": {"InputCompressionType": "NONE", **request["InputS3Configuration"]},
        "OutputS3Configuration": request["OutputS3Configuration"],
        "StartTime": now,
        "ProcessedItemCount": 0,
        "ProcessedInputBytes": 0,
        "FailedItemCount": 0,
        "BulkOperationUsage": [
            {"TableName": table.name, "BulkPutBytes": 0, "Table": {"BulkPutBytes": 0}},
        ],
        "PerformanceTier": request.get("PerformanceTier", "STANDARD"),
    }
    if "MaxWriteRequestUnits" in request:
        shown["MaxWriteRequestUnits"] = request["MaxWriteRequestUnits"]
    return shown


def require_bulk(tx: Transaction, scope: Scope, arn: str) -> Job:
    """The operation with an ARN. Raises ResourceNotFoundException."""
    job = jobs.find_job_by_arn(tx, scope, BULK, arn)
    if job is None:
        raise ResourceNotFoundException(f"Requested resource not found: Bulk operation: {arn} not found")
    return job


def cancel(tx: Transaction, job: Job) -> str:
    """Have an operation stopped. Returns its status. Raises ValidationException when it is over."""
    bulk = bulk_of(job)
    if not job.is_open or bulk.outcome:
        raise ValidationException(f"The bulk operation is not in progress: {job.arn}")
    bulk.description["BulkOperationStatus"] = CANCELLING
    note_detail(tx, job.id, encode_detail(bulk))
    return CANCELLING


def read_page(tx: Transaction, scope: Scope, token: str, limit: int) -> tuple[list[dict[str, Any]], str]:
    """Summaries of a page of operations, the latest first, and the token of the next, if there is one.

    Raises ValidationException for a wrong token.
    """
    before = (NEVER, 0)
    if token:
        try:
            before = struct.unpack(_POSITION, bytes.fromhex(token))
        except (ValueError, struct.error):
            raise ValidationException("Invalid NextToken") from None
    rows = latest_jobs(tx, scope, BULK, before, limit + 1)
    shown = [_summary(msgspec.json.decode(row[3], type=Bulk).description) for row in rows[:limit]]
    more = struct.pack(_POSITION, *rows[limit - 1][:2]).hex() if len(rows) > limit else ""
    return shown, more


def _summary(description: dict[str, Any]) -> dict[str, Any]:
    members = ("BulkOperationArn", "BulkOperationStatus", "StartTime", "EndTime")
    return {name: description[name] for name in members if name in description}
