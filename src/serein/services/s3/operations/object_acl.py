"""PutObjectAcl and GetObjectAcl."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import acls, objects, reading
from serein.services.s3.store import objects as rows


@operation(
    "PutObjectAcl", stored=("ACL", "AccessControlPolicy", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
)
async def put_object_acl(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        bucket, version = reading.require_object(tx, request)
        policy = acls.policy_of(tx, bucket, request)
        rows.set_attributes(tx, bucket.name, version, objects.encoded({**version.fields, objects.ACL: policy}))

    await call.write(write)
    return {}


@operation("GetObjectAcl", stored=("RequestPayer",))
async def get_object_acl(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Any:
        bucket, version = reading.require_object(tx, request)
        return version.fields.get(objects.ACL) or acls.default_policy(bucket)

    found: Reply = await call.read(read)
    return found
