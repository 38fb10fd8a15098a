"""PutObjectTagging, GetObjectTagging and DeleteObjectTagging: the tags of a version."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import notifications, objects, reading, settings, tags
from serein.services.s3.buckets import Bucket
from serein.services.s3.objects import Version
from serein.services.s3.store import objects as rows


@operation("PutObjectTagging", stored=("RequestPayer",))
async def put_object_tagging(call: Call, request: Request) -> Reply:
    tag_set = settings.require_document(call, request, "Tagging").get("TagSet", [])
    text = tags.parse_tag_set(tag_set, tags.OBJECT_LIMIT)
    return await _set(call, request, text, "ObjectTagging:Put")


@operation("GetObjectTagging", stored=("RequestPayer",))
async def get_object_tagging(call: Call, request: Request) -> Reply:
    def find(tx: Transaction) -> tuple[Bucket, Version]:
        return reading.require_object(tx, request)

    bucket, version = await call.read(find)
    return {"TagSet": tags.tag_set_of(version.tags), **objects.shown_version(bucket, version)}


@operation("DeleteObjectTagging")
async def delete_object_tagging(call: Call, request: Request) -> Reply:
    return await _set(call, request, "", "ObjectTagging:Delete")


async def _set(call: Call, request: Request, text: str, event: str) -> Reply:
    def write(tx: Transaction) -> Reply:
        bucket, version = reading.require_object(tx, request)
        rows.set_tags(tx, bucket.name, version, text)
        changed = replace(version, sequence=rows.next_sequence(version))
        notifications.publish(tx, call, bucket, event, changed)
        return objects.shown_version(bucket, version)

    return await call.write(write)
