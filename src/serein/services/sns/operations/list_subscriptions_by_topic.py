"""ListSubscriptionsByTopic: a topic's subscriptions, a hundred at a time."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access, store
from serein.services.sns.pages import PAGE, next_token, require_position
from serein.services.sns.subscriptions import Subscription, listed
from serein.services.sns.topics import require_topic_arn


@operation("ListSubscriptionsByTopic")
async def list_subscriptions_by_topic(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("TopicArn"), call.scope)
    after = require_position(request)

    def read(tx: Transaction) -> list[Subscription]:
        return store.subscriptions_page(tx, access.require_topic(call, tx, arn), after, PAGE + 1)

    found = await call.read(read)
    token = next_token([subscription.arn for subscription in found])
    return {"Subscriptions": [listed(subscription) for subscription in found[:PAGE]], **token}
