"""ListMultipartUploads: a page of the uploads under way in a bucket."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import listing, objects
from serein.services.s3.buckets import Bucket, owner, require_expected_owner
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import uploads as rows


@operation("ListMultipartUploads", stored=("RequestPayer",))
async def list_multipart_uploads(call: Call, request: Request) -> Reply:
    limit = listing.require_limit(request.get("MaxUploads"), "max-uploads")
    spelled = listing.Spelling(request.get("EncodingType"))
    prefix, delimiter = request.get("Prefix", ""), request.get("Delimiter", "")
    key_marker, id_marker = request.get("KeyMarker", ""), request.get("UploadIdMarker", "")

    def read(tx: Transaction) -> Reply:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        rest: list[rows.Upload] = []
        if key_marker and id_marker and key_marker.startswith(prefix):
            rest = rows.list_later_uploads(tx, bucket.name, key_marker, id_marker, limit + 1)
        page = listing.page_of(
            lambda start, end, count: rows.list_uploads(tx, bucket.name, start, end, count),
            listing.Cut(prefix, delimiter, key_marker, limit),
            rest=rest,
            remainder=lambda last, count: rows.list_later_uploads(tx, bucket.name, last.key, last.upload_id, count),
        )
        reply: Reply = {
            "Bucket": bucket.name,
            "KeyMarker": spelled(key_marker),
            "UploadIdMarker": id_marker,
            "Prefix": spelled(prefix),
            "MaxUploads": limit,
            "IsTruncated": page.is_truncated,
        }
        reply.update(listing.echo(request, spelled, page))
        if page.entries:
            reply["Uploads"] = [_shown(upload, bucket, spelled) for upload in page.entries]
        if page.is_truncated:
            ends_in_entry = bool(page.entries) and page.entries[-1].key == page.last
            reply["NextKeyMarker"] = spelled(page.last)
            reply["NextUploadIdMarker"] = page.entries[-1].upload_id if ends_in_entry else ""
        return reply

    return await call.read(read)


def _shown(upload: rows.Upload, bucket: Bucket, spelled: listing.Spelling) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "UploadId": upload.upload_id,
        "Key": spelled(upload.key),
        "Initiated": upload.started_at,
        "StorageClass": objects.decoded(upload.attributes).get("StorageClass", "STANDARD"),
        "Owner": owner(bucket.account),
        "Initiator": owner(bucket.account),
    }
    if upload.checksum_algorithm:
        shown.update(ChecksumAlgorithm=upload.checksum_algorithm, ChecksumType=upload.checksum_type)
    return shown
