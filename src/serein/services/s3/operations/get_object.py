"""GetObject: an object's bytes, or a range of them, and what is known of it."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import InternalFailure
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import contents, reading
from serein.services.s3.buckets import Bucket
from serein.services.s3.objects import Version

_ATTEMPTS = 5


@operation("GetObject", stored=("RequestPayer",))
async def get_object(call: Call, request: Request) -> Reply:
    def find(tx: Transaction) -> tuple[Bucket, Version]:
        return reading.require_object(tx, request, with_content=True)

    for _ in range(_ATTEMPTS):
        bucket, version = await call.read(find)
        reply, start, size_bytes = reading.described(bucket, version, request)
        try:
            reply["Body"] = await contents.opened(call.platform.blobs, version, start, size_bytes)
        except FileNotFoundError:
            # Why again: the object was replaced after its row was read, and the row now names other bytes.
            continue
        return reply
    raise InternalFailure(f"The bytes of s3://{bucket.name}/{version.key} are missing")
