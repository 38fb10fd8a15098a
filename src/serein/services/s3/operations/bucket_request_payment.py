"""PutBucketRequestPayment and GetBucketRequestPayment."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.errors import MalformedXML


@operation("PutBucketRequestPayment", stored=("RequestPaymentConfiguration",))
async def put_bucket_request_payment(call: Call, request: Request) -> Reply:
    configuration = settings.require_document(call, request, "RequestPaymentConfiguration")
    if configuration.get("Payer") not in ("BucketOwner", "Requester"):
        raise MalformedXML
    await settings.put(call, request, "request payment", configuration)
    return {}


@operation("GetBucketRequestPayment")
async def get_bucket_request_payment(call: Call, request: Request) -> Reply:
    return await settings.find(call, request, "request payment") or {"Payer": "BucketOwner"}
