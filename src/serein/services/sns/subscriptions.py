"""Subscriptions: what may be subscribed, and the attributes of a subscription."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.scope import Scope
from serein.services.sns.archive_policies import replay_span
from serein.services.sns.errors import InvalidParameter, invalid
from serein.services.sns.filters import Filter, filter_of, require_valid
from serein.services.sns.jackson import JsonProblem, parse_json
from serein.services.sns.retries import require_policy
from serein.services.sns.topics import Topic

_PROTOCOLS = frozenset({"http", "https", "email", "email-json", "sms", "sqs", "application", "lambda", "firehose"})
_ORDERED = frozenset({"sqs", "lambda", "firehose"})
"""What FIFO topics deliver to: endpoints of customers keep no order."""
_UNCONFIRMED = frozenset({"http", "https", "email", "email-json"})
_PHONE = re.compile(r"\+?[0-9](?:[ ()./-]?[0-9]){6,19}\Z")
_MAIL = re.compile(r"[^\s\x00-\x1f@<>(),;:\"\\\[\]]+@[^\s\x00-\x1f@<>(),;:\"\\\[\]]+\Z")
_SETTABLE = frozenset(
    {
        "DeliveryPolicy",
        "FilterPolicy",
        "FilterPolicyScope",
        "RawMessageDelivery",
        "RedrivePolicy",
        "ReplayPolicy",
        "SubscriptionRoleArn",
    }
)
_DEFAULTS = {"RawMessageDelivery": "false", "FilterPolicyScope": "MessageAttributes"}
_UNSIGNED, _BOUND = "_ConfirmedUnsigned", "_AuthenticateOnUnsubscribe"
"""What the confirmation said: kept with the attributes, and not shown as one."""
PENDING = "pending confirmation"
DEFAULT_SCOPE = "MessageAttributes"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription as stored. Equal rows share one value, with its filter compiled."""

    arn: str
    topic_arn: str
    protocol: str
    endpoint: str
    principal: str
    is_pending: bool
    attributes: dict[str, str] = field(hash=False)
    is_raw: bool
    filter: Filter | None
    dead_letter_arn: str

    @property
    def owner(self) -> str:
        return self.arn.split(":", 5)[4]


@lru_cache(maxsize=4096)
def subscription_of(
    arn: str, topic_arn: str, protocol: str, endpoint: str, principal: str, attributes_text: str, is_pending: int
) -> Subscription:
    """The subscription that a row holds."""
    attributes: dict[str, str] = json.loads(attributes_text)
    policy = attributes.get("FilterPolicy")
    return Subscription(
        arn=arn,
        topic_arn=topic_arn,
        protocol=protocol,
        endpoint=endpoint,
        principal=principal,
        is_pending=bool(is_pending),
        attributes=attributes,
        is_raw=attributes.get("RawMessageDelivery") == "true",
        filter=filter_of(policy, attributes.get("FilterPolicyScope", DEFAULT_SCOPE)) if policy else None,
        dead_letter_arn=json.loads(attributes.get("RedrivePolicy") or "{}").get("deadLetterTargetArn", ""),
    )


def starts_pending(protocol: str) -> bool:
    """Whether the endpoint has to confirm the subscription before it gets anything."""
    return protocol in _UNCONFIRMED


def require_endpoint(topic: Topic, protocol: str | None, endpoint: str | None) -> tuple[str, str]:
    """The protocol and the endpoint of a new subscription. Raises InvalidParameter."""
    if not protocol or protocol not in _PROTOCOLS:
        raise invalid(f"Amazon SNS does not support this protocol string: {protocol or ''}")
    if not endpoint:
        raise invalid("Endpoint")
    if topic.is_fifo and protocol not in _ORDERED:
        # AWS: https://docs.aws.amazon.com/sns/latest/dg/fifo-message-delivery.html
        raise invalid("Protocol", f"{protocol} endpoints can not be subscribed to FIFO SNS topics")
    if protocol in {"http", "https"}:
        if not endpoint.startswith(f"{protocol}://"):
            raise invalid("Endpoint must match the specified protocol")
    elif protocol == "sms":
        require_phone(endpoint)
    elif protocol in {"email", "email-json"}:
        if not _MAIL.match(endpoint):
            raise invalid("Email address")
    else:
        _require_arn(topic, protocol, endpoint)
    return protocol, endpoint


def require_role(protocol: str, attributes: dict[str, str]) -> None:
    """Raise InvalidParameter for a delivery stream that no role is given for."""
    if protocol == "firehose" and "SubscriptionRoleArn" not in attributes:
        raise invalid("Attributes", "SubscriptionRoleArn is required for firehose subscriptions")


def require_phone(number: str) -> None:
    if not _PHONE.match(number):
        raise InvalidParameter(f"Invalid SMS endpoint: {number}")


def parse_attributes(topic: Topic, given: dict[str, str], endpoint: str) -> dict[str, str]:
    """Check the attributes that Subscribe is given, in AWS's words for that."""
    attributes: dict[str, str] = {}
    try:
        for name, value in given.items():
            attributes[name] = parse_attribute(topic, name, value, endpoint)
        policy = attributes.get("FilterPolicy")
        if policy:
            require_valid(policy, attributes.get("FilterPolicyScope", DEFAULT_SCOPE))
    except InvalidParameter as error:
        raise invalid("Attributes", error.message.removeprefix("Invalid parameter: ")) from None
    return {name: value for name, value in attributes.items() if value}


