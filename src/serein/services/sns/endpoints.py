"""What HTTP endpoints are sent: the request for a confirmation, and notifications.

AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
"""

from typing import Any
from urllib.parse import quote

import msgspec

from serein.kernel.database import Delivery, Target
from serein.kernel.ids import new_uuid
from serein.services.sns.envelopes import notification, timestamp_of
from serein.services.sns.retries import content_type, retry_policy
from serein.services.sns.signing import Signer
from serein.services.sns.subscriptions import Subscription
from serein.services.sns.topics import Topic

POST = "PostToEndpoint"
Members = dict[str, str]
_ASKED = (
    "You have chosen to subscribe to the topic {}.\n"
    "To confirm the subscription, visit the SubscribeURL included in this message."
)

_ENDED = (
    "You have chosen to deactivate subscription {}.\n"
    "To cancel this operation and restore the subscription, visit the SubscribeURL included in this message."
)


def confirmation_members(topic: Topic, token: str, endpoint: str, now: float, signer: Signer) -> Members:
    """The message that asks whether somebody wants a subscription. `endpoint` is this platform's."""
    return _members("SubscriptionConfirmation", _ASKED.format(topic.arn), topic, token, (endpoint, now, signer))


def confirmation(topic: Topic, url: str, members: Members) -> Delivery:
    """The confirmation as it is sent to an HTTP endpoint."""
    return _told(topic, url, members, "")


def cancellation(
    topic: Topic, subscription: Subscription, token: str, endpoint: str, now: float, signer: Signer
) -> Delivery:
    """What an HTTP endpoint is sent whose subscription ended: AWS gives it up without a dead letter."""
    text = _ENDED.format(subscription.arn)
    members = _members("UnsubscribeConfirmation", text, topic, token, (endpoint, now, signer))
    return _told(topic, subscription.endpoint, members, subscription.arn)


def _members(kind: str, text: str, topic: Topic, token: str, made: tuple[str, float, Signer]) -> Members:
    endpoint, now, signer = made
    members = {
        "Type": kind,
        "MessageId": new_uuid(),
        "Token": token,
        "TopicArn": topic.arn,
        "Message": text,
        "SubscribeURL": f"{endpoint}/?Action=ConfirmSubscription&TopicArn={quote(topic.arn, safe=':')}&Token={token}",
        "Timestamp": timestamp_of(now),
    }
    version = topic.signature_version
    return {
        **members,
        "SignatureVersion": version,
        "Signature": signer.sign(members, version),
        "SigningCertURL": signer.certificate_url,
    }


def _told(topic: Topic, url: str, members: Members, subscription_arn: str) -> Delivery:
    policy = topic.attributes.get("DeliveryPolicy", "")
    headers = _headers(members["Type"], members["MessageId"], topic.arn, content_type(policy, ""))
    if subscription_arn:
        headers["x-amz-sns-subscription-arn"] = subscription_arn
    return Delivery(
        Target("sns", POST, topic.scope), _request(url, headers, text_of(members)), retry_policy(policy, "")
    )


def text_of(members: Members) -> str:
    return msgspec.json.format(msgspec.json.encode(members), indent=2).decode()


def post_request(packed: dict[str, Any], address: dict[str, Any]) -> dict[str, Any]:
    """The call that sends a publication to a subscriber's endpoint: raw, or as a notification."""
    headers = _headers("Notification", packed["MessageId"], packed["Topic"], address["ContentType"])
    headers["x-amz-sns-subscription-arn"] = address["Arn"]
    protocol = address["Protocol"]
    if address["IsRaw"]:
        headers["x-amz-sns-rawdelivery"] = "true"
        return _request(address["Endpoint"], headers, packed["Texts"][protocol])
    return _request(address["Endpoint"], headers, notification(packed, protocol, address["Arn"]))


def _headers(kind: str, message_id: str, topic_arn: str, media_type: str) -> dict[str, str]:
    return {
        "x-amz-sns-message-type": kind,
        "x-amz-sns-message-id": message_id,
        "x-amz-sns-topic-arn": topic_arn,
        "content-type": media_type,
        "accept-encoding": "gzip,deflate",
        "connection": "Keep-Alive",
        "user-agent": "Amazon Simple Notification Service Agent",
    }


def _request(url: str, headers: dict[str, str], body: str) -> dict[str, Any]:
    return {"Url": url, "Headers": headers, "Body": body}
