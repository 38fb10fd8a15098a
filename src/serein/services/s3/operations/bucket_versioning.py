"""PutBucketVersioning and GetBucketVersioning: whether a bucket keeps what is replaced and deleted."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.buckets import Bucket
from serein.services.s3.errors import InvalidBucketState, MalformedXML
from serein.services.s3.store import buckets as rows


@operation("PutBucketVersioning", stored=("MFA",), partial="MFA delete is refused.")
async def put_bucket_versioning(call: Call, request: Request) -> Reply:
    configuration = settings.require_document(call, request, "VersioningConfiguration")
    status = configuration.get("Status")
    if status not in ("Enabled", "Suspended") or configuration.get("MFADelete", "Disabled") != "Disabled":
        raise MalformedXML

    def write(tx: Transaction) -> None:
        bucket = settings.require_own_bucket(tx, request)
        if bucket.is_lockable and status == "Suspended":
            raise InvalidBucketState(
                "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
            )
        rows.set_versioning(tx, bucket.name, status)

    await call.write(write)
    return {}


@operation("GetBucketVersioning")
async def get_bucket_versioning(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Bucket:
        return settings.require_own_bucket(tx, request)

    status = (await call.read(read)).versioning
    return {"Status": status} if status else {}
