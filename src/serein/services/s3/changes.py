"""Changes of objects: a version written or removed, its notifications owed, and blobs that nothing names any more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.s3 import conditions, contents, notifications, objects
from serein.services.s3.buckets import Bucket
from serein.services.s3.contents import Content
from serein.services.s3.errors import NoSuchVersion
from serein.services.s3.objects import EMPTY_ETAG, NULL_VERSION, Version
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import objects as rows

T = TypeVar("T")


@dataclass(slots=True)
class Written:
    """A committed version."""

    bucket: Bucket
    version: Version
    orphans: list[str]


@dataclass(slots=True)
class Removed:
    """What a deletion did: `version` is what was removed, or the delete marker that was made."""

    version: Version | None
    is_versioned: bool
    orphans: list[str]


def write_version(
    tx: Transaction, call: Call, bucket: Bucket, version: Version, current: Version | None, event: str
) -> list[str]:
    """Make a version the newest of its key. Returns the blobs that no row names any more."""
    orphans = rows.put_version(tx, bucket.name, version, current)
    notifications.publish(tx, call, bucket, event, version)
    return orphans


async def store_content(
    call: Call, request: dict[str, Any], content: Content, attributes: dict[str, Any], tags: str, event: str
) -> Written:
    """Commit received bytes as the newest version of the request's key; durable when it returns."""
    key: str = request["Key"]
    text = objects.encoded(attributes)

    def write(tx: Transaction) -> Written:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        current = rows.find_current(tx, bucket.name, key)
        conditions.require_write(request, current)
        version = Version(
            key,
            objects.new_version_id(bucket),
            rows.next_sequence(current),
            False,
            content.size_bytes,
            content.etag,
            int(tx.now),
            text,
            tags,
            content.blob_key,
            content=content.data,
        )
        return Written(bucket, version, write_version(tx, call, bucket, version, current, event))

    written = await commit(call, write, [content.blob_key] if content.blob_key else [])
    forget(call, written.orphans)
    return written


async def commit(call: Call, write: Callable[[Transaction], T], blob_keys: list[str]) -> T:
    """Run a write that names new blobs; when it is refused, they go."""
    try:
        return await call.write(write)
    except AwsError:
        # Why only these: after another failure nobody knows whether the row is there, and the sweep decides later.
        await contents.delete_blobs(call.platform.blobs, blob_keys)
        raise


def forget(call: Call, blob_keys: list[str]) -> None:
    """Delete blobs in the background."""
    if blob_keys:
        work = contents.delete_blobs(call.platform.blobs, blob_keys)
        call.platform.workers.activities.start("s3: deleting replaced bytes", work)


def kept_checksum(attributes: dict[str, Any], content: Content) -> dict[str, Any]:
    """Attributes with the checksum of the bytes."""
    attributes[f"Checksum{content.algorithm}"] = content.checksum
    attributes["ChecksumType"] = "FULL_OBJECT"
    return attributes


def remove_key(tx: Transaction, call: Call, bucket: Bucket, key: str, request: dict[str, Any]) -> Removed:
    """Delete a key: its object, or with versioning what a delete marker hides."""
    current = rows.find_current(tx, bucket.name, key)
    conditions.require_delete(request, current)
    if not bucket.versioning:
        if current is None:
            return Removed(None, False, [])
        rows.remove_current(tx, bucket.name, key)
        gone = _with_sequence(current)
        notifications.publish(tx, call, bucket, "ObjectRemoved:Delete", gone)
        return Removed(gone, False, current.blob_keys)
    marker = Version(
        key, objects.new_version_id(bucket), rows.next_sequence(current), True, 0, EMPTY_ETAG, int(tx.now), "", ""
    )
    orphans = write_version(tx, call, bucket, marker, current, "ObjectRemoved:DeleteMarkerCreated")
    return Removed(marker, True, orphans)


def remove_version(
    tx: Transaction, call: Call, bucket: Bucket, key: str, version_id: str, *, bypasses_governance: bool
) -> Removed:
    """Delete one version for good; nothing happens when there is none. Raises NoSuchVersion, AccessDenied."""
    if not bucket.versioning and version_id != NULL_VERSION:
        raise NoSuchVersion(Key=key, VersionId=version_id)
    version = rows.find_version(tx, bucket.name, key, version_id)
    if version is None:
        return Removed(None, True, [])
    objects.require_unlocked(version, tx.now, bypasses_governance=bypasses_governance)
    rows.remove_version(tx, bucket.name, version)
    notifications.publish(tx, call, bucket, "ObjectRemoved:Delete", _with_sequence(version))
    return Removed(version, True, version.blob_keys)


def _with_sequence(version: Version) -> Version:
    """The version as the event of its removal tells of it, with the number of that change."""
    return Version(
        version.key,
        version.version_id,
        rows.next_sequence(version),
        version.is_marker,
        version.size_bytes,
        version.etag,
        version.modified_at,
        "",
        "",
    )
