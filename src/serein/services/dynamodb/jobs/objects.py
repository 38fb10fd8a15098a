"""Objects in S3, as jobs read and write them."""

from collections.abc import AsyncIterator
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import ByteStream
from serein.kernel.ids import random_upper
from serein.kernel.scope import Caller, Scope

_LISTED = 1000


class BucketFailure(Exception):
    """S3 refused: `code` and `message` are what AWS shows as the reason why a job failed."""

    def __init__(self, error: AwsError) -> None:
        super().__init__(error.code)
        self.code = f"S3{error.code}"
        self.message = (
            f"{error.message} (Service: Amazon S3; Status Code: {error.status}; Error Code: {error.code}; "
            f"Request ID: {random_upper(16)}; Proxy: null)"
        )


async def put_object(platform: Platform, scope: Scope, place: dict[str, Any], key: str, content: bytes) -> str:
    """Store an object; `place` holds the bucket and what else S3 wants to be told. Returns its ETag without quotes.

    Raises BucketFailure.
    """
    reply = await _call(platform, scope, "PutObject", {**place, "Key": key, "Body": ByteStream.of(content)})
    return str(reply["ETag"]).strip('"')


async def get_object(platform: Platform, scope: Scope, place: dict[str, Any], key: str) -> AsyncIterator[bytes]:
    """An object's bytes. Raises BucketFailure."""
    body = (await _call(platform, scope, "GetObject", {**place, "Key": key}))["Body"]
    return _once(body) if isinstance(body, bytes) else body


async def list_objects(
    platform: Platform, scope: Scope, place: dict[str, Any], prefix: str, after: str
) -> list[tuple[str, int]]:
    """(key, size) of objects whose keys begin with a prefix and come after a key, in order. Raises BucketFailure."""
    request = {**place, "Prefix": prefix, "MaxKeys": _LISTED}
    if after:
        request["StartAfter"] = after
    reply = await _call(platform, scope, "ListObjectsV2", request)
    return [(one["Key"], one["Size"]) for one in reply.get("Contents", [])]


async def _call(platform: Platform, scope: Scope, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    try:
        return await platform.call("s3", operation, request, scope=scope, caller=Caller.of_service("dynamodb", scope))
    except AwsError as error:
        if error.is_sender_fault:
            raise BucketFailure(error) from error
        raise


async def _once(content: bytes) -> AsyncIterator[bytes]:
    if content:
        yield content
