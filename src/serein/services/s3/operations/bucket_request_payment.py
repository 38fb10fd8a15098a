"""PutBucketRequestPayment and GetBucketRequestPayment."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.errors import MalformedXML


@operation("PutBucketRequestPayment", stored=("RequestPaymentConfiguration",))
async def put_bucket_request_payment(call: Call, request: Request) -> Reply:
    if request["RequestPaymentConfiguration"].get("Payer") not in ("BucketOwner", "Requester"):
        raise MalformedXML
    await settings.put(call, request, "request payment", request["RequestPaymentConfiguration"])
    return {}


@operation("GetBucketRequestPayment")
async def get_bucket_request_payment(call: Call, request: Request) -> Reply:
    return await settings.find(call, request, "request payment") or {"Payer": "BucketOwner"}
