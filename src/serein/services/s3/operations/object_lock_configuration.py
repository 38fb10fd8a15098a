"""PutObjectLockConfiguration and GetObjectLockConfiguration."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.errors import InvalidBucketState, MalformedXML, ObjectLockConfigurationNotFound
from serein.services.s3.store import buckets as rows


@operation("PutObjectLockConfiguration", stored=("RequestPayer", "Token"), partial="Default retention is kept only.")
async def put_object_lock_configuration(call: Call, request: Request) -> Reply:
    configuration = settings.require_document(call, request, "ObjectLockConfiguration")
    if configuration.get("ObjectLockEnabled") != "Enabled":
        raise MalformedXML

    def write(tx: Transaction) -> None:
        bucket = settings.require_own_bucket(tx, request)
        if bucket.versioning != "Enabled":
            raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
        rows.set_lockable(tx, bucket.name)
        rows.put_setting(tx, bucket.name, "object lock", configuration)

    await call.write(write)
    return {}


@operation("GetObjectLockConfiguration")
async def get_object_lock_configuration(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        bucket = settings.require_own_bucket(tx, request)
        if not bucket.is_lockable:
            raise ObjectLockConfigurationNotFound(BucketName=bucket.name)
        found = rows.find_setting(tx, bucket.name, "object lock")
        return {"ObjectLockConfiguration": found or {"ObjectLockEnabled": "Enabled"}}

    return await call.read(read)
