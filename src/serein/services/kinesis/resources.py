"""Kinesis's CloudFormation types, written as calls."""

import json
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.kinesis.errors import InvalidArgumentException, ResourceNotFoundException
from serein.services.kinesis.streams import (
    DEFAULT_RECORD_KIB,
    DEFAULT_RETENTION_HOURS,
    ON_DEMAND,
    PROVISIONED,
    USER_PARTITION_KEY,
)

_LONGEST_NAME = 128
_POLL_SECONDS = 1.0
_DEFAULT_SHARDS = 1


@resource("AWS::Kinesis::Stream")
class StreamResource:
    """Its physical id, and what Ref answers, is the stream's name."""

    properties = frozenset(
        {
            "DesiredShardLevelMetrics",
            "MaxRecordSizeInKiB",
            "Name",
            "RecordDistributionStrategy",
            "RetentionPeriodHours",
            "ShardCount",
            "StreamEncryption",
            "StreamModeDetails",
            "Tags",
            "WarmThroughputMiBps",
        }
    )
    replaced_by = frozenset({"Name"})
    stored = frozenset({"DesiredShardLevelMetrics", "StreamEncryption", "WarmThroughputMiBps"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("Name") or deployment.physical_name(_LONGEST_NAME)
        mode = _mode(properties)
        request: dict[str, Any] = {"StreamName": name, "StreamModeDetails": {"StreamMode": mode}}
        if mode == PROVISIONED:
            request["ShardCount"] = int(properties.get("ShardCount", _DEFAULT_SHARDS))
        for key in ("MaxRecordSizeInKiB", "WarmThroughputMiBps"):
            if key in properties:
                request[key] = int(properties[key])
        if "RecordDistributionStrategy" in properties:
            request["RecordDistributionStrategy"] = properties["RecordDistributionStrategy"]
        tags = _tags(deployment, properties)
        if tags:
            request["Tags"] = tags
        await deployment.call("kinesis", "CreateStream", request)
        await deployment.begun(name)
        place = _Place(deployment, name)
        await place.settled()
        await _set_retention(place, {}, properties)
        await _set_encryption(place, {}, properties)
        await _set_metrics(place, {}, properties)
        return await place.made()

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        place = _Place(deployment, physical_id)
        await _set_capacity(place, old, new)
        size = int(new.get("MaxRecordSizeInKiB", DEFAULT_RECORD_KIB))
        if size != int(old.get("MaxRecordSizeInKiB", DEFAULT_RECORD_KIB)):
            await place.change("UpdateMaxRecordSize", MaxRecordSizeInKiB=size)
        await _set_retention(place, old, new)
        await _set_encryption(place, old, new)
        await _set_metrics(place, old, new)
        await _retag(place, old, new)
        return await place.made()

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        place = _Place(deployment, physical_id)
        try:
            await place.call("DeleteStream", EnforceConsumerDeletion=True)
            while True:
                await place.call("DescribeStreamSummary")
                await deployment.sleep(_POLL_SECONDS)
        except ResourceNotFoundException:
            return


@resource("AWS::Kinesis::StreamConsumer")
class StreamConsumerResource:
    """Its physical id, and what Ref answers, is the consumer's ARN."""

    properties = frozenset({"ConsumerName", "StreamARN", "Tags"})
    replaced_by = frozenset({"ConsumerName", "StreamARN", "Tags"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {"ConsumerName": properties["ConsumerName"], "StreamARN": properties["StreamARN"]}
        tags = _tags(deployment, properties)
        made = await deployment.call("kinesis", "RegisterStreamConsumer", request | ({"Tags": tags} if tags else {}))
        await deployment.begun(made["Consumer"]["ConsumerARN"])
        return await _consumer_made(deployment, made["Consumer"]["ConsumerARN"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        gone = [key for key in _own_tags(old) if key not in _own_tags(new)]
        if gone:
            await deployment.call("kinesis", "UntagResource", {"ResourceARN": physical_id, "TagKeys": gone})
        tags = _tags(deployment, new)
        if tags:
            await deployment.call("kinesis", "TagResource", {"ResourceARN": physical_id, "Tags": tags})
        return await _consumer_made(deployment, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("kinesis", "DeregisterStreamConsumer", {"ConsumerARN": physical_id})
            while True:
                await deployment.call("kinesis", "DescribeStreamConsumer", {"ConsumerARN": physical_id})
                await deployment.sleep(_POLL_SECONDS)
        except ResourceNotFoundException:
            return


@resource("AWS::Kinesis::ResourcePolicy")
class ResourcePolicyResource:
    """Its physical id, and what Ref answers, is the ARN of the stream or the consumer."""

    properties = frozenset({"ResourceArn", "ResourcePolicy"})
    replaced_by = frozenset({"ResourceArn"})
    stored = frozenset({"ResourcePolicy"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        policy = properties["ResourcePolicy"]
        request = {
            "ResourceARN": properties["ResourceArn"],
            "Policy": policy if isinstance(policy, str) else json.dumps(policy),
        }
        await deployment.call("kinesis", "PutResourcePolicy", request)
        return Made(properties["ResourceArn"])

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("kinesis", "DeleteResourcePolicy", {"ResourceARN": physical_id})
        except ResourceNotFoundException:
            return


class _Place:
    """A stream in the hands of a deployment."""

    def __init__(self, deployment: Deployment, name: str) -> None:
        self.deployment = deployment
        self.name = name

    async def call(self, operation: str, **request: Any) -> dict[str, Any]:
        return await self.deployment.call("kinesis", operation, {"StreamName": self.name, **request})

    async def change(self, operation: str, **request: Any) -> None:
        """Change the stream and wait until that is done. Why by ARN: some operations know no names."""
        arn = (await self.settled())["StreamARN"]
        await self.deployment.call("kinesis", operation, {"StreamARN": arn, **request})
        await self.settled()

    async def settled(self) -> dict[str, Any]:
        """The stream's summary once it is ACTIVE."""
        while True:
            summary: dict[str, Any] = (await self.call("DescribeStreamSummary"))["StreamDescriptionSummary"]
            if summary["StreamStatus"] == "ACTIVE":
                return summary
            await self.deployment.sleep(_POLL_SECONDS)

    async def made(self) -> Made:
        summary = await self.settled()
        attributes: dict[str, Any] = {"Arn": summary["StreamARN"]}
        warm = summary.get("WarmThroughput")
        if warm is not None:
            attributes["WarmThroughputObject"] = warm
            attributes |= {f"WarmThroughputObject.{key}": value for key, value in warm.items()}
        return Made(self.name, attributes)


async def _set_capacity(place: _Place, old: Properties, new: Properties) -> None:
    before, mode = _mode(old), _mode(new)
    strategy, strategy_before = _strategy(new), _strategy(old)
    if strategy != strategy_before and mode == PROVISIONED:
        await place.change("UpdateStreamRecordDistributionStrategy", RecordDistributionStrategy=strategy)
    if before != mode:
        warm = {"WarmThroughputMiBps": int(new["WarmThroughputMiBps"])} if "WarmThroughputMiBps" in new else {}
        await place.change("UpdateStreamMode", StreamModeDetails={"StreamMode": mode}, **warm)
    elif mode == ON_DEMAND and new.get("WarmThroughputMiBps") != old.get("WarmThroughputMiBps"):
        await place.change("UpdateStreamWarmThroughput", WarmThroughputMiBps=int(new.get("WarmThroughputMiBps", 0)))
    if strategy != strategy_before and mode == ON_DEMAND:
        await place.change("UpdateStreamRecordDistributionStrategy", RecordDistributionStrategy=strategy)
    if mode == PROVISIONED:
        count = int(new.get("ShardCount", _DEFAULT_SHARDS))
        if (await place.settled())["OpenShardCount"] != count:
            await place.change("UpdateShardCount", TargetShardCount=count, ScalingType="UNIFORM_SCALING")


async def _set_retention(place: _Place, old: Properties, new: Properties) -> None:
    before = int(old.get("RetentionPeriodHours", DEFAULT_RETENTION_HOURS))
    hours = int(new.get("RetentionPeriodHours", DEFAULT_RETENTION_HOURS))
    if hours != before:
        operation = "IncreaseStreamRetentionPeriod" if hours > before else "DecreaseStreamRetentionPeriod"
        await place.change(operation, RetentionPeriodHours=hours)


async def _set_encryption(place: _Place, old: Properties, new: Properties) -> None:
    before, wanted = old.get("StreamEncryption"), new.get("StreamEncryption")
    if wanted == before:
        return
    if wanted:
        await place.change("StartStreamEncryption", EncryptionType=wanted["EncryptionType"], KeyId=wanted["KeyId"])
    elif before:
        await place.change("StopStreamEncryption", EncryptionType=before["EncryptionType"], KeyId=before["KeyId"])


async def _set_metrics(place: _Place, old: Properties, new: Properties) -> None:
    before, wanted = set(old.get("DesiredShardLevelMetrics") or ()), set(new.get("DesiredShardLevelMetrics") or ())
    if before - wanted:
        await place.change("DisableEnhancedMonitoring", ShardLevelMetrics=sorted(before - wanted))
    if wanted - before:
        await place.change("EnableEnhancedMonitoring", ShardLevelMetrics=sorted(wanted - before))


async def _retag(place: _Place, old: Properties, new: Properties) -> None:
    gone = [key for key in _own_tags(old) if key not in _own_tags(new)]
    if gone:
        await place.call("RemoveTagsFromStream", TagKeys=gone)
    tags = _tags(place.deployment, new)
    if tags:
        await place.call("AddTagsToStream", Tags=tags)


async def _consumer_made(deployment: Deployment, arn: str) -> Made:
    while True:
        reply = await deployment.call("kinesis", "DescribeStreamConsumer", {"ConsumerARN": arn})
        found = reply["ConsumerDescription"]
        if found["ConsumerStatus"] == "ACTIVE":
            break
        await deployment.sleep(_POLL_SECONDS)
    names = ("ConsumerARN", "ConsumerCreationTimestamp", "ConsumerName", "ConsumerStatus", "StreamARN")
    attributes = {name: found[name] for name in names}
    attributes["ConsumerCreationTimestamp"] = str(int(found["ConsumerCreationTimestamp"]))
    return Made(arn, attributes)


def _mode(properties: Properties) -> str:
    mode: str = (properties.get("StreamModeDetails") or {}).get("StreamMode", PROVISIONED)
    if mode == ON_DEMAND and "ShardCount" in properties:
        raise InvalidArgumentException("ShardCount can't be specified for a stream in ON_DEMAND mode.")
    return mode


def _strategy(properties: Properties) -> str:
    strategy: str = properties.get("RecordDistributionStrategy", USER_PARTITION_KEY)
    return strategy


def _tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    return deployment.tags | _own_tags(properties)


def _own_tags(properties: Properties) -> dict[str, str]:
    return {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or ()}
