"""ListObjects: the older listing, which pages by the last key."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import listing
from serein.services.s3.buckets import require_expected_owner
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import objects as rows


@operation("ListObjects", stored=("OptionalObjectAttributes", "RequestPayer"))
async def list_objects(call: Call, request: Request) -> Reply:
    limit = listing.require_limit(request.get("MaxKeys"))
    spelled = listing.Spelling(request.get("EncodingType"))
    prefix, delimiter, marker = (request.get(name, "") for name in ("Prefix", "Delimiter", "Marker"))

    def read(tx: Transaction) -> Reply:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        page = listing.page_of(
            lambda start, end, count: rows.list_current(tx, bucket.name, start, end, count),
            listing.Cut(prefix, delimiter, marker, limit),
        )
        reply: Reply = {
            "Name": bucket.name,
            "Prefix": spelled(prefix),
            "Marker": spelled(marker),
            "MaxKeys": limit,
            "IsTruncated": page.is_truncated,
            **listing.echo(request, spelled, page),
        }
        if page.entries:
            reply["Contents"] = [listing.shown_object(entry, spelled, bucket.account) for entry in page.entries]
        # AWS: NextMarker comes only with a delimiter; without one the last key serves (API_ListObjects, "NextMarker").
        if page.is_truncated and delimiter:
            reply["NextMarker"] = spelled(page.last)
        return reply

    return await call.read(read)
