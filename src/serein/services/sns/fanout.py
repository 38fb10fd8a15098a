"""From a publication to deliveries, for the subscriptions whose filters let the message through.

Functions are reached in an instant, so a hundred of them share one durable row, and only what fails gets a row, and
attempts, of its own. Endpoints and people may keep one waiting: each has its own row from the start.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.database import DeadLetter, Delivery, Policy, Target
from serein.kernel.errors import AwsError
from serein.kernel.scope import Scope
from serein.services.sns.envelopes import UNSIGNED, Publication, notification, pack, unsubscribe_url
from serein.services.sns.retries import content_type, receives_per_second, retry_policy
from serein.services.sns.subscriptions import Subscription

FAN_OUT, DELIVER, REDRIVE = "FanOut", "DeliverToOne", "Redrive"

# AWS: for SQS and Lambda three attempts follow at once, two after a second, ten back off to twenty seconds, and
# 100,000 come every twenty seconds: 23 days (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
ATTEMPTS = 100_015
_BACKOFF = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 20.0)
_AGE_SECONDS = 23 * 86_400.0
# AWS: for people fifty attempts, the first ten minutes backing off, over six hours in all.
_PEOPLE_ATTEMPTS = 50
_PEOPLE_BACKOFF = (10.0, 10.0, 30.0, 60.0, 120.0, 240.0, 440.0, 600.0)
_TOGETHER = frozenset({"sqs", "lambda", "firehose", "sms", "application"})
_ENDPOINTS = frozenset({"http", "https"})
_UNSEALED = frozenset({"lambda", "firehose"})
"""What gets another form than the notification, which is for dead letters then."""
_ROW = 100


@dataclass(frozen=True, slots=True)
class Audience:
    """Standard queues of one account and region that get every message of a topic, all raw or all as notifications."""

    digest: str
    scope: Scope
    is_raw: bool
    members: tuple[Subscription, ...]


def wait_after(attempts: int) -> float:
    """The seconds to wait after a failure that `attempts` others came before."""
    return _BACKOFF[min(attempts, len(_BACKOFF) - 1)]


def takers(publication: Publication, subscriptions: list[Subscription]) -> list[Subscription]:
    """Those that get the message: confirmed, and not filtered out."""
    text, attributes = publication.message.text, publication.message.attributes
    return [
        subscription
        for subscription in subscriptions
        if not subscription.is_pending
        and (subscription.filter is None or subscription.filter.accepts(text, attributes))
    ]


def deliveries(publication: Publication, packed: dict[str, Any], wanting: list[Subscription]) -> Iterator[Delivery]:
    """What is owed to a standard topic's subscriptions."""
    together = [addressed(subscription) for subscription in wanting if subscription.protocol in _TOGETHER]
    for start in range(0, len(together), _ROW):
        request = {"Message": packed, "Subscriptions": together[start : start + _ROW]}
        yield Delivery(target_of(packed, FAN_OUT), request, _retried(None))
    for subscription in wanting:
        if subscription.protocol not in _TOGETHER:
            yield delivery_to(packed, addressed(subscription), publication)


def packed_for(
    publication: Publication, wanting: list[Subscription], trace_id: str, audiences: Collection[Audience] = ()
) -> dict[str, Any]:
    """A publication for some of its subscribers. Raises SealWanted."""
    protocols = {subscription.protocol for subscription in wanting}
    wrapped = {
        subscription.protocol
        for subscription in wanting
        if not subscription.is_raw and (subscription.protocol not in _UNSEALED or subscription.dead_letter_arn)
    } - UNSIGNED
    if audiences:
        protocols.add("sqs")
    if not all(audience.is_raw for audience in audiences):
        wrapped.add("sqs")
    return pack(publication, protocols, wrapped, trace_id)


def addressed(subscription: Subscription) -> dict[str, Any]:
    """What deliveries need of a subscription."""
    address = {
        "Arn": subscription.arn,
        "Protocol": subscription.protocol,
        "Endpoint": subscription.endpoint,
        "IsRaw": subscription.is_raw,
        "DeadLetters": subscription.dead_letter_arn,
    }
    if subscription.protocol in _ENDPOINTS:
        address["DeliveryPolicy"] = subscription.attributes.get("DeliveryPolicy", "")
    return address


