"""GetObjectAttributes: chosen facts about an object and its parts."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import listing, objects, reading
from serein.services.s3.buckets import Bucket
from serein.services.s3.errors import InvalidArgument
from serein.services.s3.objects import Version

_NAMES = frozenset(("ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"))


@operation("GetObjectAttributes", stored=("RequestPayer",))
async def get_object_attributes(call: Call, request: Request) -> Reply:
    asked = {name.strip() for entry in request.get("ObjectAttributes", ()) for name in entry.split(",")}
    if not asked or not asked <= _NAMES:
        raise InvalidArgument(
            "Invalid attribute name specified.",
            ArgumentName="x-amz-object-attributes",
            ArgumentValue=",".join(sorted(asked - _NAMES)),
        )
    limit = listing.require_limit(request.get("MaxParts"), "max-parts")

    def find(tx: Transaction) -> tuple[Bucket, Version]:
        return reading.require_object(tx, request)

    bucket, version = await call.read(find)
    fields = version.fields
    objects.require_customer_key(request, fields)
    facts: dict[str, Any] = {
        "ETag": version.etag,
        "Checksum": objects.checksum_echo(fields),
        "StorageClass": fields.get("StorageClass", "STANDARD"),
        "ObjectSize": version.size_bytes,
    }
    if version.parts:
        facts["ObjectParts"] = _parts(version, fields, int(request.get("PartNumberMarker", 0)), limit)
    return {
        "LastModified": version.modified_at,
        **objects.shown_version(bucket, version),
        **{name: value for name, value in facts.items() if name in asked},
    }


def _parts(version: Version, fields: dict[str, Any], after: int, limit: int) -> dict[str, Any]:
    parts = objects.parse_parts(version.parts)
    behind = [part for part in parts if part.number > after]
    shown = behind[:limit]
    reply: dict[str, Any] = {
        "TotalPartsCount": len(parts),
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": limit,
        "IsTruncated": len(behind) > limit,
    }
    # AWS: parts are listed only where each has a checksum of its own that counts (API_GetObjectAttributes).
    if fields.get("ChecksumType") == "COMPOSITE":
        member = next(name for name in fields if name.startswith("Checksum") and name != "ChecksumType")
        reply["Parts"] = [{"PartNumber": part.number, "Size": part.size_bytes, member: part.checksum} for part in shown]
    return reply
