"""Storing an object that arrives in one piece: what PutObject and browser forms share."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.s3 import changes, contents, objects, tags
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.store import buckets as bucket_rows


async def put(call: Call, request: dict[str, Any], event: str) -> dict[str, Any]:
    """Store the request's body under its key, durably; `event` is the name under which it is told."""
    objects.require_valid_key(request["Key"])
    tag_text = tags.parse_header(request.get("Tagging"))
    expected = contents.Expectations(request)

    def find_bucket(tx: Transaction) -> Bucket:
        return bucket_rows.require_bucket(tx, request["Bucket"])

    bucket = await call.read(find_bucket)
    require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
    attributes = objects.attributes_of(request, bucket)
    content = await contents.receive(call.platform.blobs, contents.body_of(request), expected)
    changes.kept_checksum(attributes, content)
    written = await changes.store_content(call, request, content, attributes, tag_text, event)
    return {
        "ETag": written.version.quoted_etag,
        **objects.shown_version(written.bucket, written.version),
        **objects.encryption_echo(attributes),
        **objects.checksum_echo(attributes),
    }
