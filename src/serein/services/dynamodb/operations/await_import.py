"""AwaitImport: returns once an import has ended; for deployments, which wait for it.

Request: `ImportArn`. Reply: DescribeImport's.
"""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.dynamodb.store import jobs

_PATIENCE_SECONDS = 1.0


@operation("AwaitImport", internal=True)
async def await_import(call: Call, request: Request) -> Reply:
    subscription = call.platform.bus.subscribe(jobs.TOPIC)
    try:
        while True:
            reply = await call.to("dynamodb", "DescribeImport", {"ImportArn": request["ImportArn"]})
            if reply["ImportTableDescription"]["ImportStatus"] not in ("IN_PROGRESS", "CANCELLING"):
                return reply
            # Why patience: a wake is a hint, and may have been another node's.
            await subscription.wait(patience_seconds=_PATIENCE_SECONDS)
    finally:
        subscription.close()
