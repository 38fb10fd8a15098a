"""CreateBucket: claim a name that no account has."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope
from serein.services.s3 import buckets, tags
from serein.services.s3.errors import BucketAlreadyExists, BucketAlreadyOwnedByYou, InvalidBucketAclWithObjectOwnership
from serein.services.s3.store import buckets as rows


@operation(
    "CreateBucket", stored=("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP")
)
async def create_bucket(call: Call, request: Request) -> Reply:
    name: str = request["Bucket"]
    buckets.require_valid_name(name)
    configuration: dict[str, Any] = request.get("CreateBucketConfiguration", {})
    if "Location" in configuration or "Bucket" in configuration:
        raise NotImplementedHere("Directory buckets (CreateBucketConfiguration.Location and .Bucket) are not supported")
    region = buckets.region_of_new_bucket(configuration, call.scope.region)
    tag_text = tags.parse_tag_set(configuration.get("Tags", []), tags.BUCKET_LIMIT)

    ownership = request.get("ObjectOwnership", "BucketOwnerEnforced")
    if ownership == "BucketOwnerEnforced" and request.get("ACL", "private") != "private":
        raise InvalidBucketAclWithObjectOwnership

    def write(tx: Transaction) -> None:
        existing = rows.find_bucket(tx, name)
        if existing is not None:
            _require_recreatable(call, existing)
            return
        is_lockable = bool(request.get("ObjectLockEnabledForBucket"))
        rows.append_bucket(tx, name, Scope(call.scope.account, region), is_lockable=is_lockable)
        if tag_text:
            rows.put_setting(tx, name, "tags", tag_text)
        rows.put_setting(tx, name, "ownership", {"Rules": [{"ObjectOwnership": ownership}]})
        rows.put_setting(tx, name, "public access", dict.fromkeys(buckets.PUBLIC_ACCESS_FLAGS, True))

    await call.write(write)
    return {"Location": f"/{name}" if region == "us-east-1" else f"http://{name}.s3.amazonaws.com/"}


def _require_recreatable(call: Call, existing: buckets.Bucket) -> None:
    """AWS: only us-east-1 lets an owner create a bucket again (API_CreateBucket, "BucketAlreadyOwnedByYou")."""
    if existing.account != call.scope.account:
        raise BucketAlreadyExists(BucketName=existing.name)
    if call.scope.region != "us-east-1" or existing.region != "us-east-1":
        raise BucketAlreadyOwnedByYou(BucketName=existing.name)
