"""From a publication to deliveries: one for each subscription whose filter lets the message through."""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.database import DeadLetter, Delivery, Policy, Target
from serein.kernel.scope import Scope
from serein.services.sns.endpoints import POST, post_request
from serein.services.sns.envelopes import Publication, function_event, notification
from serein.services.sns.retries import retry_policy
from serein.services.sns.subscriptions import Subscription

# AWS: for SQS and Lambda three attempts follow at once, two after a second, ten back off to twenty seconds, and
# 100,000 come every twenty seconds: 23 days (https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html).
ATTEMPTS = 100_015
_BACKOFF = (0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 11.0, 15.0, 20.0, 20.0)
_AGE_SECONDS = 23 * 86_400.0
_DELIVERED = frozenset({"sqs", "lambda", "http", "https"})
_PLAIN = Policy(ATTEMPTS, _BACKOFF, _AGE_SECONDS)


def wait_after(attempts: int) -> float:
    """The seconds to wait after a failure that `attempts` others came before."""
    return _BACKOFF[min(attempts, len(_BACKOFF) - 1)]


def find_delivery(publication: Publication, subscription: Subscription, trace_id: str) -> Delivery | None:
    """Return what the subscription is owed, or None: pending, filtered out, or of a protocol that gets nothing."""
    if subscription.is_pending or subscription.protocol not in _DELIVERED:
        return None
    message = publication.message
    if subscription.filter is not None and not subscription.filter.accepts(message.text, message.attributes):
        return None
    if subscription.protocol == "sqs":
        target, request = _to_queue(subscription.endpoint, publication, subscription, trace_id)
    elif subscription.protocol in {"http", "https"}:
        return _to_endpoint(publication, subscription, trace_id)
    else:
        target = Target("lambda", "Invoke", _scope_of(subscription.endpoint), trace_id)
        request = {
            "FunctionName": subscription.endpoint,
            "InvocationType": "Event",
            "Payload": function_event(publication, subscription),
        }
    if not subscription.dead_letter_arn:
        return Delivery(target, request, _PLAIN)
    letter_target, letter = _to_queue(subscription.dead_letter_arn, publication, subscription, trace_id)
    return Delivery(
        target, request, Policy(ATTEMPTS, _BACKOFF, _AGE_SECONDS, dead_letter=DeadLetter(letter_target, letter))
    )


def _to_endpoint(publication: Publication, subscription: Subscription, trace_id: str) -> Delivery:
    topic, dead_letter = publication.topic, None
    if subscription.dead_letter_arn:
        dead_letter = DeadLetter(*_to_queue(subscription.dead_letter_arn, publication, subscription, trace_id))
    own_policy = subscription.attributes.get("DeliveryPolicy", "")
    return Delivery(
        Target("sns", POST, topic.scope, trace_id),
        post_request(publication, subscription),
        retry_policy(topic.attributes.get("DeliveryPolicy", ""), own_policy, dead_letter),
    )


def _to_queue(
    queue_arn: str, publication: Publication, subscription: Subscription, trace_id: str
) -> tuple[Target, dict[str, Any]]:
    """The call that puts a publication into a queue: raw, or as a notification."""
    scope = _scope_of(queue_arn)
    message = publication.message
    name = queue_arn.rsplit(":", 1)[1]
    request: dict[str, Any] = {"QueueUrl": f"{publication.endpoint}/{scope.account}/{name}"}
    if subscription.is_raw:
        request["MessageBody"] = message.text_for(subscription.protocol)
        if message.attributes:
            request["MessageAttributes"] = message.attributes
    else:
        request["MessageBody"] = notification(publication, subscription)
    if message.group_id is not None:
        request["MessageGroupId"] = message.group_id
        if name.endswith(".fifo"):
            request["MessageDeduplicationId"] = publication.deduplication_id
    if trace_id:
        request["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": trace_id}}
    return Target("sqs", "SendMessage", scope), request


def _scope_of(arn: str) -> Scope:
    found = find_arn(arn)
    assert found is not None, "endpoints are checked when they are subscribed"
    return found.scope
