"""PutBucketLogging and GetBucketLogging."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings


@operation("PutBucketLogging", stored=("BucketLoggingStatus",))
async def put_bucket_logging(call: Call, request: Request) -> Reply:
    document = settings.require_document(call, request, "BucketLoggingStatus")
    await settings.put(call, request, "logging", document)
    return {}


@operation("GetBucketLogging")
async def get_bucket_logging(call: Call, request: Request) -> Reply:
    return await settings.find(call, request, "logging") or {}
