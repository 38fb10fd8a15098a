"""Imports: what is asked for, and what is shown of it."""

from typing import Any

from msgspec.structs import replace as changed

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.scope import Scope
from serein.services.dynamodb.definitions import new_id, table_definition
from serein.services.dynamodb.errors import (
    ImportConflictException,
    ImportNotFoundException,
    LimitExceededException,
    ResourceInUseException,
    ValidationException,
)
from serein.services.dynamodb.jobs.records import (
    IMPORT,
    LISTED_SECONDS,
    TOKEN_SECONDS,
    Import,
    encode_detail,
    import_of,
    job_arn,
    plain,
)
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.quotas import require_room
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store.jobs import NEVER, Job
from serein.services.dynamodb.store.tables import append_table, find_table

LOG_GROUP = "/aws-dynamodb/imports"
_MOST_AT_ONCE = 50
_SHOWN = ("InputFormatOptions", "InputFormat")
_SUMMARY = (
    "ImportArn",
    "ImportStatus",
    "TableArn",
    "S3BucketSource",
    "CloudWatchLogGroupArn",
    "InputFormat",
    "StartTime",
    "EndTime",
)
Request = dict[str, Any]


def require_valid(request: Request) -> None:
    """Check what can be checked without the table. Raises ValidationException."""
    options = request.get("InputFormatOptions", {})
    if options.get("Csv") is not None and request["InputFormat"] != "CSV":
        raise ValidationException("InputFormatOptions.Csv can only be specified when InputFormat is CSV")
    header = options.get("Csv", {}).get("HeaderList", [])
    if len(set(header)) != len(header):
        raise ValidationException("HeaderList contains duplicates")


def start_import(tx: Transaction, call: Call, request: Request) -> Job:
    """Create the table and begin the import, or return the one that was begun with the same token."""
    token = request.get("ClientToken") or new_uuid()
    earlier = jobs.find_job_by_token(tx, call.scope, IMPORT, token, tx.now - TOKEN_SECONDS)
    if earlier is not None:
        if import_of(earlier).request != plain(request):
            raise ImportConflictException(
                "There was a conflict when importing from the specified S3 source: the client token was used for "
                "another import"
            )
        return earlier
    wanted = request["TableCreationParameters"]
    name = wanted["TableName"]
    if find_table(tx, call.scope, name) is not None:
        raise ResourceInUseException(f"Table already exists: {name}")
    require_room(tx, call.scope)
    if jobs.count_open(tx, call.scope, IMPORT) >= _MOST_AT_ONCE:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Only {_MOST_AT_ONCE} imports can be in progress simultaneously"
        )
    table = changed(table_definition(call.scope, name, wanted, tx.now), status="CREATING")
    append_table(tx, call.scope, table)
    arn = job_arn(table.arn, IMPORT, tx.now)
    description = _description(call.scope, request, token, arn, tx.now)
    description |= {"TableArn": table.arn, "TableId": table.table_id}
    detail = encode_detail(Import(description, plain(request)))
    job = Job(
        new_id(),
        IMPORT,
        call.scope,
        arn,
        token,
        0,
        table.id,
        True,
        tx.now,
        tx.now + LISTED_SECONDS,
        NEVER,
        0,
        Key(b"", b""),
        detail,
    )
    jobs.append_job(tx, job)
    return job


def _description(scope: Scope, request: Request, token: str, arn: str, now: float) -> dict[str, Any]:
    return {
        "ImportArn": arn,
        "ImportStatus": "IN_PROGRESS",
        "ClientToken": token,
        "S3BucketSource": {"S3BucketOwner": scope.account, **request["S3BucketSource"]},
        "ErrorCount": 0,
        "CloudWatchLogGroupArn": (f"arn:{scope.partition}:logs:{scope.region}:{scope.account}:log-group:{LOG_GROUP}:*"),
        "InputCompressionType": request.get("InputCompressionType", "NONE"),
        "TableCreationParameters": plain(request["TableCreationParameters"]),
        "StartTime": now,
        "ProcessedSizeBytes": 0,
        "ProcessedItemCount": 0,
        "ImportedItemCount": 0,
        **{name: request[name] for name in _SHOWN if name in request},
    }


def require_import(tx: Transaction, scope: Scope, arn: str) -> Job:
    """The import with an ARN. Raises ImportNotFoundException."""
    job = jobs.find_job_by_arn(tx, scope, IMPORT, arn)
    if job is None:
        raise ImportNotFoundException(f"Import not found: {arn}")
    return job


def described(job: Job) -> dict[str, Any]:
    """AWS's ImportTableDescription."""
    return import_of(job).description


def summary(job: Job) -> dict[str, Any]:
    """AWS's ImportSummary."""
    shown = described(job)
    return {name: shown[name] for name in _SUMMARY if name in shown}
