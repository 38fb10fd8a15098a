"""PutBucketPolicy, GetBucketPolicy, GetBucketPolicyStatus and DeleteBucketPolicy."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import policies, settings
from serein.services.s3.errors import AccessDenied, NoSuchBucketPolicy
from serein.services.s3.store import buckets as rows


@operation("PutBucketPolicy")
async def put_bucket_policy(call: Call, request: Request) -> Reply:
    text = settings.require_document(call, request, "Policy")

    def write(tx: Transaction) -> None:
        bucket = settings.require_own_bucket(tx, request)
        policy = policies.require_valid(text, bucket)
        blocks = rows.find_setting(tx, bucket.name, "public access") or {}
        if blocks.get("BlockPublicPolicy") and policies.is_public(policy):
            raise AccessDenied(
                f"User: {call.caller.arn} is not authorized to perform: s3:PutBucketPolicy on resource: "
                f'"{bucket.arn}" because public policies are prevented by the BlockPublicPolicy setting in S3 Block '
                "Public Access."
            )
        rows.put_setting(tx, bucket.name, "policy", text)

    await call.write(write)
    return {}


@operation("GetBucketPolicy")
async def get_bucket_policy(call: Call, request: Request) -> Reply:
    return {"Policy": await settings.require(call, request, "policy", NoSuchBucketPolicy)}


@operation("GetBucketPolicyStatus")
async def get_bucket_policy_status(call: Call, request: Request) -> Reply:
    text = await settings.require(call, request, "policy", NoSuchBucketPolicy)
    return {"PolicyStatus": {"IsPublic": policies.is_public(policies.parse(text))}}


@operation("DeleteBucketPolicy")
async def delete_bucket_policy(call: Call, request: Request) -> Reply:
    await settings.remove(call, request, "policy")
    return {}
