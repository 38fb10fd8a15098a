"""ListObjectsV2: a page of a bucket's objects, and the common prefixes at a delimiter."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.paging import find_position, page_token
from serein.services.s3 import listing
from serein.services.s3.buckets import require_expected_owner
from serein.services.s3.errors import InvalidArgument
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import objects as rows


@operation("ListObjectsV2", stored=("OptionalObjectAttributes", "RequestPayer"))
async def list_objects_v2(call: Call, request: Request) -> Reply:
    limit = listing.require_limit(request.get("MaxKeys"))
    spelled = listing.Spelling(request.get("EncodingType"))
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    after = _position(request)

    def read(tx: Transaction) -> Reply:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        page = listing.page_of(
            lambda start, end, count: rows.list_current(tx, bucket.name, start, end, count),
            listing.Cut(prefix, delimiter, after, limit),
        )
        owner = bucket.account if request.get("FetchOwner") else None
        reply: Reply = {
            "Name": bucket.name,
            "Prefix": spelled(prefix),
            "MaxKeys": limit,
            "KeyCount": len(page.entries) + len(page.prefixes),
            "IsTruncated": page.is_truncated,
            **listing.echo(request, spelled, page),
        }
        if page.entries:
            reply["Contents"] = [listing.shown_object(entry, spelled, owner) for entry in page.entries]
        if "ContinuationToken" in request:
            reply["ContinuationToken"] = request["ContinuationToken"]
        elif "StartAfter" in request:
            reply["StartAfter"] = spelled(request["StartAfter"])
        if page.is_truncated:
            reply["NextContinuationToken"] = page_token(page.last)
        return reply

    return await call.read(read)


def _position(request: Request) -> str:
    if "ContinuationToken" not in request:
        return str(request.get("StartAfter", ""))
    position = find_position(request["ContinuationToken"])
    if not isinstance(position, str):
        raise InvalidArgument("The continuation token provided is incorrect", ArgumentName="continuation-token")
    return position
