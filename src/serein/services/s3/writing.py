"""Storing an object that arrives in one piece: what PutObject and browser forms share."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.s3 import changes, contents, objects, tags
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.store import buckets as bucket_rows


async def put(call: Call, request: dict[str, Any], event: str) -> dict[str, Any]:
    """Store the request's body under its key, durably; `event` is the name under which it is told."""
    body = contents.body_of(request)
    async with contents.drained_when_refused(body):
        tag_text = tags.parse_header(request.get("Tagging"))
        expected = contents.Expectations(request)
        bucket = await call.read(lambda tx: _require_bucket(tx, request))
        attributes = objects.attributes_of(request, bucket)
    content = await contents.receive(call.platform.blobs, body, expected)
    changes.kept_checksum(attributes, content)
    written = await changes.store_content(call, request, content, attributes, tag_text, event)
    return {
        "ETag": written.version.quoted_etag,
        **objects.shown_version(written.bucket, written.version),
        **objects.encryption_echo(attributes),
        **objects.checksum_echo(attributes),
    }


def _require_bucket(tx: Transaction, request: dict[str, Any]) -> Bucket:
    bucket = bucket_rows.require_bucket(tx, request["Bucket"])
    require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
    objects.require_valid_key(request["Key"])
    return bucket
