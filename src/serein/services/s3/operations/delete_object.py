"""DeleteObject: delete an object, hide it behind a delete marker, or delete one version for good."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes
from serein.services.s3.buckets import require_expected_owner
from serein.services.s3.store import buckets as bucket_rows


@operation("DeleteObject", stored=("MFA", "RequestPayer"))
async def delete_object(call: Call, request: Request) -> Reply:
    key: str = request["Key"]

    def write(tx: Transaction) -> changes.Removed:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        if "VersionId" not in request:
            return changes.remove_key(tx, call, bucket, key, request)
        bypasses = bool(request.get("BypassGovernanceRetention"))
        return changes.remove_version(tx, call, bucket, key, request["VersionId"], bypasses_governance=bypasses)

    removed = await call.write(write)
    changes.forget(call, removed.orphans)
    if not removed.is_versioned:
        return {}
    if removed.version is None:
        return {"VersionId": request["VersionId"]}
    reply: Reply = {"VersionId": removed.version.version_id}
    if removed.version.is_marker:
        reply["DeleteMarker"] = True
    return reply
