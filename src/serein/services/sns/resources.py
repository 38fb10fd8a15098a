"""SNS's CloudFormation types, written as calls."""

import json
from contextlib import suppress
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.resource import AlreadyExists, Deployment, Made, Properties, resource
from serein.services.sns.errors import NotFound

_TEXTS = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig", "FifoThroughputScope")
_FLAGS = ("ContentBasedDeduplication",)
_DOCUMENTS = ("ArchivePolicy",)
_DEFAULTS = {"SignatureVersion": "1", "TracingConfig": "PassThrough", "FifoThroughputScope": "Topic"}
_LOGGED = {
    "http/s": "HTTP",
    "sqs": "SQS",
    "lambda": "Lambda",
    "firehose": "Firehose",
    "application": "Application",
}
_LOGGING = ("SuccessFeedbackRoleArn", "SuccessFeedbackSampleRate", "FailureFeedbackRoleArn")
_SUBSCRIPTION_ATTRIBUTES = (
    "DeliveryPolicy",
    "FilterPolicy",
    "FilterPolicyScope",
    "RawMessageDelivery",
    "RedrivePolicy",
    "ReplayPolicy",
    "SubscriptionRoleArn",
)


@resource("AWS::SNS::Topic")
class Topic:
    """Its physical id, and what Ref answers, is the topic's ARN."""

    properties = frozenset(
        {
            *_TEXTS,
            *_FLAGS,
            *_DOCUMENTS,
            "DataProtectionPolicy",
            "DeliveryStatusLogging",
            "FifoTopic",
            "MaximumMessageSize",
            "Subscription",
            "Tags",
            "TopicName",
        }
    )
    replaced_by = frozenset({"TopicName", "FifoTopic"})
    stored = frozenset({"DataProtectionPolicy", "DisplayName", "KmsMasterKeyId", "MaximumMessageSize", "TracingConfig"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        is_fifo = _text(properties.get("FifoTopic", "false")) == "true"
        if "TopicName" in properties:
            await _require_new(deployment, properties["TopicName"])
        name = properties.get("TopicName") or deployment.physical_name(256, suffix=".fifo" if is_fifo else "")
        request: dict[str, Any] = {
            "Name": name,
            "Attributes": _attributes(properties) | ({"FifoTopic": "true"} if is_fifo else {}),
            "Tags": _tags(deployment, properties),
        }
        if "DataProtectionPolicy" in properties:
            request["DataProtectionPolicy"] = _text(properties["DataProtectionPolicy"])
        arn = (await deployment.call("sns", "CreateTopic", request))["TopicArn"]
        await deployment.begun(arn)
        for subscription in properties.get("Subscription") or ():
            await _subscribe(deployment, {**subscription, "TopicArn": arn})
        return _made_topic(arn)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        before, after = _attributes(old), _attributes(new)
        for name in before.keys() | after.keys():
            value = after.get(name, _DEFAULTS.get(name, "false" if name in _FLAGS else ""))
            if before.get(name) != value:
                await deployment.call(
                    "sns",
                    "SetTopicAttributes",
                    {"TopicArn": physical_id, "AttributeName": name, "AttributeValue": value},
                )
        if old.get("DataProtectionPolicy") != new.get("DataProtectionPolicy"):
            policy = _text(new.get("DataProtectionPolicy", ""))
            await deployment.call(
                "sns", "PutDataProtectionPolicy", {"ResourceArn": physical_id, "DataProtectionPolicy": policy}
            )
        await _resubscribe(deployment, physical_id, old, new)
        gone = sorted({tag["Key"] for tag in old.get("Tags") or ()} - {tag["Key"] for tag in new.get("Tags") or ()})
        if gone:
            await deployment.call("sns", "UntagResource", {"ResourceArn": physical_id, "TagKeys": gone})
        tags = _tags(deployment, new)
        if tags:
            await deployment.call("sns", "TagResource", {"ResourceArn": physical_id, "Tags": tags})
        return _made_topic(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        if "ArchivePolicy" in properties:
            # AWS: a topic that has an archive can't be deleted.
            request = {"TopicArn": physical_id, "AttributeName": "ArchivePolicy", "AttributeValue": ""}
            with suppress(NotFound):
                await deployment.call("sns", "SetTopicAttributes", request)
        await deployment.call("sns", "DeleteTopic", {"TopicArn": physical_id})


@resource("AWS::SNS::Subscription")
class Subscription:
    """Its physical id, and what Ref answers, is the subscription's ARN."""

    properties = frozenset({*_SUBSCRIPTION_ATTRIBUTES, "Endpoint", "Protocol", "Region", "TopicArn"})
    replaced_by = frozenset({"Endpoint", "Protocol", "TopicArn"})
    stored = frozenset({"Region", "SubscriptionRoleArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        arn = await _subscribe(deployment, properties)
        return Made(arn, {"Arn": arn})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        for name in _SUBSCRIPTION_ATTRIBUTES:
            if old.get(name) == new.get(name):
                continue
            default = "false" if name == "RawMessageDelivery" else ""
            await deployment.call(
                "sns",
                "SetSubscriptionAttributes",
                {
                    "SubscriptionArn": physical_id,
                    "AttributeName": name,
                    "AttributeValue": _text(new[name]) if name in new else default,
                },
            )
        return Made(physical_id, {"Arn": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await deployment.call("sns", "Unsubscribe", {"SubscriptionArn": physical_id})


@resource("AWS::SNS::TopicPolicy")
class TopicPolicy:
    """One policy for several topics."""

    properties = frozenset({"PolicyDocument", "Topics"})
    replaced_by: frozenset[str] = frozenset()
    stored = frozenset({"PolicyDocument"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name, text = deployment.physical_name(), _text(properties["PolicyDocument"])
        for arn in properties["Topics"]:
            await _set_policy(deployment, arn, text)
            await deployment.begun(name)
        return Made(name, {"Id": name})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        for arn in old["Topics"]:
            if arn not in new["Topics"]:
                await _set_policy(deployment, arn, "")
        for arn in new["Topics"]:
            await _set_policy(deployment, arn, _text(new["PolicyDocument"]))
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        for arn in properties["Topics"]:
            await _set_policy(deployment, arn, "")


@resource("AWS::SNS::TopicInlinePolicy")
class TopicInlinePolicy:
    """The policy of one topic; its physical id is the topic's ARN."""

    properties = frozenset({"PolicyDocument", "TopicArn"})
    replaced_by = frozenset({"TopicArn"})
    stored = frozenset({"PolicyDocument"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        await _set_policy(deployment, properties["TopicArn"], _text(properties["PolicyDocument"]))
        return Made(properties["TopicArn"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _set_policy(deployment, properties["TopicArn"], "")


async def _require_new(deployment: Deployment, name: str) -> None:
    """CreateTopic accepts a topic that is there; a template that names it does not make it its own."""
    if deployment.has_called("sns", "CreateTopic"):
        return
    arn = arn_of("sns", deployment.scope, name)
    try:
        await deployment.call("sns", "GetTopicAttributes", {"TopicArn": arn})
    except NotFound:
        return
    raise AlreadyExists("AWS::SNS::Topic", arn)


async def _subscribe(deployment: Deployment, properties: Properties) -> str:
    attributes = {name: _text(properties[name]) for name in _SUBSCRIPTION_ATTRIBUTES if name in properties}
    request = {
        "TopicArn": properties["TopicArn"],
        "Protocol": properties["Protocol"],
        "Endpoint": properties["Endpoint"],
        "Attributes": attributes,
        "ReturnSubscriptionArn": True,
    }
    return str((await deployment.call("sns", "Subscribe", request))["SubscriptionArn"])


async def _resubscribe(deployment: Deployment, topic_arn: str, old: Properties, new: Properties) -> None:
    """Bring the subscriptions that a topic's own template lists up to date."""
    before = {(item["Protocol"], item["Endpoint"]) for item in old.get("Subscription") or ()}
    after = {(item["Protocol"], item["Endpoint"]) for item in new.get("Subscription") or ()}
    gone = before - after
    if gone:
        listed = await deployment.call("sns", "ListSubscriptionsByTopic", {"TopicArn": topic_arn})
        for found in listed["Subscriptions"]:
            if (found["Protocol"], found["Endpoint"]) in gone and found["SubscriptionArn"].startswith("arn:"):
                await deployment.call("sns", "Unsubscribe", {"SubscriptionArn": found["SubscriptionArn"]})
    for protocol, endpoint in sorted(after - before):
        await _subscribe(deployment, {"TopicArn": topic_arn, "Protocol": protocol, "Endpoint": endpoint})


async def _set_policy(deployment: Deployment, arn: str, text: str) -> None:
    """Set the policy of a topic; with an empty one it gets the default back, and a topic that is gone is no error."""
    request = {"TopicArn": arn, "AttributeName": "Policy", "AttributeValue": text}
    try:
        await deployment.call("sns", "SetTopicAttributes", request)
    except NotFound:
        if text:
            raise


def _made_topic(arn: str) -> Made:
    return Made(arn, {"TopicArn": arn, "TopicName": arn.rsplit(":", 1)[1]})


def _attributes(properties: Properties) -> dict[str, str]:
    names = (*_TEXTS, *_FLAGS, *_DOCUMENTS)
    attributes = {name: _text(properties[name]) for name in names if name in properties}
    # AWS: a template may say so of a standard topic; the API knows the attribute for FIFO topics only.
    if _text(properties.get("FifoTopic", "false")) != "true" and attributes.get("ContentBasedDeduplication") == "false":
        del attributes["ContentBasedDeduplication"]
    for logging in properties.get("DeliveryStatusLogging") or ():
        prefix = _LOGGED[str(logging["Protocol"]).lower()]
        attributes |= {f"{prefix}{name}": _text(logging[name]) for name in _LOGGING if name in logging}
    return attributes


def _tags(deployment: Deployment, properties: Properties) -> list[dict[str, str]]:
    tags = deployment.tags | {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or ()}
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def _text(value: Any) -> str:
    """A property's value as the API wants it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
