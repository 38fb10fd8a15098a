"""BlobKeysInUse: the blobs that S3's rows name, for the sweep of what crashes left behind."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import objects
from serein.services.s3.store import objects as rows
from serein.services.s3.store import uploads


@operation("BlobKeysInUse", internal=True)
async def blob_keys_in_use(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> set[str]:
        keys = set(uploads.blob_keys(tx))
        for blob_key, parts in rows.blob_rows(tx):
            keys.update(part.blob_key for part in objects.parse_parts(parts)) if parts else keys.add(blob_key)
        return keys

    return {"Keys": await call.read(read)}
