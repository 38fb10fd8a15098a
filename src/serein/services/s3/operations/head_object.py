"""HeadObject: what is known of an object, without its bytes."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import reading
from serein.services.s3.buckets import Bucket
from serein.services.s3.objects import Version


@operation("HeadObject", stored=("RequestPayer",))
async def head_object(call: Call, request: Request) -> Reply:
    def find(tx: Transaction) -> tuple[Bucket, Version]:
        return reading.require_object(tx, request)

    bucket, version = await call.read(find)
    reply, _, _ = reading.described(bucket, version, request)
    return reply
