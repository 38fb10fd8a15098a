"""Subscribe: have what is published to a topic delivered to an endpoint."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access, archives, mail, store
from serein.services.sns.endpoints import confirmation, confirmation_members
from serein.services.sns.errors import invalid
from serein.services.sns.signing import signer_of
from serein.services.sns.subscriptions import (
    PENDING,
    Subscription,
    find_difference,
    parse_attributes,
    require_endpoint,
    require_role,
    starts_pending,
)
from serein.services.sns.tokens import new_token
from serein.services.sns.topics import Topic, require_topic_arn


@operation(
    "Subscribe",
    partial="text and push messages are kept and shown, and leave for nobody",
    stored=("Attributes.SubscriptionRoleArn",),
)
async def subscribe(call: Call, request: Request) -> Reply:
    topic_arn = require_topic_arn(request.get("TopicArn"), call.scope)
    wants_arn = bool(request.get("ReturnSubscriptionArn"))
    signer = await signer_of(call.platform) if starts_pending(request.get("Protocol") or "") else None

    def ask(tx: Transaction, topic: Topic, protocol: str, endpoint: str) -> str:
        """Ask for a confirmation if the protocol wants one; the answer is the token."""
        if signer is None:
            return ""
        token = new_token(topic, tx.now)
        members = confirmation_members(topic, token, call.platform.limits.endpoint, tx.now, signer)
        is_http = protocol in {"http", "https"}
        tx.send(
            confirmation(topic, endpoint, members) if is_http else mail.confirmation(topic, protocol, endpoint, members)
        )
        return token

    def write(tx: Transaction) -> tuple[str, bool]:
        asked = {"sns:Protocol": request.get("Protocol") or "", "sns:Endpoint": request.get("Endpoint") or ""}
        topic = access.require_topic(call, tx, topic_arn, context=asked)
        protocol, endpoint = require_endpoint(topic, request.get("Protocol"), request.get("Endpoint"))
        attributes = parse_attributes(topic, request.get("Attributes") or {}, endpoint)
        require_role(protocol, attributes)
        existing = store.find_subscription_to(tx, topic, protocol, endpoint)
        if existing is not None:
            if existing.is_pending:
                store.renew_token(tx, existing.arn, ask(tx, topic, protocol, endpoint))
            return _require_same(existing, attributes), existing.is_pending
        arn = f"{topic.arn}:{new_uuid()}"
        token = ask(tx, topic, protocol, endpoint)
        store.insert_subscription(tx, arn, topic, protocol, endpoint, call.caller.arn, attributes, token)
        if "ReplayPolicy" in attributes:
            archives.begin_replay(tx, topic, arn, attributes["ReplayPolicy"])
        return arn, bool(token)

    arn, is_pending = await call.write(write)
    return {"SubscriptionArn": PENDING if is_pending and not wants_arn else arn}


def _require_same(existing: Subscription, attributes: dict[str, str]) -> str:
    """AWS: a second Subscribe is answered with the first's ARN unless it names other attributes."""
    if find_difference(existing.attributes, attributes) is not None:
        raise invalid("Attributes", "Subscription already exists with different attributes")
    return existing.arn
