"""Unsubscribe: end a subscription."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.errors import invalid
from serein.services.sns.topics import require_arn


@operation("Unsubscribe")
async def unsubscribe(call: Call, request: Request) -> Reply:
    arn = require_arn(request.get("SubscriptionArn"), "SubscriptionArn")
    if arn.service != "sns" or arn.resource.count(":") != 1 or not all(arn.resource.split(":")):
        raise invalid("SubscriptionId")

    def write(tx: Transaction) -> None:
        # AWS: a subscription that is gone is no error.
        subscription = store.find_subscription(tx, str(arn))
        if subscription is not None:
            store.delete_subscription(tx, subscription)

    await call.write(write)
    return {}
