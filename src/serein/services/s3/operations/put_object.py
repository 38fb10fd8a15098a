"""PutObject: store an object, durably, before the answer."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes, contents, objects, tags
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.store import buckets as bucket_rows


@operation(
    "PutObject",
    partial="Objects are not encrypted at rest; the encryption that a request asks for is kept and shown.",
    stored=("ACL", "SSEKMSEncryptionContext", "StorageClass", "RequestPayer"),
)
async def put_object(call: Call, request: Request) -> Reply:
    objects.require_valid_key(request["Key"])
    tag_text = tags.parse_header(request.get("Tagging"))
    if "WriteOffsetBytes" in request:
        raise NotImplementedHere("Appending to objects (WriteOffsetBytes) is for directory buckets")
    expected = contents.Expectations(request)

    def find_bucket(tx: Transaction) -> Bucket:
        return bucket_rows.require_bucket(tx, request["Bucket"])

    bucket = await call.read(find_bucket)
    require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
    attributes = objects.attributes_of(request, bucket)
    content = await contents.receive(call.platform.blobs, contents.body_of(request), expected)
    changes.kept_checksum(attributes, content)
    event = "ObjectCreated:Put"
    written = await changes.store_content(call, request, content, attributes, tag_text, event)
    return {
        "ETag": written.version.quoted_etag,
        **objects.shown_version(written.bucket, written.version),
        **objects.encryption_echo(attributes),
        **objects.checksum_echo(attributes),
    }
