"""SetSubscriptionAttributes: change one attribute of a subscription."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import archives, store
from serein.services.sns.errors import NotFound, missing
from serein.services.sns.subscriptions import changed_attributes
from serein.services.sns.topics import require_arn


@operation(
    "SetSubscriptionAttributes",
    partial="SubscriptionRoleArn, and the throttlePolicy of a DeliveryPolicy, are stored and shown without effect",
)
async def set_subscription_attributes(call: Call, request: Request) -> Reply:
    arn = str(require_arn(request.get("SubscriptionArn"), "SubscriptionArn"))
    name = request.get("AttributeName")
    if name is None:
        raise missing("attributeName")
    value = request.get("AttributeValue") or ""

    def write(tx: Transaction) -> None:
        subscription = store.find_subscription(tx, arn)
        if subscription is None:
            raise NotFound("Subscription does not exist")
        topic = store.require_topic(tx, subscription.topic_arn)
        store.update_subscription(tx, arn, changed_attributes(topic, subscription, name, value))
        if name == "ReplayPolicy":
            archives.begin_replay(tx, topic, arn, value)

    await call.write(write)
    return {}
