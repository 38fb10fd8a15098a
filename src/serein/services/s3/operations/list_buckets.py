"""ListBuckets: the caller's buckets, in every region."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.s3.buckets import Bucket, owner
from serein.services.s3.errors import InvalidArgument
from serein.services.s3.store import buckets as rows

_LIMIT = 10_000


@operation("ListBuckets")
async def list_buckets(call: Call, request: Request) -> Reply:
    limit = request.get("MaxBuckets", _LIMIT)
    if not 1 <= limit <= _LIMIT:
        raise InvalidArgument(
            f"Argument max-buckets must be an integer between 1 and {_LIMIT}",
            ArgumentName="max-buckets",
            ArgumentValue=limit,
        )
    after = ""
    if "ContinuationToken" in request:
        position = find_position(request["ContinuationToken"])
        if not isinstance(position, str):
            raise InvalidArgument("The continuation token provided is incorrect", ArgumentName="continuation-token")
        after = position
    region = request.get("BucketRegion")

    def read(tx: Transaction) -> list[Bucket]:
        found: list[Bucket] = []
        start = after
        while len(found) <= limit:
            batch = rows.list_buckets(tx, call.scope.account, request.get("Prefix", ""), start, limit + 1)
            found.extend(bucket for bucket in batch if region in (None, bucket.region))
            if len(batch) <= limit:
                break
            start = batch[-1].name
        return found

    found = await call.read(read)
    # AWS: the region is shown only to requests that page or filter (API_ListBuckets, "BucketRegion").
    shows_region = not request.keys().isdisjoint(("MaxBuckets", "ContinuationToken", "BucketRegion", "Prefix"))
    reply: Reply = {
        "Buckets": [
            {
                "Name": bucket.name,
                "CreationDate": bucket.created_at,
                **({"BucketRegion": bucket.region} if shows_region else {}),
            }
            for bucket in found[:limit]
        ],
        "Owner": owner(call.scope.account),
    }
    if "Prefix" in request:
        reply["Prefix"] = request["Prefix"]
    if len(found) > limit:
        reply["ContinuationToken"] = page_token(found[limit - 1].name)
    return reply
