"""PutBucketCors, GetBucketCors and DeleteBucketCors."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import cors, settings
from serein.services.s3.errors import NoSuchCorsConfiguration


@operation("PutBucketCors")
async def put_bucket_cors(call: Call, request: Request) -> Reply:
    configuration = settings.require_document(call, request, "CORSConfiguration")
    await settings.put(call, request, "cors", cors.require_valid_rules(configuration))
    return {}


@operation("GetBucketCors")
async def get_bucket_cors(call: Call, request: Request) -> Reply:
    return {"CORSRules": await settings.require(call, request, "cors", NoSuchCorsConfiguration)}


@operation("DeleteBucketCors")
async def delete_bucket_cors(call: Call, request: Request) -> Reply:
    await settings.remove(call, request, "cors")
    return {}
