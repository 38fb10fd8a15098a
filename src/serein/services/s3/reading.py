"""Finding the object that a request names."""

from typing import Any
from urllib.parse import unquote

from serein.kernel.database import Transaction
from serein.services.s3 import conditions, objects, ranges
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.errors import InvalidArgument, InvalidPartNumber, MethodNotAllowed, NoSuchKey, NoSuchVersion
from serein.services.s3.objects import Version, parse_parts
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import objects as rows

_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}


def require_object(tx: Transaction, request: dict[str, Any], *, with_content: bool = False) -> tuple[Bucket, Version]:
    """The bucket and the version that `Bucket`, `Key` and `VersionId` name.

    Raises NoSuchBucket, NoSuchKey, NoSuchVersion, or MethodNotAllowed for a delete marker named by its id.
    """
    bucket = bucket_rows.require_bucket(tx, request["Bucket"])
    require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
    key: str = request["Key"]
    version_id = request.get("VersionId")
    if version_id is None:
        current = rows.find_current(tx, bucket.name, key, with_content=with_content)
        if current is None or current.is_marker:
            raise NoSuchKey(Key=key)
        return bucket, current
    if not version_id:
        raise InvalidArgument(
            "Version id cannot be the empty string", ArgumentName="versionId", ArgumentValue=version_id
        )
    version = rows.find_version(tx, bucket.name, key, version_id, with_content=with_content)
    if version is None:
        raise NoSuchVersion(Key=key, VersionId=version_id)
    if version.is_marker:
        raise MethodNotAllowed(Method="GET", ResourceType="DeleteMarker")
    return bucket, version


def range_of_part(version: Version, number: int) -> tuple[int, int]:
    """The first and last byte of a part of an object; an object that was put whole is its own part 1."""
    parts = parse_parts(version.parts) if version.parts else []
    if not parts and number == 1:
        return 0, version.size_bytes - 1
    if not 1 <= number <= len(parts):
        raise InvalidPartNumber(PartNumberRequested=number, ActualPartCount=len(parts) or 1)
    start = sum(part.size_bytes for part in parts[: number - 1])
    return start, start + parts[number - 1].size_bytes - 1


def parse_copy_source(request: dict[str, Any]) -> dict[str, Any]:
    """The `Bucket`, `Key` and `VersionId` that `CopySource` names. Raises InvalidArgument."""
    source: str = request["CopySource"]
    path, _, version_id = source.partition("?versionId=")
    bucket, slash, key = unquote(path).removeprefix("/").partition("/")
    if not slash or not bucket or not key or bucket.startswith("arn:"):
        raise InvalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
            ArgumentName="x-amz-copy-source",
            ArgumentValue=source,
        )
    named = {"Bucket": bucket, "Key": key}
    if version_id:
        named["VersionId"] = version_id
    if "ExpectedSourceBucketOwner" in request:
        named["ExpectedBucketOwner"] = request["ExpectedSourceBucketOwner"]
    return named


def described(bucket: Bucket, version: Version, request: dict[str, Any]) -> tuple[dict[str, Any], int, int]:
    """The reply but for its body, and the bytes that this is: where they start and how many they are."""
    conditions.require_read(request, version)
    reply = objects.head_of(bucket, version, request)
    for asked, member in _OVERRIDES.items():
        if asked in request:
            reply[member] = request[asked]
    span = None
    if "PartNumber" in request:
        span = range_of_part(version, request["PartNumber"])
        if version.parts:
            _describe_part(version, request["PartNumber"], reply)
    elif "Range" in request:
        span = ranges.parse_range(request["Range"], version.size_bytes)
    if span is None:
        reply["ContentLength"] = version.size_bytes
        return reply, 0, version.size_bytes
    start, end = span
    reply["ContentLength"] = end - start + 1
    if version.size_bytes:
        reply["ContentRange"] = f"bytes {start}-{end}/{version.size_bytes}"
    return reply, start, end - start + 1


def _describe_part(version: Version, number: int, reply: dict[str, Any]) -> None:
    """AWS: a part of a composite object comes with its own checksum, a part of another with none."""
    parts = objects.parse_parts(version.parts)
    reply["PartsCount"] = len(parts)
    kind = reply.pop("ChecksumType", None)
    for member in [name for name in reply if name.startswith("Checksum")]:
        del reply[member]
        if kind == "COMPOSITE":
            reply[member] = parts[number - 1].checksum
            reply["ChecksumType"] = kind
