"""UploadPart: store one part of a multipart upload, durably, before the answer."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes, checksums, contents, objects, uploads
from serein.services.s3.buckets import require_expected_owner
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import uploads as rows


@operation("UploadPart", stored=("RequestPayer",))
async def upload_part(call: Call, request: Request) -> Reply:
    number: int = request["PartNumber"]
    body = contents.body_of(request)

    def find(tx: Transaction) -> rows.Upload:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        return rows.require_upload(tx, request["Bucket"], request["Key"], request["UploadId"])

    async with contents.drained_when_refused(body):
        uploads.require_valid_number(number)
        upload = await call.read(find)
        uploads.require_same_algorithm(request, upload)
        expected = contents.Expectations(request, upload.checksum_algorithm or checksums.DEFAULT_ALGORITHM)
    content = await contents.receive(call.platform.blobs, body, expected, may_be_inline=False)

    def write(tx: Transaction) -> list[str]:
        rows.require_upload(tx, request["Bucket"], request["Key"], upload.upload_id)
        return rows.put_part(tx, upload.upload_id, uploads.part_of(number, content, int(tx.now)))

    changes.forget(call, await changes.commit(call, write, [content.blob_key]))
    shown = {checksums.member(name): value for name, value in expected.checksums.items()}
    if len(shown) > 1:
        del shown[checksums.member(content.algorithm)]
    return {"ETag": f'"{content.etag}"', **shown, **objects.encryption_echo(objects.decoded(upload.attributes))}
