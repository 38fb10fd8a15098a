"""Subscribe: have what is published to a topic delivered to an endpoint."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid, random_hex
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import store
from serein.services.sns.endpoints import confirmation
from serein.services.sns.errors import invalid
from serein.services.sns.subscriptions import (
    PENDING,
    Subscription,
    find_difference,
    parse_attributes,
    require_endpoint,
    starts_pending,
)
from serein.services.sns.topics import Topic, require_topic_arn


@operation(
    "Subscribe",
    partial="sqs, lambda, http and https subscriptions get messages, without a signature and unthrottled; email, "
    "email-json, sms, application and firehose subscriptions are recorded and get none",
    stored=("Attributes.SubscriptionRoleArn",),
)
async def subscribe(call: Call, request: Request) -> Reply:
    topic_arn = require_topic_arn(request.get("TopicArn"), call.scope)
    wants_arn = bool(request.get("ReturnSubscriptionArn"))

    def ask(tx: Transaction, topic: Topic, arn: str, protocol: str, endpoint: str, token: str) -> None:
        if protocol in {"http", "https"}:
            tx.send(confirmation(topic, arn, endpoint, token, call.platform.limits.endpoint, tx.now))

    def write(tx: Transaction) -> tuple[str, bool]:
        topic = store.require_topic(tx, topic_arn)
        protocol, endpoint = require_endpoint(topic, request.get("Protocol"), request.get("Endpoint"))
        attributes = parse_attributes(topic, request.get("Attributes") or {})
        existing = store.find_subscription_to(tx, topic, protocol, endpoint)
        if existing is not None:
            if existing.is_pending:
                token = _token(call)
                store.renew_token(tx, existing.arn, token)
                ask(tx, topic, existing.arn, protocol, endpoint, token)
            return _require_same(existing, attributes), existing.is_pending
        arn = f"{topic.arn}:{new_uuid()}"
        is_pending = starts_pending(protocol)
        token = _token(call) if is_pending else ""
        store.insert_subscription(tx, arn, topic, protocol, endpoint, call.caller.arn, attributes, token)
        ask(tx, topic, arn, protocol, endpoint, token)
        return arn, is_pending

    arn, is_pending = await call.write(write)
    return {"SubscriptionArn": PENDING if is_pending and not wants_arn else arn}


def _require_same(existing: Subscription, attributes: dict[str, str]) -> str:
    """AWS: a second Subscribe is answered with the first's ARN unless it names other attributes."""
    if find_difference(existing.attributes, attributes) is not None:
        raise invalid("Attributes", "Subscription already exists with different attributes")
    return existing.arn


def _token(call: Call) -> str:
    """What the endpoint would confirm with. AWS: the token tells the region."""
    return call.scope.region.encode().hex() + random_hex(200)
