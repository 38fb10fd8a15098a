"""GetApis: the account's APIs, a page at a time."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.apis import shown_api
from serein.services.apigatewayv2.pages import page_size, start_of_page, token_after


@operation("GetApis")
async def get_apis(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed page size or token."""
    limit, after = page_size(request.get("MaxResults")), start_of_page(request.get("NextToken"))
    found = await call.read(lambda tx: store.list_apis(tx, call.scope, after, limit + 1))
    reply: Reply = {"Items": [shown_api(settings, call.platform.limits.endpoint) for settings in found[:limit]]}
    if len(found) > limit:
        reply["NextToken"] = token_after(found[limit - 1]["ApiId"])
    return reply
