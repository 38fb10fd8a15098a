"""AWS::DynamoDB::Table."""

from typing import Any

from serein.kernel.errors import AwsError, NotImplementedHere
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.resources.conversion import flag, global_indexes, numbers, sse, tags

_COPIED = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "BillingMode", "TableClass")
_NUMERIC = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")


@resource("AWS::DynamoDB::Table")
class TableResource:
    """A table, made and changed as its API would."""

    replaced_by = frozenset(("TableName", "KeySchema", "LocalSecondaryIndexes", "ImportSourceSpecification"))
    stored = frozenset(
        (
            "ContributorInsightsSpecification",
            "KinesisStreamSpecification",
            "OnDemandThroughput",
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "ResourcePolicy",
            "SSESpecification",
            "TableClass",
            "WarmThroughput",
        )
    )
    properties = frozenset(
        (
            "AttributeDefinitions",
            "BillingMode",
            "ContributorInsightsSpecification",
            "DeletionProtectionEnabled",
            "GlobalSecondaryIndexes",
            "ImportSourceSpecification",
            "KeySchema",
            "KinesisStreamSpecification",
            "LocalSecondaryIndexes",
            "OnDemandThroughput",
            "PointInTimeRecoverySpecification",
            "ProvisionedThroughput",
            "ResourcePolicy",
            "SSESpecification",
            "StreamSpecification",
            "TableClass",
            "TableName",
            "Tags",
            "TimeToLiveSpecification",
            "WarmThroughput",
        )
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        if "ImportSourceSpecification" in properties:
            raise NotImplementedHere("Serein does not implement ImportSourceSpecification of AWS::DynamoDB::Table yet")
        name = properties.get("TableName") or deployment.physical_name(255)
        request = {member: properties[member] for member in _COPIED if member in properties}
        request |= {member: numbers(properties[member]) for member in _NUMERIC if member in properties}
        request["TableName"] = name
        if "GlobalSecondaryIndexes" in properties:
            request["GlobalSecondaryIndexes"] = global_indexes(properties)
        if "StreamSpecification" in properties:
            request["StreamSpecification"] = _stream(properties)
        if "SSESpecification" in properties:
            request["SSESpecification"] = sse(properties["SSESpecification"])
        if "DeletionProtectionEnabled" in properties:
            request["DeletionProtectionEnabled"] = flag(properties["DeletionProtectionEnabled"])
        if given := tags(deployment, properties):
            request["Tags"] = given
        await deployment.call("dynamodb", "CreateTable", request)
        await _set_expiry(deployment, name, {}, properties)
        await _set_recovery(deployment, name, {}, properties)
        return await _made(deployment, name)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        for change in _changes(old, new):
            await deployment.call("dynamodb", "UpdateTable", {"TableName": physical_id, **change})
            if "GlobalSecondaryIndexUpdates" in change:
                await deployment.call("dynamodb", "FinishIndexes", {})
        await _set_expiry(deployment, physical_id, old, new)
        await _set_recovery(deployment, physical_id, old, new)
        made = await _made(deployment, physical_id)
        await _set_tags(deployment, made.attributes["Arn"], old, new)
        return made

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await deployment.call("dynamodb", "DeleteTable", {"TableName": physical_id})
        except AwsError as error:
            if error.code != ResourceNotFoundException.code:
                raise


async def _made(deployment: Deployment, name: str) -> Made:
    table = (await deployment.call("dynamodb", "DescribeTable", {"TableName": name}))["Table"]
    attributes = {"Arn": table["TableArn"], "TableId": table["TableId"]}
    if "StreamSpecification" in table:
        attributes["StreamArn"] = table["LatestStreamArn"]
    return Made(name, attributes)


def _stream(properties: Properties) -> dict[str, Any]:
    return {"StreamEnabled": True, "StreamViewType": properties["StreamSpecification"]["StreamViewType"]}


def _changes(old: Properties, new: Properties) -> list[dict[str, Any]]:
    """The UpdateTable requests that lead from the old properties to the new, in AWS's order."""
    changes: list[dict[str, Any]] = []
    changes += _billing_changes(old, new)
    changes += _stream_changes(old, new)
    settings: dict[str, Any] = {}
    if new.get("SSESpecification") != old.get("SSESpecification"):
        settings["SSESpecification"] = sse(new.get("SSESpecification", {"SSEEnabled": False}))
    if new.get("TableClass") != old.get("TableClass"):
        settings["TableClass"] = new.get("TableClass", "STANDARD")
    if new.get("DeletionProtectionEnabled") != old.get("DeletionProtectionEnabled"):
        settings["DeletionProtectionEnabled"] = flag(new.get("DeletionProtectionEnabled", False))
    for member in ("OnDemandThroughput", "WarmThroughput"):
        if member in new and new[member] != old.get(member):
            settings[member] = numbers(new[member])
    if settings:
        changes.append(settings)
    return changes + _index_changes(old, new)


def _billing_changes(old: Properties, new: Properties) -> list[dict[str, Any]]:
    throughput = new.get("ProvisionedThroughput")
    billing = new.get("BillingMode", "PROVISIONED")
    if billing == old.get("BillingMode", "PROVISIONED"):
        if throughput is None or numbers(throughput) == numbers(old.get("ProvisionedThroughput", {})):
            return []
        return [{"ProvisionedThroughput": numbers(throughput)}]
    change: dict[str, Any] = {"BillingMode": billing}
    if billing == "PROVISIONED":
        if throughput is not None:
            change["ProvisionedThroughput"] = numbers(throughput)
        kept = {index["IndexName"] for index in old.get("GlobalSecondaryIndexes", [])}
        updates = [
            {"Update": {"IndexName": index["IndexName"], "ProvisionedThroughput": index["ProvisionedThroughput"]}}
            for index in global_indexes(new)
            if index["IndexName"] in kept and "ProvisionedThroughput" in index
        ]
        if updates:
            change["GlobalSecondaryIndexUpdates"] = updates
    return [change]


def _stream_changes(old: Properties, new: Properties) -> list[dict[str, Any]]:
    if old.get("StreamSpecification") == new.get("StreamSpecification"):
        return []
    changes: list[dict[str, Any]] = []
    if "StreamSpecification" in old:
        changes.append({"StreamSpecification": {"StreamEnabled": False}})
    if "StreamSpecification" in new:
        changes.append({"StreamSpecification": _stream(new)})
    return changes


def _index_changes(old: Properties, new: Properties) -> list[dict[str, Any]]:
    """AWS: one index is created or deleted at a time, and one that exists can't get another key or projection."""
    had = {index["IndexName"]: index for index in global_indexes(old)}
    has = {index["IndexName"]: index for index in global_indexes(new)}
    updates: list[dict[str, Any]] = [{"Delete": {"IndexName": name}} for name in had if name not in has]
    for name, index in has.items():
        before = had.get(name)
        if before is None:
            updates.append({"Create": index})
            continue
        if (before["KeySchema"], before["Projection"]) != (index["KeySchema"], index["Projection"]):
            raise ValidationException(
                "Cannot update GSI's properties other than Provisioned Throughput and Contributor Insights "
                f"Specification. You can create a new GSI with a different name. ({name})"
            )
        throughput = index.get("ProvisionedThroughput")
        if throughput and throughput != before.get("ProvisionedThroughput") and "ProvisionedThroughput" in before:
            updates.append({"Update": {"IndexName": name, "ProvisionedThroughput": throughput}})
    definitions = new.get("AttributeDefinitions", [])
    return [{"AttributeDefinitions": definitions, "GlobalSecondaryIndexUpdates": [update]} for update in updates]


async def _set_expiry(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    before, after = old.get("TimeToLiveSpecification", {}), new.get("TimeToLiveSpecification", {})
    was = before.get("AttributeName", "") if flag(before.get("Enabled", False)) else ""
    becomes = after.get("AttributeName", "") if flag(after.get("Enabled", False)) else ""
    if was == becomes:
        return
    for attribute, is_enabled in ((was, False), (becomes, True)):
        if attribute:
            wanted = {"Enabled": is_enabled, "AttributeName": attribute}
            request = {"TableName": name, "TimeToLiveSpecification": wanted}
            await deployment.call("dynamodb", "UpdateTimeToLive", request)


async def _set_recovery(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    before, after = old.get("PointInTimeRecoverySpecification"), new.get("PointInTimeRecoverySpecification")
    if before == after:
        return
    given = after or {}
    wanted: dict[str, Any] = {"PointInTimeRecoveryEnabled": flag(given.get("PointInTimeRecoveryEnabled", False))}
    if "RecoveryPeriodInDays" in given:
        wanted["RecoveryPeriodInDays"] = int(given["RecoveryPeriodInDays"])
    request = {"TableName": name, "PointInTimeRecoverySpecification": wanted}
    await deployment.call("dynamodb", "UpdateContinuousBackups", request)


async def _set_tags(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    before = {tag["Key"]: tag["Value"] for tag in old.get("Tags", [])}
    after = {tag["Key"]: tag["Value"] for tag in tags(deployment, new)}
    gone = [key for key in before if key not in after]
    if gone:
        await deployment.call("dynamodb", "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
    if after:
        given = [{"Key": key, "Value": value} for key, value in after.items()]
        await deployment.call("dynamodb", "TagResource", {"ResourceArn": arn, "Tags": given})
