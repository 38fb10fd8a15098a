"""Exports: what is asked for, and what is shown of it."""

import math
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.dynamodb.continuousbackups import restorable_window
from serein.services.dynamodb.definitions import new_id
from serein.services.dynamodb.errors import (
    ExportConflictException,
    ExportNotFoundException,
    InvalidExportTimeException,
    LimitExceededException,
    PointInTimeRecoveryUnavailableException,
    TableNotFoundException,
    ValidationException,
)
from serein.services.dynamodb.jobs import holds
from serein.services.dynamodb.jobs.filters import Filter
from serein.services.dynamodb.jobs.records import (
    EXPORT,
    LISTED_SECONDS,
    TOKEN_SECONDS,
    Export,
    Moment,
    encode_detail,
    export_of,
    job_arn,
    plain,
)
from serein.services.dynamodb.jobs.wirevalues import parse_wire_value
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store.jobs import Job
from serein.services.dynamodb.store.tables import find_table
from serein.services.dynamodb.tables import Table

FULL, INCREMENTAL = "FULL_EXPORT", "INCREMENTAL_EXPORT"
_MOST_AT_ONCE = 300
_SHORTEST_SECONDS, _LONGEST_SECONDS = 15 * 60, 24 * 3600
_SHOWN = ("S3Bucket", "S3BucketOwner", "S3Prefix", "S3SseAlgorithm", "S3SseKmsKeyId", "FilterSpecification")
Request = dict[str, Any]


def require_valid(request: Request) -> None:
    """Check what can be checked without the table. Raises ValidationException."""
    is_incremental = request.get("ExportType") == INCREMENTAL
    times = request.get("IncrementalExportSpecification")
    if is_incremental and times is None:
        raise ValidationException(
            "IncrementalExportSpecification must be specified when ExportType is INCREMENTAL_EXPORT"
        )
    if not is_incremental and times is not None:
        raise ValidationException(
            "IncrementalExportSpecification can only be specified when ExportType is INCREMENTAL_EXPORT"
        )
    if is_incremental and "ExportTime" in request:
        raise ValidationException("ExportTime cannot be specified when ExportType is INCREMENTAL_EXPORT")
    if is_incremental and "ExportFromTime" not in (times or {}):
        raise ValidationException("ExportFromTime must be specified when ExportType is INCREMENTAL_EXPORT")
    if "S3SseKmsKeyId" in request and request.get("S3SseAlgorithm") != "KMS":
        raise ValidationException("S3SseKmsKeyId can only be specified when S3SseAlgorithm is KMS")
    if "FilterSpecification" in request and is_incremental:
        raise NotImplementedHere("Serein does not implement FilterSpecification of incremental exports")


def start_export(tx: Transaction, call: Call, request: Request) -> Job:
    """Begin an export, or return the one that was begun with the same token. Raises AWS's errors."""
    token = request.get("ClientToken") or new_uuid()
    earlier = jobs.find_job_by_token(tx, call.scope, EXPORT, token, tx.now - TOKEN_SECONDS)
    if earlier is not None:
        if export_of(earlier).request != plain(request):
            raise ExportConflictException(
                "There was a conflict when writing to the specified S3 bucket: the client token was used for another "
                "export"
            )
        return earlier
    table = _require_table(tx, call.scope, request["TableArn"])
    definition = table.definition
    if definition.recovery_since is None:
        raise PointInTimeRecoveryUnavailableException(
            f"Point in time recovery is not enabled for table '{definition.name}'"
        )
    if "FilterSpecification" in request:
        Filter(request["FilterSpecification"], table.key)
    if jobs.count_open(tx, call.scope, EXPORT) >= _MOST_AT_ONCE:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {_MOST_AT_ONCE} exports can be in progress simultaneously"
        )
    id = new_id()
    since, at = _times(table, request, tx.now)
    if at is None:
        moment, at = holds.cut(tx, definition, id), tx.now
    else:
        holds.hold(tx, definition, id)
        moment = Moment(at=at)
    arn = job_arn(definition.arn, EXPORT, tx.now)
    description = _description(request, token, arn, tx.now)
    description |= {"TableArn": definition.arn, "TableId": definition.table_id}
    if since is None:
        description["ExportTime"] = at
    detail = encode_detail(Export(description, plain(request), definition, moment, since))
    history_since = at if since is None else since
    job = Job(
        id,
        EXPORT,
        call.scope,
        arn,
        token,
        definition.id,
        0,
        True,
        tx.now,
        tx.now + LISTED_SECONDS,
        history_since,
        0,
        Key(b"", b""),
        detail,
    )
    jobs.append_job(tx, job)
    return job


