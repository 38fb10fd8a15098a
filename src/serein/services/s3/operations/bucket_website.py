"""PutBucketWebsite, GetBucketWebsite and DeleteBucketWebsite."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.s3 import settings
from serein.services.s3.errors import InvalidArgument, NoSuchWebsiteConfiguration


@operation("PutBucketWebsite", partial="Index and error documents are served; routing rules are kept only.")
async def put_bucket_website(call: Call, request: Request) -> Reply:
    configuration = settings.require_document(call, request, "WebsiteConfiguration")
    if "RedirectAllRequestsTo" not in configuration:
        suffix = configuration.get("IndexDocument", {}).get("Suffix", "")
        if not suffix or "/" in suffix:
            raise InvalidArgument(
                "The IndexDocument Suffix is not well formed", ArgumentName="IndexDocument", ArgumentValue=suffix
            )
    await settings.put(call, request, "website", configuration)
    return {}


@operation("GetBucketWebsite")
async def get_bucket_website(call: Call, request: Request) -> Reply:
    found: Reply = await settings.require(call, request, "website", NoSuchWebsiteConfiguration)
    return found


@operation("DeleteBucketWebsite")
async def delete_bucket_website(call: Call, request: Request) -> Reply:
    await settings.remove(call, request, "website")
    return {}
