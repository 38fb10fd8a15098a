"""A bucket's settings: documents that are put, read back and removed by their owner."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.errors import MalformedXML, MissingRequestBody
from serein.services.s3.store import buckets as rows


def require_own_bucket(tx: Transaction, request: dict[str, Any]) -> Bucket:
    """The bucket that a request names. Raises NoSuchBucket, or AccessDenied when the expected owner is another."""
    bucket = rows.require_bucket(tx, request["Bucket"])
    require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
    return bucket


def require_document(call: Call, request: dict[str, Any], member: str) -> Any:
    """The document in a request's body. Raises MissingRequestBody, or MalformedXML when it breaks the schema."""
    document = require_sent(request, member)
    if call.platform.contract.check("s3", call.operation, request):
        raise MalformedXML
    return document


def require_sent(request: dict[str, Any], member: str) -> Any:
    """The document in a request's body, unchecked. Raises MissingRequestBody."""
    document = request.get(member)
    if document is None:
        raise MissingRequestBody
    return document


async def put(call: Call, request: dict[str, Any], kind: str, document: Any) -> None:
    """Store a setting."""

    def write(tx: Transaction) -> None:
        rows.put_setting(tx, require_own_bucket(tx, request).name, kind, document)

    await call.write(write)


async def find(call: Call, request: dict[str, Any], kind: str) -> Any | None:
    """Return a setting, or None when the bucket doesn't have it. Raises NoSuchBucket."""

    def read(tx: Transaction) -> Any | None:
        return rows.find_setting(tx, require_own_bucket(tx, request).name, kind)

    return await call.read(read)


async def require(call: Call, request: dict[str, Any], kind: str, missing: type[AwsError]) -> Any:
    """Return a setting. Raises NoSuchBucket, or `missing` when the bucket doesn't have it."""
    document = await find(call, request, kind)
    if document is None:
        raise missing(BucketName=request["Bucket"])
    return document


async def remove(call: Call, request: dict[str, Any], kind: str) -> None:
    """Remove a setting; not an error when the bucket doesn't have it."""

    def write(tx: Transaction) -> None:
        rows.remove_setting(tx, require_own_bucket(tx, request).name, kind)

    await call.write(write)
