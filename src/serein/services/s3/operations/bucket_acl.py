"""PutBucketAcl and GetBucketAcl."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import acls, settings
from serein.services.s3.store import buckets as rows


@operation(
    "PutBucketAcl", stored=("ACL", "AccessControlPolicy", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
)
async def put_bucket_acl(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        bucket = settings.require_own_bucket(tx, request)
        rows.put_setting(tx, bucket.name, "acl", acls.policy_of(tx, bucket, request))

    await call.write(write)
    return {}


@operation("GetBucketAcl")
async def get_bucket_acl(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Any:
        bucket = settings.require_own_bucket(tx, request)
        return rows.find_setting(tx, bucket.name, "acl") or acls.default_policy(bucket)

    found: Reply = await call.read(read)
    return found
