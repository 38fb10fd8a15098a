"""Object lock: retention and legal holds of versions."""

from typing import Any

from serein.kernel.database import Transaction
from serein.services.s3 import objects, reading
from serein.services.s3.buckets import Bucket
from serein.services.s3.errors import AccessDenied, InvalidArgument, InvalidRequest, NoSuchObjectLockConfiguration
from serein.services.s3.objects import Version
from serein.services.s3.store import objects as rows


def _lockable(tx: Transaction, request: dict[str, Any]) -> tuple[Bucket, Version]:
    bucket, version = reading.require_object(tx, request)
    if not bucket.is_lockable:
        raise InvalidRequest("Bucket is missing Object Lock Configuration")
    return bucket, version


def set_retention(tx: Transaction, request: dict[str, Any], retention: dict[str, Any]) -> None:
    """Keep a version until a date. Raises AccessDenied when that would weaken a retention that holds."""
    bucket, version = _lockable(tx, request)
    fields = version.fields
    until = retention.get("RetainUntilDate", 0)
    if retention and until <= tx.now:
        raise InvalidArgument("The retain until date must be in the future!")
    held_until = fields.get("ObjectLockRetainUntilDate", 0)
    is_weaker = until < held_until or retention.get("Mode") != fields.get("ObjectLockMode")
    may_weaken = fields.get("ObjectLockMode") == "GOVERNANCE" and request.get("BypassGovernanceRetention")
    if held_until > tx.now and is_weaker and not may_weaken:
        raise AccessDenied("Access Denied because object protected by object lock.")
    for name in ("ObjectLockMode", "ObjectLockRetainUntilDate"):
        fields.pop(name, None)
    if retention:
        fields.update(ObjectLockMode=retention["Mode"], ObjectLockRetainUntilDate=until)
    rows.set_attributes(tx, bucket.name, version, objects.encoded(fields))


def retention_of(tx: Transaction, request: dict[str, Any]) -> dict[str, Any]:
    """The retention of a version. Raises NoSuchObjectLockConfiguration."""
    _, version = _lockable(tx, request)
    fields = version.fields
    if "ObjectLockMode" not in fields:
        raise NoSuchObjectLockConfiguration
    return {"Mode": fields["ObjectLockMode"], "RetainUntilDate": fields["ObjectLockRetainUntilDate"]}


def set_legal_hold(tx: Transaction, request: dict[str, Any], status: str) -> None:
    bucket, version = _lockable(tx, request)
    fields = {**version.fields, "ObjectLockLegalHoldStatus": status}
    rows.set_attributes(tx, bucket.name, version, objects.encoded(fields))


def legal_hold_of(tx: Transaction, request: dict[str, Any]) -> str:
    """`ON` or `OFF`. Raises NoSuchObjectLockConfiguration when it was never set."""
    _, version = _lockable(tx, request)
    status = version.fields.get("ObjectLockLegalHoldStatus")
    if status is None:
        raise NoSuchObjectLockConfiguration
    return str(status)
