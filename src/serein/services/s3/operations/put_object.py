"""PutObject: store an object, durably, before the answer."""

from serein.kernel.call import Call
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import writing


@operation(
    "PutObject",
    partial="Objects are not encrypted at rest; the encryption that a request asks for is kept and shown.",
    stored=("ACL", "SSEKMSEncryptionContext", "StorageClass", "RequestPayer"),
)
async def put_object(call: Call, request: Request) -> Reply:
    if "WriteOffsetBytes" in request:
        raise NotImplementedHere("Appending to objects (WriteOffsetBytes) is for directory buckets")
    return await writing.put(call, request, "ObjectCreated:Put")
