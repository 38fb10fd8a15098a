"""AbortMultipartUpload: give up an upload and free its parts."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes
from serein.services.s3.buckets import require_expected_owner
from serein.services.s3.errors import PreconditionFailed
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import uploads as rows


@operation("AbortMultipartUpload", stored=("RequestPayer",))
async def abort_multipart_upload(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> list[str]:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        upload = rows.require_upload(tx, bucket.name, request["Key"], request["UploadId"])
        if upload.started_at != int(request.get("IfMatchInitiatedTime", upload.started_at)):
            raise PreconditionFailed(Condition="x-amz-if-match-initiated-time")
        orphans = [part.blob_key for part in rows.list_parts(tx, upload.upload_id)]
        rows.remove_upload(tx, bucket.name, upload)
        return orphans

    changes.forget(call, await call.write(write))
    return {}