def _require_table(tx: Transaction, scope: Scope, table_arn: str) -> Table:
    arn = find_arn(table_arn)
    if arn is None or arn.service != "dynamodb" or not arn.resource.startswith("table/"):
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {table_arn}")
    table = find_table(tx, scope, arn.resource.removeprefix("table/")) if arn.scope == scope else None
    if table is None or not table.is_usable:
        raise TableNotFoundException(f"Table not found: {table_arn}")
    return table


def _times(table: Table, request: Request, now: float) -> tuple[float | None, float | None]:
    """(since when, at what time): the first is None for a full export, the second for the table as it is now."""
    earliest, _ = restorable_window(table.definition, now)
    times = request.get("IncrementalExportSpecification")
    if times is None:
        at = request.get("ExportTime")
        if at is not None and not earliest <= at <= now:
            raise InvalidExportTimeException()
        return None, at
    since, until = times["ExportFromTime"], times.get("ExportToTime", math.floor(now))
    if until <= since:
        raise ValidationException("ExportFromTime must be before ExportToTime")
    if until - since < _SHORTEST_SECONDS:
        raise ValidationException("Difference between export from time and export to time is less than 15 minutes")
    if until - since > _LONGEST_SECONDS:
        raise ValidationException("Difference between export from time and export to time is greater than 24 hours")
    if since < earliest or until > now:
        raise InvalidExportTimeException()
    return since, until


def _description(request: Request, token: str, arn: str, now: float) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "ExportArn": arn,
        "ExportStatus": "IN_PROGRESS",
        "StartTime": now,
        "ClientToken": token,
        "ExportFormat": request.get("ExportFormat", "DYNAMODB_JSON"),
        "ExportType": request.get("ExportType", FULL),
        **{name: request[name] for name in _SHOWN if name in request},
    }
    # AWS: exports are encrypted with S3's own keys unless something else is asked for.
    shown.setdefault("S3SseAlgorithm", "AES256")
    times = request.get("IncrementalExportSpecification")
    if times is not None:
        shown["IncrementalExportSpecification"] = {
            "ExportFromTime": times["ExportFromTime"],
            "ExportToTime": times.get("ExportToTime", math.floor(now)),
            "ExportViewType": times.get("ExportViewType", "NEW_AND_OLD_IMAGES"),
        }
    return shown


def require_export(tx: Transaction, scope: Scope, arn: str) -> Job:
    """The export with an ARN. Raises ExportNotFoundException."""
    job = jobs.find_job_by_arn(tx, scope, EXPORT, arn)
    if job is None:
        raise ExportNotFoundException(f"Export not found: {arn}")
    return job


def described(job: Job) -> dict[str, Any]:
    """AWS's ExportDescription."""
    description = export_of(job).description
    if "FilterSpecification" in description:
        description["FilterSpecification"] = filter_request(description["FilterSpecification"])
    return description


def filter_request(kept: dict[str, Any]) -> Request:
    """A FilterSpecification as it was asked for: values are kept in the form of JSON."""
    if "ExpressionAttributeValues" not in kept:
        return kept
    values = {name: parse_wire_value(value) for name, value in kept["ExpressionAttributeValues"].items()}
    return {**kept, "ExpressionAttributeValues": values}


def manifest_folder(export: Export) -> str:
    """Where the manifests of an export are, with the prefix and the slash."""
    return f"{_prefix(export)}AWSDynamoDB/{export.description['ExportArn'].rpartition('/')[2]}/"


def data_folder(export: Export) -> str:
    """Where the data files of an export are. AWS: incremental exports to one prefix share a folder."""
    return f"{_prefix(export)}AWSDynamoDB/data/" if export.since is not None else f"{manifest_folder(export)}data/"


def _prefix(export: Export) -> str:
    prefix: str = export.request.get("S3Prefix", "")
    return f"{prefix.rstrip('/')}/" if prefix.rstrip("/") else ""
