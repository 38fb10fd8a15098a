"""PutBucketTagging, GetBucketTagging and DeleteBucketTagging."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings, tags
from serein.services.s3.errors import NoSuchTagSet


@operation("PutBucketTagging")
async def put_bucket_tagging(call: Call, request: Request) -> Reply:
    is_service = call.caller.service is not None
    tag_set = settings.require_document(call, request, "Tagging").get("TagSet", [])
    text = tags.parse_tag_set(tag_set, tags.BUCKET_LIMIT, may_be_system=is_service)
    await settings.put(call, request, "tags", text)
    return {}


@operation("GetBucketTagging")
async def get_bucket_tagging(call: Call, request: Request) -> Reply:
    text = await settings.find(call, request, "tags")
    if not text:
        raise NoSuchTagSet(BucketName=request["Bucket"])
    return {"TagSet": tags.tag_set_of(text)}


@operation("DeleteBucketTagging")
async def delete_bucket_tagging(call: Call, request: Request) -> Reply:
    await settings.remove(call, request, "tags")
    return {}
