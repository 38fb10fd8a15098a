"""PutObjectRetention and GetObjectRetention: until when a version can't be deleted."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import locks, settings
from serein.services.s3.errors import MalformedXML


@operation("PutObjectRetention", stored=("RequestPayer",))
async def put_object_retention(call: Call, request: Request) -> Reply:
    retention = settings.require_document(call, request, "Retention")
    if retention and (retention.get("Mode") not in ("GOVERNANCE", "COMPLIANCE") or "RetainUntilDate" not in retention):
        raise MalformedXML

    def write(tx: Transaction) -> None:
        locks.set_retention(tx, request, retention)

    await call.write(write)
    return {}


@operation("GetObjectRetention", stored=("RequestPayer",))
async def get_object_retention(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        return {"Retention": locks.retention_of(tx, request)}

    return await call.read(read)
