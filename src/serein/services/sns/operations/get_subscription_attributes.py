"""GetSubscriptionAttributes: everything there is to know of a subscription."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import archives, store
from serein.services.sns.errors import NotFound
from serein.services.sns.subscriptions import described
from serein.services.sns.topics import require_arn


@operation("GetSubscriptionAttributes")
async def get_subscription_attributes(call: Call, request: Request) -> Reply:
    arn = str(require_arn(request.get("SubscriptionArn"), "SubscriptionArn"))

    def read(tx: Transaction) -> dict[str, str]:
        subscription = store.find_subscription(tx, arn)
        if subscription is None:
            raise NotFound("Subscription does not exist")
        attributes = described(subscription)
        if "ReplayPolicy" in attributes:
            attributes["ReplayStatus"] = archives.replay_status(tx, arn)
        return attributes

    return {"Attributes": await call.read(read)}
