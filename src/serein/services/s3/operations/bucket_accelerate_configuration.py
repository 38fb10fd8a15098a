"""PutBucketAccelerateConfiguration and GetBucketAccelerateConfiguration."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.errors import InvalidRequest, MalformedXML


@operation("PutBucketAccelerateConfiguration", stored=("AccelerateConfiguration",))
async def put_bucket_accelerate_configuration(call: Call, request: Request) -> Reply:
    if "." in request["Bucket"]:
        raise InvalidRequest("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names")
    configuration = settings.require_document(call, request, "AccelerateConfiguration")
    if configuration.get("Status") not in ("Enabled", "Suspended"):
        raise MalformedXML
    await settings.put(call, request, "acceleration", configuration)
    return {}


@operation("GetBucketAccelerateConfiguration")
async def get_bucket_accelerate_configuration(call: Call, request: Request) -> Reply:
    return await settings.find(call, request, "acceleration") or {}
