"""ConfirmSubscription: prove with a token that an endpoint wants its subscription."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.errors import InvalidParameter, invalid, missing
from serein.services.sns.store import ended
from serein.services.sns.subscriptions import confirmed_by
from serein.services.sns.tokens import has_expired
from serein.services.sns.topics import require_arn, require_topic_arn


@operation("ConfirmSubscription", is_public=True)
async def confirm_subscription(call: Call, request: Request) -> Reply:
    # Why no check of the region: who follows a SubscribeURL signs nothing, and its host name tells none here.
    arn = require_topic_arn(request.get("TopicArn"), require_arn(request.get("TopicArn")).scope)
    token = request.get("Token")
    if token is None:
        raise missing("token")
    if not token or any(character not in "0123456789abcdef" for character in token):
        raise InvalidParameter("Invalid token")

    def write(tx: Transaction) -> str:
        topic = store.find_topic(tx, arn)
        subscription = store.find_subscription_by_token(tx, topic, token) if topic is not None else None
        if topic is not None and subscription is None and (restored := ended.restore(tx, topic, token)) is not None:
            return restored
        if topic is None or subscription is None or (subscription.is_pending and has_expired(token, tx.now)):
            raise invalid("Token")
        if subscription.is_pending:
            attributes = {**subscription.attributes, **confirmed_by(request, is_signed=not call.caller.is_anonymous)}
            store.update_subscription(tx, subscription.arn, attributes)
        store.confirm_subscription(tx, subscription.arn)
        return subscription.arn

    return {"SubscriptionArn": await call.write(write)}
