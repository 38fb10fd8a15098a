"""GetSubscriptionAttributes: everything there is to know of a subscription."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.errors import NotFound
from serein.services.sns.subscriptions import described
from serein.services.sns.topics import require_arn


@operation("GetSubscriptionAttributes")
async def get_subscription_attributes(call: Call, request: Request) -> Reply:
    arn = str(require_arn(request.get("SubscriptionArn"), "SubscriptionArn"))
    subscription = await call.read(lambda tx: store.find_subscription(tx, arn))
    if subscription is None:
        raise NotFound("Subscription does not exist")
    return {"Attributes": described(subscription)}
