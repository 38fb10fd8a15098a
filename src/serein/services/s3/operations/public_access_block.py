"""PutPublicAccessBlock, GetPublicAccessBlock and DeletePublicAccessBlock."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.buckets import PUBLIC_ACCESS_FLAGS
from serein.services.s3.errors import NoSuchPublicAccessBlockConfiguration


@operation(
    "PutPublicAccessBlock",
    partial="BlockPublicPolicy refuses public policies; the other three wait for requests to be authorised.",
)
async def put_public_access_block(call: Call, request: Request) -> Reply:
    configuration = settings.require_document(call, request, "PublicAccessBlockConfiguration")
    document = {flag: bool(configuration.get(flag)) for flag in PUBLIC_ACCESS_FLAGS}
    await settings.put(call, request, "public access", document)
    return {}


@operation("GetPublicAccessBlock")
async def get_public_access_block(call: Call, request: Request) -> Reply:
    found = await settings.require(call, request, "public access", NoSuchPublicAccessBlockConfiguration)
    return {"PublicAccessBlockConfiguration": found}


@operation("DeletePublicAccessBlock")
async def delete_public_access_block(call: Call, request: Request) -> Reply:
    await settings.remove(call, request, "public access")
    return {}
