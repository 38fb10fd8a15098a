"""Queues, topics, streams and what belongs to them, as they are."""

from typing import Any

from serein.kernel.resource import Properties
from serein.services.cloudformation.live.looking import LiveType, Look, document, own_tags, picked, tag_list, with_tags

_NUMBERS = (
    "DelaySeconds",
    "KmsDataKeyReusePeriodSeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)
_FLAGS = ("ContentBasedDeduplication", "FifoQueue", "SqsManagedSseEnabled")
_TEXTS = ("DeduplicationScope", "FifoThroughputLimit", "KmsMasterKeyId")


async def _queue(look: Look, url: str) -> Properties | None:
    reply = await look.find("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["All"]})
    if reply is None:
        return None
    found: dict[str, str] = reply.get("Attributes", {})
    properties: Properties = {name: int(found[name]) for name in _NUMBERS if name in found}
    properties |= {name: found[name] == "true" for name in _FLAGS if name in found}
    properties |= picked(found, _TEXTS)
    properties |= {name: document(found[name]) for name in ("RedrivePolicy", "RedriveAllowPolicy") if found.get(name)}
    properties["QueueName"] = found["QueueArn"].rpartition(":")[2]
    tags = await look.call("sqs", "ListQueueTags", {"QueueUrl": url})
    return with_tags(properties, tag_list(tags.get("Tags")))


async def _queues(look: Look) -> list[str]:
    return await look.all("sqs", "ListQueues", "QueueUrls", ("NextToken", "NextToken"), {"MaxResults": 1000})


async def _queue_inline_policy(look: Look, url: str) -> Properties | None:
    reply = await look.find("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["Policy"]})
    policy = (reply or {}).get("Attributes", {}).get("Policy")
    return {"Queue": url, "PolicyDocument": document(policy)} if policy else None


_TOPIC_FLAGS = ("FifoTopic", "ContentBasedDeduplication")
_TOPIC_DOCUMENTS = ("ArchivePolicy", "DataProtectionPolicy")
_TOPIC_TEXTS = ("DisplayName", "KmsMasterKeyId", "SignatureVersion", "TracingConfig", "FifoThroughputScope")


async def _topic(look: Look, arn: str) -> Properties | None:
    reply = await look.find("sns", "GetTopicAttributes", {"TopicArn": arn})
    if reply is None:
        return None
    found: dict[str, str] = reply["Attributes"]
    properties = picked(found, _TOPIC_TEXTS) | {name: True for name in _TOPIC_FLAGS if found.get(name) == "true"}
    for name in _TOPIC_DOCUMENTS:
        if found.get(name):
            properties[name] = document(found[name])
    properties["TopicName"] = arn.rpartition(":")[2]
    subscriptions = await look.all(
        "sns", "ListSubscriptionsByTopic", "Subscriptions", ("NextToken", "NextToken"), {"TopicArn": arn}
    )
    if subscriptions:
        properties["Subscription"] = [{"Protocol": it["Protocol"], "Endpoint": it["Endpoint"]} for it in subscriptions]
    tags = await look.call("sns", "ListTagsForResource", {"ResourceArn": arn})
    return with_tags(properties, own_tags(tags.get("Tags")))


async def _topics(look: Look) -> list[str]:
    return [it["TopicArn"] for it in await look.all("sns", "ListTopics", "Topics", ("NextToken", "NextToken"))]


_SUBSCRIPTION_DOCUMENTS = ("DeliveryPolicy", "FilterPolicy", "RedrivePolicy", "ReplayPolicy")
_SUBSCRIPTION_TEXTS = ("Endpoint", "FilterPolicyScope", "Protocol", "SubscriptionRoleArn", "TopicArn")


async def _subscription(look: Look, arn: str) -> Properties | None:
    reply = await look.find("sns", "GetSubscriptionAttributes", {"SubscriptionArn": arn})
    if reply is None:
        return None
    found: dict[str, str] = reply["Attributes"]
    properties = picked(found, _SUBSCRIPTION_TEXTS)
    properties |= {name: document(found[name]) for name in _SUBSCRIPTION_DOCUMENTS if found.get(name)}
    if "RawMessageDelivery" in found:
        properties["RawMessageDelivery"] = found["RawMessageDelivery"] == "true"
    return properties


async def _subscriptions(look: Look) -> list[str]:
    found = await look.all("sns", "ListSubscriptions", "Subscriptions", ("NextToken", "NextToken"))
    return [it["SubscriptionArn"] for it in found if it["SubscriptionArn"].startswith("arn:")]


async def _topic_inline_policy(look: Look, arn: str) -> Properties | None:
    reply = await look.find("sns", "GetTopicAttributes", {"TopicArn": arn})
    policy = reply["Attributes"].get("Policy") if reply else None
    return {"TopicArn": arn, "PolicyDocument": document(policy)} if policy else None


async def _stream(look: Look, name: str) -> Properties | None:
    reply = await look.find("kinesis", "DescribeStreamSummary", {"StreamName": name})
    if reply is None:
        return None
    found: dict[str, Any] = reply["StreamDescriptionSummary"]
    properties: Properties = {"Name": found["StreamName"], "RetentionPeriodHours": found["RetentionPeriodHours"]}
    mode = found.get("StreamModeDetails", {}).get("StreamMode", "PROVISIONED")
    properties["StreamModeDetails"] = {"StreamMode": mode}
    if mode == "PROVISIONED":
        properties["ShardCount"] = found["OpenShardCount"]
    if found.get("EncryptionType", "NONE") != "NONE":
        properties["StreamEncryption"] = {"EncryptionType": found["EncryptionType"], "KeyId": found.get("KeyId", "")}
    tags = await look.call("kinesis", "ListTagsForStream", {"StreamName": name})
    return with_tags(properties, own_tags(tags.get("Tags")))


async def _streams(look: Look) -> list[str]:
    return await look.all("kinesis", "ListStreams", "StreamNames", ("NextToken", "NextToken"))


TYPES = (
    LiveType(
        "AWS::SQS::Queue",
        frozenset((*_NUMBERS, *_FLAGS, *_TEXTS, "RedrivePolicy", "RedriveAllowPolicy", "QueueName", "Tags")),
        _queue,
        _queues,
    ),
    LiveType("AWS::SQS::QueueInlinePolicy", frozenset(("Queue", "PolicyDocument")), _queue_inline_policy),
    LiveType(
        "AWS::SNS::Topic",
        frozenset((*_TOPIC_FLAGS, *_TOPIC_TEXTS, *_TOPIC_DOCUMENTS, "TopicName", "Subscription", "Tags")),
        _topic,
        _topics,
    ),
    LiveType(
        "AWS::SNS::Subscription",
        frozenset((*_SUBSCRIPTION_TEXTS, *_SUBSCRIPTION_DOCUMENTS, "RawMessageDelivery")),
        _subscription,
        _subscriptions,
    ),
    LiveType("AWS::SNS::TopicInlinePolicy", frozenset(("TopicArn", "PolicyDocument")), _topic_inline_policy),
    LiveType(
        "AWS::Kinesis::Stream",
        frozenset(("Name", "RetentionPeriodHours", "StreamModeDetails", "ShardCount", "StreamEncryption", "Tags")),
        _stream,
        _streams,
    ),
)
