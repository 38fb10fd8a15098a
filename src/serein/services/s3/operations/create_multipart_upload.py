"""CreateMultipartUpload: begin an upload in parts."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import checksums, objects, tags, uploads
from serein.services.s3.buckets import require_expected_owner
from serein.services.s3.errors import InvalidRequest
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import uploads as rows


@operation(
    "CreateMultipartUpload",
    partial="Objects are not encrypted at rest; the encryption that a request asks for is kept and shown.",
    stored=("ACL", "SSEKMSEncryptionContext", "StorageClass", "RequestPayer"),
)
async def create_multipart_upload(call: Call, request: Request) -> Reply:
    key: str = request["Key"]
    objects.require_valid_key(key)
    algorithm = checksums.algorithm_of(request, "")
    if not algorithm and "ChecksumType" in request:
        raise InvalidRequest(
            "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
        )
    kind = checksums.type_of_upload(algorithm, request.get("ChecksumType", ""))
    tag_text = tags.parse_header(request.get("Tagging"))
    upload_id = uploads.new_upload_id()

    def write(tx: Transaction) -> Reply:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        attributes = objects.attributes_of(request, bucket)
        text = objects.encoded(attributes)
        upload = rows.Upload(key, upload_id, int(tx.now), algorithm, kind, text, tag_text)
        rows.append_upload(tx, bucket.name, upload)
        return objects.encryption_echo(attributes)

    reply = {"Bucket": request["Bucket"], "Key": key, "UploadId": upload_id, **await call.write(write)}
    if algorithm:
        reply.update(ChecksumAlgorithm=algorithm, ChecksumType=kind)
    return reply
