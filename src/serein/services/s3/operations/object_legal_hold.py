"""PutObjectLegalHold and GetObjectLegalHold: whether a version is held, whatever its retention."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import locks, settings
from serein.services.s3.errors import MalformedXML


@operation("PutObjectLegalHold", stored=("RequestPayer",))
async def put_object_legal_hold(call: Call, request: Request) -> Reply:
    status = settings.require_document(call, request, "LegalHold").get("Status")
    if status not in ("ON", "OFF"):
        raise MalformedXML

    def write(tx: Transaction) -> None:
        locks.set_legal_hold(tx, request, status)

    await call.write(write)
    return {}


@operation("GetObjectLegalHold", stored=("RequestPayer",))
async def get_object_legal_hold(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        return {"LegalHold": {"Status": locks.legal_hold_of(tx, request)}}

    return await call.read(read)
