"""GetBucketLocation: a bucket's region, by its old names."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.store import buckets as rows


@operation("GetBucketLocation")
async def get_bucket_location(call: Call, request: Request) -> Reply:
    def find(tx: Transaction) -> Bucket:
        return rows.require_bucket(tx, request["Bucket"])

    bucket = await call.read(find)
    require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
    # AWS: us-east-1 is the empty constraint (API_GetBucketLocation).
    return {} if bucket.region == "us-east-1" else {"LocationConstraint": bucket.region}