def delivery_to(packed: dict[str, Any], address: dict[str, Any], publication: Publication | None = None) -> Delivery:
    """What one subscription is owed, retried as its protocol is."""
    letter = dead_letter(packed, address)
    policy = _retried(letter)
    if publication is not None and address["Protocol"] in _ENDPOINTS:
        topic_policy = publication.topic.attributes.get("DeliveryPolicy", "")
        own_policy = address.pop("DeliveryPolicy")
        address["ContentType"] = content_type(topic_policy, own_policy)
        if rate := receives_per_second(topic_policy, own_policy):
            address["Rate"] = rate
        policy = retry_policy(topic_policy, own_policy, letter)
    elif address["Protocol"].startswith("email"):
        policy = Policy(_PEOPLE_ATTEMPTS, _PEOPLE_BACKOFF, 6 * 3600.0, dead_letter=letter)
    return Delivery(target_of(packed, DELIVER), {"Message": packed, "Subscription": address}, policy)


def owed_after(packed: dict[str, Any], address: dict[str, Any], error: AwsError) -> Delivery | None:
    """What a failure leaves to do: more attempts, or what becomes of a message that is given up."""
    if not error.is_sender_fault:
        return delivery_to(packed, address)
    letter = dead_letter(packed, address)
    return None if letter is None else Delivery(letter.target, letter.request)


def target_of(packed: dict[str, Any], operation: str) -> Target:
    return Target("sns", operation, scope_of(packed["Topic"]), packed["TraceId"])


def dead_letter(packed: dict[str, Any], address: dict[str, Any]) -> DeadLetter | None:
    """What becomes of the message when the subscription can't have it, or None: it is lost then, as on AWS."""
    if not address["DeadLetters"]:
        return None
    request = {"Topic": packed["Topic"], "Letter": queue_request(packed, address, address["DeadLetters"])}
    return DeadLetter(target_of(packed, REDRIVE), {**request, "Queue": address["DeadLetters"]})


def queue_request(packed: dict[str, Any], address: dict[str, Any], queue_arn: str) -> dict[str, Any]:
    """The request that puts a message into a queue: raw, or as a notification."""
    scope = scope_of(queue_arn)
    name = queue_arn.rsplit(":", 1)[1]
    protocol = address["Protocol"]
    request: dict[str, Any] = {"QueueUrl": f"{packed['Endpoint']}/{scope.account}/{name}"}
    if protocol in packed["Heads"] and not address["IsRaw"]:
        request["MessageBody"] = notification(packed, protocol, address["Arn"])
    else:
        request["MessageBody"] = packed["Texts"][protocol]
        if packed["Attributes"]:
            request["MessageAttributes"] = packed["Attributes"]
    # AWS: queues that aren't FIFO get groups from standard topics only.
    if packed["GroupId"] is not None and (name.endswith(".fifo") or not packed["DeduplicationId"]):
        request["MessageGroupId"] = packed["GroupId"]
        if name.endswith(".fifo"):
            request["MessageDeduplicationId"] = packed["DeduplicationId"]
    if packed["TraceId"]:
        request["MessageSystemAttributes"] = _traced(packed["TraceId"])
    return request


def list_request(packed: dict[str, Any], *, is_raw: bool) -> dict[str, Any]:
    """The request that puts a message into the queues of an audience; a subscription's ARN goes between its parts."""
    request: dict[str, Any] = {}
    if is_raw:
        request["Body"] = (packed["Texts"]["sqs"], "")
        if packed["Attributes"]:
            request["MessageAttributes"] = packed["Attributes"]
    else:
        request["Body"] = (packed["Heads"]["sqs"] + unsubscribe_url(packed, ""), packed["Tail"])
    if packed["TraceId"]:
        request["MessageSystemAttributes"] = _traced(packed["TraceId"])
    return request


def _traced(trace_id: str) -> dict[str, Any]:
    return {"AWSTraceHeader": {"DataType": "String", "StringValue": trace_id}}


def _retried(letter: DeadLetter | None) -> Policy:
    return Policy(ATTEMPTS, _BACKOFF, _AGE_SECONDS, dead_letter=letter)


@lru_cache(maxsize=4096)
def scope_of(arn: str) -> Scope:
    """Whose a topic or an endpoint is."""
    found = find_arn(arn)
    assert found is not None, "endpoints are checked when they are subscribed"
    return found.scope
