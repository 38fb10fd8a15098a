"""What HTTP endpoints are sent: the request for a confirmation, and notifications.

AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from typing import Any
from urllib.parse import quote

import msgspec

from serein.kernel.database import Delivery, Target
from serein.kernel.ids import new_uuid
from serein.services.sns.envelopes import Publication, notification, timestamp_of
from serein.services.sns.retries import content_type, retry_policy
from serein.services.sns.subscriptions import Subscription
from serein.services.sns.topics import Topic

POST = "PostToEndpoint"


def confirmation(topic: Topic, subscription_arn: str, url: str, token: str, endpoint: str, now: float) -> Delivery:
    """The message that asks an endpoint whether it wants its subscription. `endpoint` is this platform's."""
    message_id = new_uuid()
    members = {
        "Type": "SubscriptionConfirmation",
        "MessageId": message_id,
        "Token": token,
        "TopicArn": topic.arn,
        "Message": f"You have chosen to subscribe to the topic {topic.arn}.\n"
        "To confirm the subscription, visit the SubscribeURL included in this message.",
        "SubscribeURL": f"{endpoint}/?Action=ConfirmSubscription&TopicArn={quote(topic.arn, safe=':')}&Token={token}"
        "&Version=2010-03-31",
        "Timestamp": timestamp_of(now),
    }
    policy = topic.attributes.get("DeliveryPolicy", "")
    headers = _headers("SubscriptionConfirmation", message_id, topic.arn, content_type(policy, ""))
    request = _request(url, headers, msgspec.json.format(msgspec.json.encode(members), indent=2).decode())
    return Delivery(Target("sns", POST, topic.scope), request, retry_policy(policy, ""))


def post_request(publication: Publication, subscription: Subscription) -> dict[str, Any]:
    """The call that sends a publication to a subscriber's endpoint: raw, or as a notification."""
    topic, message = publication.topic, publication.message
    policies = (topic.attributes.get("DeliveryPolicy", ""), subscription.attributes.get("DeliveryPolicy", ""))
    headers = _headers("Notification", publication.message_id, topic.arn, content_type(*policies))
    headers["x-amz-sns-subscription-arn"] = subscription.arn
    if subscription.is_raw:
        headers["x-amz-sns-rawdelivery"] = "true"
        return _request(subscription.endpoint, headers, message.text_for(subscription.protocol))
    return _request(subscription.endpoint, headers, notification(publication, subscription))


def _headers(kind: str, message_id: str, topic_arn: str, media_type: str) -> dict[str, str]:
    return {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": topic_arn,
        "content-type": media_type,
        "user-agent": "Amazon Simple Notification Service Agent",
    }


def _request(url: str, headers: dict[str, str], body: str) -> dict[str, Any]:
    return {"Url": url, "Headers": headers, "Body": body}
