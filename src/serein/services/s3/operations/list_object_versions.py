"""ListObjectVersions: every version and delete marker in a bucket, newest first within a key."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import listing
from serein.services.s3.buckets import Bucket, owner, require_expected_owner
from serein.services.s3.errors import InvalidArgument
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import objects as rows


@operation("ListObjectVersions", stored=("OptionalObjectAttributes", "RequestPayer"))
async def list_object_versions(call: Call, request: Request) -> Reply:
    limit = listing.require_limit(request.get("MaxKeys"))
    spelled = listing.Spelling(request.get("EncodingType"))
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    key_marker, version_marker = request.get("KeyMarker", ""), request.get("VersionIdMarker", "")
    if version_marker and not key_marker:
        raise InvalidArgument(
            "A version-id marker cannot be specified without a key marker.",
            ArgumentName="version-id-marker",
            ArgumentValue=version_marker,
        )

    def read(tx: Transaction) -> Reply:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        page = listing.page_of(
            lambda start, end, count: rows.list_versions(tx, bucket.name, start, end, count),
            listing.Cut(prefix, delimiter, key_marker, limit),
            rest=_rest(tx, bucket, key_marker, version_marker, limit) if version_marker else [],
            remainder=lambda last, count: rows.list_older_versions(
                tx, bucket.name, last.key, last.version.sequence, count
            ),
        )
        reply: Reply = {
            "Name": bucket.name,
            "Prefix": spelled(prefix),
            "KeyMarker": spelled(key_marker),
            "VersionIdMarker": version_marker,
            "MaxKeys": limit,
            "IsTruncated": page.is_truncated,
            **listing.echo(request, spelled, page),
        }
        versions = [_shown(entry, spelled, bucket) for entry in page.entries if not entry.version.is_marker]
        markers = [_shown_marker(entry, spelled, bucket) for entry in page.entries if entry.version.is_marker]
        if versions:
            reply["Versions"] = versions
        if markers:
            reply["DeleteMarkers"] = markers
        if page.is_truncated:
            reply["NextKeyMarker"] = spelled(page.last)
            if page.entries and page.entries[-1].key == page.last:
                reply["NextVersionIdMarker"] = page.entries[-1].version.version_id
        return reply

    return await call.read(read)


def _rest(tx: Transaction, bucket: Bucket, key: str, version_id: str, limit: int) -> list[rows.ListedVersion]:
    marked = rows.find_version(tx, bucket.name, key, version_id)
    return rows.list_older_versions(tx, bucket.name, key, marked.sequence, limit + 1) if marked else []


def _shown(entry: rows.ListedVersion, spelled: listing.Spelling, bucket: Bucket) -> dict[str, Any]:
    shown = listing.shown_object(entry.version, spelled, bucket.account)
    return {**shown, "VersionId": entry.version.version_id, "IsLatest": entry.is_latest}


def _shown_marker(entry: rows.ListedVersion, spelled: listing.Spelling, bucket: Bucket) -> dict[str, Any]:
    return {
        "Key": spelled(entry.key),
        "VersionId": entry.version.version_id,
        "IsLatest": entry.is_latest,
        "LastModified": entry.version.modified_at,
        "Owner": owner(bucket.account),
    }
