"""DeleteObjects: up to 1,000 deletions in one request and one transaction."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import changes, settings
from serein.services.s3.buckets import Bucket, require_expected_owner
from serein.services.s3.errors import MalformedXML
from serein.services.s3.store import buckets as bucket_rows

_LIMIT = 1000


@operation("DeleteObjects", stored=("MFA", "RequestPayer"))
async def delete_objects(call: Call, request: Request) -> Reply:
    asked = settings.require_document(call, request, "Delete")
    wanted: list[dict[str, Any]] = asked.get("Objects", [])
    if not 1 <= len(wanted) <= _LIMIT or any(not item.get("Key") for item in wanted):
        raise MalformedXML

    def write(tx: Transaction) -> tuple[Reply, list[str]]:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        deleted: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        orphans: list[str] = []
        for item in wanted:
            try:
                removed = _remove(tx, call, bucket, item, request)
            except AwsError as error:
                errors.append({**_named(item), "Code": error.code, "Message": error.message})
                continue
            orphans.extend(removed.orphans)
            deleted.append({**_named(item), **_told(item, removed)})
        reply: Reply = {"Deleted": deleted} if deleted and not asked.get("Quiet") else {}
        if errors:
            reply["Errors"] = errors
        return reply, orphans

    reply, orphans = await call.write(write)
    changes.forget(call, orphans)
    return reply


def _remove(tx: Transaction, call: Call, bucket: Bucket, item: dict[str, Any], request: Request) -> changes.Removed:
    # Invariant: AWS's refusals are raised before anything is written, so one that is caught leaves nothing half done.
    if "VersionId" in item:
        bypasses = bool(request.get("BypassGovernanceRetention"))
        return changes.remove_version(tx, call, bucket, item["Key"], item["VersionId"], bypasses_governance=bypasses)
    condition = {"Key": item["Key"], **({"IfMatch": item["ETag"]} if "ETag" in item else {})}
    return changes.remove_key(tx, call, bucket, item["Key"], condition)


def _named(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("Key", "VersionId") if name in item}


def _told(item: dict[str, Any], removed: changes.Removed) -> dict[str, Any]:
    version = removed.version
    if not removed.is_versioned or version is None or not version.is_marker:
        return {}
    return {"DeleteMarker": True, "DeleteMarkerVersionId": version.version_id}
