"""HeadBucket: whether a bucket exists, and where."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.store import buckets as rows


@operation("HeadBucket")
async def head_bucket(call: Call, request: Request) -> Reply:
    def find(tx: Transaction) -> Bucket:
        return rows.require_bucket(tx, request["Bucket"])

    bucket = await call.read(find)
    require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
    return {"BucketRegion": bucket.region, "BucketArn": bucket.arn, "AccessPointAlias": False}
