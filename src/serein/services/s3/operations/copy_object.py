"""CopyObject: a new object with the bytes of another, without a detour through the client."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import InternalFailure
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes, checksums, conditions, contents, objects, reading, tags
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.contents import Content
from serein.services.s3.errors import InvalidArgument, InvalidRequest
from serein.services.s3.objects import Version
from serein.services.s3.store import buckets as bucket_rows

_HEADERS = ("CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType", "Expires")
_CHANGES = (
    "StorageClass",
    "WebsiteRedirectLocation",
    "ServerSideEncryption",
    "SSECustomerAlgorithm",
    "ChecksumAlgorithm",
)
_ATTEMPTS = 5


@operation(
    "CopyObject",
    partial="Objects are not encrypted at rest; the encryption that a request asks for is kept and shown.",
    stored=("ACL", "SSEKMSEncryptionContext", "StorageClass", "RequestPayer"),
)
async def copy_object(call: Call, request: Request) -> Reply:
    objects.require_valid_key(request["Key"])
    named = reading.parse_copy_source(request)
    metadata_directive = _directive(request, "MetadataDirective", "x-amz-metadata-directive")
    tagging_directive = _directive(request, "TaggingDirective", "x-amz-tagging-directive")
    given_tags = tags.parse_header(request.get("Tagging"))

    def find(tx: Transaction) -> tuple[Bucket, Bucket, Version]:
        target = bucket_rows.require_bucket(tx, request["Bucket"])
        source_bucket, source = reading.require_object(tx, named, with_content=True)
        return target, source_bucket, source

    for _ in range(_ATTEMPTS):
        target, source_bucket, source = await call.read(find)
        require_expected_owner(target, request.get("ExpectedBucketOwner"))
        conditions.require_copy_source(request, source)
        objects.require_customer_key(request, source.fields, "CopySource")
        _require_a_change(request, source_bucket, source, metadata_directive)
        attributes = _attributes(request, source, target, is_replaced=metadata_directive == "REPLACE")
        try:
            content = await _copied(call, source, request)
        except FileNotFoundError:
            continue
        changes.kept_checksum(attributes, content)
        tag_text = given_tags if tagging_directive == "REPLACE" else source.tags
        written = await changes.store_content(call, request, content, attributes, tag_text, "ObjectCreated:Copy")
        return _reply(written, source_bucket, source, attributes)
    raise InternalFailure(f"The bytes of s3://{source_bucket.name}/{source.key} are missing")


def _directive(request: Request, member: str, header: str) -> str:
    directive = request.get(member, "COPY")
    if directive not in ("COPY", "REPLACE"):
        message = f"Unknown {header.removeprefix('x-amz-').removesuffix('-directive')} directive."
        raise InvalidArgument(message, ArgumentName=header, ArgumentValue=directive)
    return str(directive)


def _require_a_change(request: Request, source_bucket: Bucket, source: Version, metadata_directive: str) -> None:
    is_itself = request["Bucket"] == source_bucket.name and request["Key"] == source.key
    if not is_itself or metadata_directive == "REPLACE" or "?versionId=" in request["CopySource"]:
        return
    if not any(member in request for member in _CHANGES):
        raise InvalidRequest(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )


def _attributes(request: Request, source: Version, target: Bucket, *, is_replaced: bool) -> dict[str, Any]:
    if is_replaced:
        return objects.attributes_of(request, target)
    kept = source.fields
    inherited = {name: kept[name] for name in (*_HEADERS, "Metadata") if name in kept}
    own = {name: value for name, value in request.items() if name not in (*_HEADERS, "Metadata")}
    return objects.attributes_of({**own, **inherited}, target)


async def _copied(call: Call, source: Version, request: Request) -> Content:
    blobs = call.platform.blobs
    kept = objects.checksum_echo(source.fields)
    algorithm = next((name[8:] for name in kept if name != "ChecksumType"), checksums.DEFAULT_ALGORITHM)
    wanted = request.get("ChecksumAlgorithm", algorithm)
    checksum = kept.get(f"Checksum{wanted}", "")
    if source.parts or not checksum:
        expected = contents.Expectations({"ChecksumAlgorithm": wanted})
        body = await contents.opened(blobs, source, 0, source.size_bytes)
        return await contents.receive(blobs, contents.stream_of(body), expected)
    blob_key = "" if source.content is not None else (await blobs.join([source.blob_key])).key
    md5 = bytes.fromhex(source.etag)
    return Content(source.size_bytes, md5, wanted, checksum, source.content, blob_key)


def _reply(written: changes.Written, source_bucket: Bucket, source: Version, attributes: dict[str, Any]) -> Reply:
    result = {
        "ETag": written.version.quoted_etag,
        "LastModified": written.version.modified_at,
        **objects.checksum_echo(attributes),
    }
    reply: Reply = {
        "CopyObjectResult": result,
        **objects.shown_version(written.bucket, written.version),
        **objects.encryption_echo(attributes),
    }
    if source_bucket.versioning:
        reply["CopySourceVersionId"] = source.version_id
    return reply
