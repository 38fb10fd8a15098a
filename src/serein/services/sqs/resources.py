"""SQS's CloudFormation types, written as calls."""

import json
from typing import Any

from serein.kernel.resource import AlreadyExists, Deployment, Made, Properties, resource
from serein.services.sqs.errors import QueueDoesNotExist

_DEFAULTS = {
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "DelaySeconds": "0",
    "FifoThroughputLimit": "perQueue",
    "KmsDataKeyReusePeriodSeconds": "300",
    "KmsMasterKeyId": "",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "RedriveAllowPolicy": "",
    "RedrivePolicy": "",
    "SqsManagedSseEnabled": "true",
    "VisibilityTimeout": "30",
}
_ATTRIBUTES = frozenset(_DEFAULTS) | {"FifoQueue"}
_LONGEST_NAME = 80


@resource("AWS::SQS::Queue")
class Queue:
    """Its physical id, and what Ref answers, is the queue's URL."""

    properties = _ATTRIBUTES | {"QueueName", "Tags"}
    replaced_by = frozenset({"QueueName", "FifoQueue"})
    stored = frozenset({"KmsDataKeyReusePeriodSeconds", "KmsMasterKeyId", "SqsManagedSseEnabled"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        is_fifo = _text(properties.get("FifoQueue", "")) == "true"
        name = properties.get("QueueName") or deployment.physical_name(_LONGEST_NAME, suffix=".fifo" if is_fifo else "")
        attributes = {key: _text(value) for key, value in properties.items() if key in _ATTRIBUTES}
        if not is_fifo:
            # AWS: a template may say that a queue is no FIFO queue; the API knows no such value.
            attributes.pop("FifoQueue", None)
            if attributes.get("ContentBasedDeduplication") == "false":
                del attributes["ContentBasedDeduplication"]
        if "QueueName" in properties:
            await _require_new(deployment, name)
        made = await deployment.call(
            "sqs",
            "CreateQueue",
            {"QueueName": name, "Attributes": attributes, "tags": _tags(deployment, properties)},
        )
        await deployment.begun(made["QueueUrl"])
        return await _made(deployment, made["QueueUrl"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        changed = {
            key: _text(new[key]) if key in new else _DEFAULTS[key]
            for key in _DEFAULTS
            if (key in old or key in new) and old.get(key) != new.get(key)
        }
        if changed:
            await deployment.call("sqs", "SetQueueAttributes", {"QueueUrl": physical_id, "Attributes": changed})
        await _retag(deployment, physical_id, old, new)
        return await _made(deployment, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("sqs", "DeleteQueue", {"QueueUrl": physical_id})
        except QueueDoesNotExist:
            return


@resource("AWS::SQS::QueuePolicy")
class QueuePolicy:
    """One policy for several queues."""

    properties = frozenset({"PolicyDocument", "Queues"})
    replaced_by: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name, text = deployment.physical_name(), _text(properties["PolicyDocument"])
        for url in properties["Queues"]:
            await _set_policy(deployment, url, text)
            await deployment.begun(name)
        return Made(name, {"Id": name})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        for url in old["Queues"]:
            if url not in new["Queues"]:
                await _set_policy(deployment, url, "")
        for url in new["Queues"]:
            await _set_policy(deployment, url, _text(new["PolicyDocument"]))
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        for url in properties["Queues"]:
            await _set_policy(deployment, url, "")


@resource("AWS::SQS::QueueInlinePolicy")
class QueueInlinePolicy:
    """The policy of one queue; its physical id is the queue's URL."""

    properties = frozenset({"PolicyDocument", "Queue"})
    replaced_by = frozenset({"Queue"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        await _set_policy(deployment, properties["Queue"], _text(properties["PolicyDocument"]))
        return Made(properties["Queue"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _set_policy(deployment, properties["Queue"], "")


async def _made(deployment: Deployment, url: str) -> Made:
    reply = await deployment.call("sqs", "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["QueueArn"]})
    arn = reply["Attributes"]["QueueArn"]
    return Made(url, {"Arn": arn, "QueueName": arn.rsplit(":", 1)[1], "QueueUrl": url})


async def _require_new(deployment: Deployment, name: str) -> None:
    """CreateQueue answers with an equal queue that is there; a template that names it does not make it its own."""
    if deployment.has_called("sqs", "CreateQueue"):
        return
    try:
        found = await deployment.call("sqs", "GetQueueUrl", {"QueueName": name})
    except QueueDoesNotExist:
        return
    raise AlreadyExists("AWS::SQS::Queue", found["QueueUrl"])


async def _set_policy(deployment: Deployment, url: str, text: str) -> None:
    """Set the policy of a queue; with an empty one, a queue that is gone is no error."""
    try:
        await deployment.call("sqs", "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": text}})
    except QueueDoesNotExist:
        if text:
            raise


async def _retag(deployment: Deployment, url: str, old: Properties, new: Properties) -> None:
    before, after = _own_tags(old), _tags(deployment, new)
    gone = [name for name in before if name not in after]
    if gone:
        await deployment.call("sqs", "UntagQueue", {"QueueUrl": url, "TagKeys": gone})
    if after:
        await deployment.call("sqs", "TagQueue", {"QueueUrl": url, "Tags": after})


def _tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    # AWS: it puts no tags of its own on queues, only those that were given to the stack.
    given = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
    return given | _own_tags(properties)


def _own_tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or ()}


def _text(value: Any) -> str:
    """A property's value as the API wants it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else str(value)
