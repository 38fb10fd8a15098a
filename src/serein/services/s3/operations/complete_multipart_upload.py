"""CompleteMultipartUpload: make the uploaded parts one object.

The parts stay the blobs that they are and the object's row names them in order, so completing takes the same few
milliseconds for a gigabyte as for a kilobyte.
"""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes, conditions, objects, uploads
from serein.services.s3.buckets import require_expected_owner
from serein.services.s3.errors import InvalidRequest, MalformedXML
from serein.services.s3.objects import Version
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import objects as object_rows
from serein.services.s3.store import uploads as rows


@operation("CompleteMultipartUpload", stored=("RequestPayer",))
async def complete_multipart_upload(call: Call, request: Request) -> Reply:
    key: str = request["Key"]
    asked = request.get("MultipartUpload", {}).get("Parts", [])
    if not asked:
        raise MalformedXML

    def write(tx: Transaction) -> changes.Written:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        upload = rows.require_upload(tx, bucket.name, key, request["UploadId"])
        uploaded = rows.list_parts(tx, upload.upload_id)
        chosen = uploads.chosen_parts(asked, uploaded, upload)
        current = object_rows.find_current(tx, bucket.name, key)
        conditions.require_write(request, current)
        checksum = uploads.checksum_of(upload, chosen)
        uploads.require_checksum(request, checksum)
        version = Version(
            key,
            objects.new_version_id(bucket),
            object_rows.next_sequence(current),
            False,
            _size_of(chosen, request),
            uploads.etag_of(chosen),
            int(tx.now),
            objects.encoded({**objects.decoded(upload.attributes), **checksum}),
            upload.tags,
            parts=uploads.stored_parts(chosen),
        )
        event = "ObjectCreated:CompleteMultipartUpload"
        orphans = changes.write_version(tx, call, bucket, version, current, event)
        rows.remove_upload(tx, bucket.name, upload)
        kept = {part.blob_key for part in chosen}
        orphans.extend(part.blob_key for part in uploaded if part.blob_key not in kept)
        return changes.Written(bucket, version, orphans)

    written = await call.write(write)
    changes.forget(call, written.orphans)
    fields = written.version.fields
    return {
        "Location": f"{call.platform.limits.endpoint}/{written.bucket.name}/{key}",
        "Bucket": written.bucket.name,
        "Key": key,
        "ETag": written.version.quoted_etag,
        **objects.checksum_echo(fields),
        **objects.encryption_echo(fields),
        **objects.shown_version(written.bucket, written.version),
    }


def _size_of(parts: list[rows.UploadedPart], request: Request) -> int:
    size_bytes = sum(part.size_bytes for part in parts)
    expected = request.get("MpuObjectSize", size_bytes)
    if int(expected) != size_bytes:
        raise InvalidRequest(
            f"The provided 'x-amz-mp-object-size' header value {expected} does not match what was computed: "
            f"{size_bytes}"
        )
    return size_bytes
