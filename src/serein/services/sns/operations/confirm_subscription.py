"""ConfirmSubscription: prove with a token that an endpoint wants its subscription."""

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.errors import InvalidParameter, invalid, missing
from serein.services.sns.store import ended
from serein.services.sns.subscriptions import confirmed_by
from serein.services.sns.tokens import has_expired, region_of


@operation("ConfirmSubscription", is_public=True)
async def confirm_subscription(call: Call, request: Request) -> Reply:
    """AWS: the token tells the subscription; the topic's name may be wrong, its region may not."""
    token = request.get("Token")
    if token is None:
        raise missing("token")
    if not token or any(character not in "0123456789abcdef" for character in token):
        raise InvalidParameter("Invalid token")

    arn = find_arn(request.get("TopicArn") or "")
    if arn is None or arn.service != "sns" or ":" in arn.resource or region_of(token) not in ("", arn.region):
        raise invalid("Topic")

    def write(tx: Transaction) -> str:
        subscription = store.find_subscription_by_token(tx, token)
        if subscription is None:
            restored = ended.restore(tx, token)
            if restored is None:
                raise invalid("Token")
            return restored
        if subscription.is_pending:
            if has_expired(token, tx.now):
                raise invalid("Token")
            attributes = {**subscription.attributes, **confirmed_by(request, is_signed=not call.caller.is_anonymous)}
            store.update_subscription(tx, subscription.arn, attributes)
            store.confirm_subscription(tx, subscription.arn)
        return subscription.arn

    return {"SubscriptionArn": await call.write(write)}
