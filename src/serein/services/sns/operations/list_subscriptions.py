"""ListSubscriptions: the account's subscriptions in a region, a hundred at a time."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.pages import PAGE, next_token, require_position
from serein.services.sns.subscriptions import listed


@operation("ListSubscriptions")
async def list_subscriptions(call: Call, request: Request) -> Reply:
    after = require_position(request)
    found = await call.read(lambda tx: store.subscriptions_in(tx, call.scope, after, PAGE + 1))
    token = next_token([subscription.arn for subscription in found])
    return {"Subscriptions": [listed(subscription) for subscription in found[:PAGE]], **token}