def parse_attribute(topic: Topic, name: str, value: str, endpoint: str) -> str:
    """Check one attribute; an empty value removes it. Raises InvalidParameter."""
    if name == "ReplayPolicy" and not topic.is_fifo:
        raise invalid("ReplayPolicy", "can only be set on subscriptions to FIFO topics")
    if name not in _SETTABLE:
        raise invalid("AttributeName")
    if name == "RawMessageDelivery":
        if value.lower() not in {"true", "false"}:
            raise invalid(f"RawMessageDelivery: Invalid value [{value}]. Must be true or false.")
        return value.lower()
    if not value:
        return ""
    if name == "FilterPolicyScope" and value not in {"MessageAttributes", "MessageBody"}:
        raise invalid(f"FilterPolicyScope: Invalid value [{value}]. Please use either MessageBody or MessageAttributes")
    check = _CHECKS.get(name)
    if check is not None:
        check(endpoint, value)
    return value


def changed_attributes(topic: Topic, subscription: Subscription, name: str, value: str) -> dict[str, str]:
    """A subscription's attributes after SetSubscriptionAttributes. Raises InvalidParameter."""
    after = {**subscription.attributes, name: parse_attribute(topic, name, value, subscription.endpoint)}
    policy = after.get("FilterPolicy")
    if policy and name in {"FilterPolicy", "FilterPolicyScope"}:
        require_valid(policy, after.get("FilterPolicyScope") or DEFAULT_SCOPE)
    return {key: text for key, text in after.items() if text}


def find_difference(current: dict[str, str], wanted: dict[str, str]) -> str | None:
    """Return the first attribute that a subscription has otherwise than a second Subscribe wants it, or None."""
    for name, value in wanted.items():
        if current.get(name, _DEFAULTS.get(name, "")) != value:
            return name
    return None


def confirmed_by(request: dict[str, Any], *, is_signed: bool) -> dict[str, str]:
    """What a subscription keeps of its ConfirmSubscription. AWS: only who signs can ask for signatures."""
    if not is_signed:
        return {_UNSIGNED: "true"}
    return {_BOUND: "true"} if request.get("AuthenticateOnUnsubscribe", "").lower() == "true" else {}


def wants_signature(subscription: Subscription) -> bool:
    """Whether only a signed request may end the subscription."""
    return _BOUND in subscription.attributes


def listed(subscription: Subscription) -> dict[str, str]:
    """A subscription as the lists show it."""
    return {
        "SubscriptionArn": "PendingConfirmation" if subscription.is_pending else subscription.arn,
        "Owner": subscription.owner,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "TopicArn": subscription.topic_arn,
    }


def described(subscription: Subscription) -> dict[str, str]:
    """All attributes of a subscription."""
    is_unsigned = subscription.is_pending or _UNSIGNED in subscription.attributes
    attributes = {
        "SubscriptionArn": subscription.arn,
        "TopicArn": subscription.topic_arn,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "Owner": subscription.owner,
        "SubscriptionPrincipal": subscription.principal,
        "PendingConfirmation": "true" if subscription.is_pending else "false",
        "ConfirmationWasAuthenticated": "false" if is_unsigned else "true",
        "RawMessageDelivery": "false",
        **{name: value for name, value in subscription.attributes.items() if not name.startswith("_")},
    }
    if "FilterPolicy" in attributes:
        attributes.setdefault("FilterPolicyScope", DEFAULT_SCOPE)
    else:
        attributes.pop("FilterPolicyScope", None)
    return attributes


def _require_arn(topic: Topic, protocol: str, endpoint: str) -> None:
    arn = find_arn(endpoint)
    if protocol == "sqs":
        if arn is None or arn.service != "sqs":
            raise invalid("SQS endpoint ARN")
        if endpoint.endswith(".fifo") and not topic.is_fifo:
            raise invalid("Invalid parameter: Endpoint", "FIFO SQS Queues can not be subscribed to standard SNS topics")
    elif protocol == "lambda":
        if arn is None or arn.service != "lambda":
            raise invalid("Lambda endpoint ARN")
    elif protocol == "firehose":
        if arn is None or arn.service != "firehose" or not arn.resource.startswith("deliverystream/"):
            raise invalid("firehose endpoint ARN")
    elif arn is None:
        raise invalid(f"{protocol.capitalize()} endpoint ARN")


def _require_redrive_policy(endpoint: str, text: str) -> None:
    policy = _parse("RedrivePolicy", text)
    target = policy.get("deadLetterTargetArn") if isinstance(policy, dict) else None
    arn = find_arn(target) if isinstance(target, str) else None
    if arn is None or arn.service != "sqs":
        raise invalid("RedrivePolicy: deadLetterTargetArn is an invalid arn")
    if endpoint.endswith(".fifo") and not arn.resource.endswith(".fifo"):
        raise invalid("RedrivePolicy: must use a FIFO queue as DLQ for a FIFO Subscription to a FIFO Topic.")


def _parse(name: str, text: str) -> Any:
    try:
        return parse_json(text)
    except JsonProblem as problem:
        raise invalid(f"{name}: failed to parse JSON. {problem}") from None


def _require_delivery_policy(_endpoint: str, text: str) -> None:
    _parse("DeliveryPolicy", text)
    require_policy(text)


def _require_replay_policy(_endpoint: str, text: str) -> None:
    replay_span(text)


_CHECKS: dict[str, Callable[[str, str], None]] = {
    "DeliveryPolicy": _require_delivery_policy,
    "RedrivePolicy": _require_redrive_policy,
    "ReplayPolicy": _require_replay_policy,
}


def scope_of(arn: str) -> Scope:
    """The account and region of a subscription or an endpoint."""
    parts = arn.split(":", 5)
    return Scope(parts[4], parts[3])
