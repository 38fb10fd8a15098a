"""Unsubscribe: end a subscription."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.endpoints import cancellation
from serein.services.sns.errors import AuthorizationError, invalid
from serein.services.sns.signing import Signer, signer_of
from serein.services.sns.store import ended
from serein.services.sns.subscriptions import Subscription, wants_signature
from serein.services.sns.tokens import expiry_of, new_token
from serein.services.sns.topics import require_arn

_ENDPOINTS = frozenset({"http", "https"})


@operation("Unsubscribe", is_public=True)
async def unsubscribe(call: Call, request: Request) -> Reply:
    """AWS: who has the link needs no signature, unless the subscription was confirmed with the wish for one.

    An HTTP endpoint is then told, and can restore the subscription.
    """
    arn = require_arn(request.get("SubscriptionArn"), "SubscriptionArn")
    if arn.service != "sns" or arn.resource.count(":") != 1 or not all(arn.resource.split(":")):
        raise invalid("SubscriptionId")
    signer = await signer_of(call.platform) if call.caller.is_anonymous else None

    def write(tx: Transaction) -> None:
        # AWS: a subscription that is gone is no error.
        subscription = store.find_subscription(tx, str(arn))
        if subscription is None:
            return
        if signer is not None:
            if wants_signature(subscription):
                raise AuthorizationError(f"User: anonymous is not authorized to perform: SNS:Unsubscribe on {arn}")
            _offer_return(tx, call, subscription, signer)
        store.delete_subscription(tx, subscription)

    await call.write(write)
    return {}


def _offer_return(tx: Transaction, call: Call, subscription: Subscription, signer: Signer) -> None:
    """Tell an HTTP endpoint that its subscription ends, with a token that restores it."""
    topic = store.find_topic(tx, subscription.topic_arn)
    if topic is None or subscription.is_pending or subscription.protocol not in _ENDPOINTS:
        return
    token = new_token(topic, tx.now)
    ended.append(tx, subscription, token, expiry_of(token))
    tx.send(cancellation(topic, subscription, token, call.platform.limits.endpoint, tx.now, signer))
