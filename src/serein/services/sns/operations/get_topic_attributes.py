"""GetTopicAttributes: a topic's settings, and how many subscriptions it has."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access, store
from serein.services.sns.archives import beginning_of
from serein.services.sns.topics import default_policy, effective_delivery_policy, require_topic_arn


@operation("GetTopicAttributes")
async def get_topic_attributes(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("TopicArn"), call.scope)

    def read(tx: Transaction) -> dict[str, str]:
        topic = access.require_topic(call, tx, arn)
        archived = {"BeginningArchiveTime": beginning_of(tx, arn)} if "ArchivePolicy" in topic.attributes else {}
        confirmed, pending, deleted = store.count_subscriptions(tx, topic)
        return {
            "TopicArn": arn,
            "Owner": topic.scope.account,
            "DisplayName": "",
            "Policy": default_policy(arn, topic.scope.account),
            "EffectiveDeliveryPolicy": effective_delivery_policy(topic),
            "SubscriptionsConfirmed": str(confirmed),
            "SubscriptionsPending": str(pending),
            "SubscriptionsDeleted": str(deleted),
            **archived,
            **{name: value for name, value in topic.attributes.items() if name != "DataProtectionPolicy"},
        }

    return {"Attributes": await call.read(read)}
