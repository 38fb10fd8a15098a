"""ListParts: what has been uploaded of a multipart upload."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import listing, objects, uploads
from serein.services.s3.buckets import owner, require_expected_owner
from serein.services.s3.store import buckets as bucket_rows
from serein.services.s3.store import uploads as rows


@operation("ListParts", stored=("RequestPayer",))
async def list_parts(call: Call, request: Request) -> Reply:
    limit = listing.require_limit(request.get("MaxParts"), "max-parts")
    after = int(request.get("PartNumberMarker", 0))

    def read(tx: Transaction) -> Reply:
        bucket = bucket_rows.require_bucket(tx, request["Bucket"])
        require_expected_owner(bucket, request.get("ExpectedBucketOwner"))
        upload = rows.require_upload(tx, bucket.name, request["Key"], request["UploadId"])
        parts = rows.list_parts(tx, upload.upload_id, after, limit + 1)
        shown = parts[:limit]
        reply: Reply = {
            "Bucket": bucket.name,
            "Key": upload.key,
            "UploadId": upload.upload_id,
            "PartNumberMarker": after,
            "NextPartNumberMarker": shown[-1].number if shown else 0,
            "MaxParts": limit,
            "IsTruncated": len(parts) > limit,
            "Parts": [
                {
                    "PartNumber": part.number,
                    "LastModified": part.modified_at,
                    "ETag": f'"{part.etag}"',
                    "Size": part.size_bytes,
                    **uploads.part_checksum(upload.checksum_algorithm, part.checksum),
                }
                for part in shown
            ],
            "Initiator": owner(bucket.account),
            "Owner": owner(bucket.account),
            "StorageClass": objects.decoded(upload.attributes).get("StorageClass", "STANDARD"),
        }
        if upload.checksum_algorithm:
            reply.update(ChecksumAlgorithm=upload.checksum_algorithm, ChecksumType=upload.checksum_type)
        return reply

    return await call.read(read)
