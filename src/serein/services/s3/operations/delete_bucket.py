"""DeleteBucket: give up an empty bucket and its name."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes
from serein.services.s3.buckets import require_expected_owner
from serein.services.s3.errors import BucketNotEmpty
from serein.services.s3.store import buckets as rows
from serein.services.s3.store import uploads


@operation("DeleteBucket")
async def delete_bucket(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> list[str]:
        bucket = rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        if not rows.is_empty(tx, bucket.name):
            raise BucketNotEmpty(BucketName=bucket.name)
        orphans: list[str] = []
        for upload in uploads.list_uploads(tx, bucket.name, b"", None, 1_000_000):
            orphans.extend(part.blob_key for part in uploads.list_parts(tx, upload.upload_id))
            uploads.remove_upload(tx, bucket.name, upload)
        rows.remove_bucket(tx, bucket.name)
        return orphans

    changes.forget(call, await call.write(write))
    return {}
