"""BlobKeysInUse: the blobs that packages are in, for the sweep of what crashes left behind."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.store import functions


@operation("BlobKeysInUse", internal=True)
async def blob_keys_in_use(call: Call, request: Request) -> Reply:
    return {"Keys": await call.read(functions.list_package_blobs)}
