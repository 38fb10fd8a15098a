"""PutBucketOwnershipControls, GetBucketOwnershipControls and DeleteBucketOwnershipControls."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.errors import MalformedXML, OwnershipControlsNotFound

_OWNERSHIPS = ("BucketOwnerPreferred", "ObjectWriter", "BucketOwnerEnforced")


@operation("PutBucketOwnershipControls")
async def put_bucket_ownership_controls(call: Call, request: Request) -> Reply:
    rules = settings.require_document(call, request, "OwnershipControls").get("Rules", [])
    if len(rules) != 1 or rules[0].get("ObjectOwnership") not in _OWNERSHIPS:
        raise MalformedXML
    await settings.put(call, request, "ownership", {"Rules": rules})
    return {}


@operation("GetBucketOwnershipControls")
async def get_bucket_ownership_controls(call: Call, request: Request) -> Reply:
    return {"OwnershipControls": await settings.require(call, request, "ownership", OwnershipControlsNotFound)}


@operation("DeleteBucketOwnershipControls")
async def delete_bucket_ownership_controls(call: Call, request: Request) -> Reply:
    await settings.remove(call, request, "ownership")
    return {}
