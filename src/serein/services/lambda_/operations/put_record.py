"""PutRecord and CountUndelivered: what becomes of documents about asynchronous invocations on their way."""

import logging

from serein.kernel.call import Call
from serein.kernel.http import ByteStream
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.metrics import Source

log = logging.getLogger("serein.lambda")


@operation("PutRecord", internal=True)
async def put_record(call: Call, request: Request) -> Reply:
    """Put a document into a bucket: `Bucket`, `Key`, `Record` (JSON text)."""
    body = ByteStream.of(request["Record"].encode())
    target = {"Bucket": request["Bucket"], "Key": request["Key"], "Body": body, "ContentType": "application/json"}
    await call.to("s3", "PutObject", target)
    return {}


@operation("CountUndelivered", internal=True)
async def count_undelivered(call: Call, request: Request) -> Reply:
    """Count a document that its destination doesn't take: `FunctionName`, `Qualifier`, `Metric`, `Error`."""
    log.warning("%s of %s: %s", request["Metric"], request["FunctionName"], request["Error"])
    source = Source(call.scope, request["FunctionName"], request["Qualifier"])
    memory_of(call.platform).metrics.add(source, request["Metric"])
    return {}
