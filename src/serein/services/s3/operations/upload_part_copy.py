"""UploadPartCopy: a part whose bytes are (a range of) another object's."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import InternalFailure
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes, checksums, conditions, contents, objects, ranges, reading, uploads
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.contents import Content
from serein.services.s3.objects import Version
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import uploads as rows

_ATTEMPTS = 5


@operation("UploadPartCopy", stored=("RequestPayer",))
async def upload_part_copy(call: Call, request: Request) -> Reply:
    number: int = request["PartNumber"]
    uploads.require_valid_number(number)
    named = reading.parse_copy_source(request)

    def find(tx: Transaction) -> tuple[rows.Upload, Bucket, Version]:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        upload = rows.require_upload(tx, bucket.name, request["Key"], request["UploadId"])
        source_bucket, source = reading.require_object(tx, named, with_content=True)
        return upload, source_bucket, source

    for _ in range(_ATTEMPTS):
        upload, source_bucket, source = await call.read(find)
        conditions.require_copy_source(request, source)
        objects.require_customer_key(request, source.fields, "CopySource")
        try:
            content = await _copied(call, request, upload, source)
        except FileNotFoundError:
            continue
        break
    else:
        raise InternalFailure(f"The bytes of s3://{source_bucket.name}/{source.key} are missing")

    def write(tx: Transaction) -> tuple[list[str], int]:
        rows.require_upload(tx, request["Bucket"], request["Key"], upload.upload_id)
        part = uploads.part_of(number, content, int(tx.now))
        return rows.put_part(tx, upload.upload_id, part), part.modified_at

    orphans, modified_at = await changes.commit(call, write, [content.blob_key])
    changes.forget(call, orphans)
    result = {
        "ETag": f'"{content.etag}"',
        "LastModified": modified_at,
        **uploads.part_checksum(upload.checksum_algorithm, content.checksum),
    }
    version = {"CopySourceVersionId": source.version_id} if source_bucket.versioning else {}
    return {"CopyPartResult": result, **version, **objects.encryption_echo(objects.decoded(upload.attributes))}


async def _copied(call: Call, request: Request, upload: rows.Upload, source: Version) -> Content:
    blobs = call.platform.blobs
    start, end = 0, source.size_bytes - 1
    if "CopySourceRange" in request:
        start, end = ranges.require_copy_range(request["CopySourceRange"], source.size_bytes)
    expected = contents.Expectations({}, upload.checksum_algorithm or checksums.DEFAULT_ALGORITHM)
    body = await contents.opened(blobs, source, start, end - start + 1)
    return await contents.receive(blobs, contents.stream_of(body), expected, may_be_inline=False)
