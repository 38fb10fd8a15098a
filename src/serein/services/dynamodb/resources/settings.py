"""What a template says of a table and UpdateTable does not do: each property through its own operation."""

import json
from typing import Any

from serein.kernel.resource import Properties
from serein.services.dynamodb.resources.conversion import flag, require_members
from serein.services.dynamodb.resources.place import Place

_NOTHING: dict[str, Any] = {}
_DESTINATION_STATES = ("ACTIVE", "ENABLING", "UPDATING")


async def set_expiry(place: Place, new: Properties) -> None:
    """TimeToLiveSpecification. AWS: another attribute needs an update that switches it off before."""
    given = require_members(
        new.get("TimeToLiveSpecification") or _NOTHING, "TimeToLiveSpecification", ("AttributeName", "Enabled")
    )
    described = (await place.call("DescribeTimeToLive", TableName=place.name))["TimeToLiveDescription"]
    has = described.get("AttributeName", "") if described["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else ""
    wants = given.get("AttributeName", "") if flag(given.get("Enabled", False)) else ""
    if has != wants:
        wanted = {"Enabled": bool(wants), "AttributeName": wants or has}
        await place.call("UpdateTimeToLive", TableName=place.name, TimeToLiveSpecification=wanted)


async def set_recovery(place: Place, old: Properties, new: Properties) -> None:
    """PointInTimeRecoverySpecification."""
    before, after = old.get("PointInTimeRecoverySpecification"), new.get("PointInTimeRecoverySpecification")
    if before == after:
        return
    allowed = ("PointInTimeRecoveryEnabled", "RecoveryPeriodInDays")
    given = require_members(after or _NOTHING, "PointInTimeRecoverySpecification", allowed)
    wanted: dict[str, Any] = {"PointInTimeRecoveryEnabled": flag(given.get("PointInTimeRecoveryEnabled", False))}
    if "RecoveryPeriodInDays" in given:
        wanted["RecoveryPeriodInDays"] = int(given["RecoveryPeriodInDays"])
    await place.call("UpdateContinuousBackups", TableName=place.name, PointInTimeRecoverySpecification=wanted)


async def set_tags(place: Place, arn: str, before: list[dict[str, str]], after: list[dict[str, str]]) -> None:
    """Tags, from those that there were to those that are wanted."""
    kept = {tag["Key"] for tag in after}
    gone = [tag["Key"] for tag in before if tag["Key"] not in kept]
    if gone:
        await place.call("UntagResource", ResourceArn=arn, TagKeys=gone)
    if after and after != before:
        await place.call("TagResource", ResourceArn=arn, Tags=after)


async def set_policies(place: Place, table: dict[str, Any], old: Properties, new: Properties) -> None:
    """ResourcePolicy of the table and of its stream."""
    await _set_policy(place, table["TableArn"], old, new)
    before, after = old.get("StreamSpecification") or _NOTHING, new.get("StreamSpecification") or _NOTHING
    if "LatestStreamArn" in table and "StreamSpecification" in table:
        # Why: another view type is another stream, which has no policy yet.
        is_same_stream = before.get("StreamViewType") == after.get("StreamViewType")
        await _set_policy(place, table["LatestStreamArn"], before if is_same_stream else _NOTHING, after)


async def _set_policy(place: Place, arn: str, old: Properties, new: Properties) -> None:
    before, after = old.get("ResourcePolicy"), new.get("ResourcePolicy")
    if before == after:
        return
    if not after:
        await place.call("DeleteResourcePolicy", ResourceArn=arn)
        return
    document = require_members(after, "ResourcePolicy", ("PolicyDocument",))["PolicyDocument"]
    text = document if isinstance(document, str) else json.dumps(document)
    await place.call("PutResourcePolicy", ResourceArn=arn, Policy=text)


async def set_insights(place: Place, old: Properties, new: Properties) -> None:
    """ContributorInsightsSpecification of the table and of its global indexes."""
    await _set_insights(place, "", old, new)
    before = {index["IndexName"]: index for index in old.get("GlobalSecondaryIndexes") or []}
    for index in new.get("GlobalSecondaryIndexes") or []:
        await _set_insights(place, index["IndexName"], before.get(index["IndexName"], _NOTHING), index)


async def _set_insights(place: Place, index_name: str, old: Properties, new: Properties) -> None:
    before, after = old.get("ContributorInsightsSpecification"), new.get("ContributorInsightsSpecification")
    if before == after:
        return
    given = require_members(after or _NOTHING, "ContributorInsightsSpecification", ("Enabled", "Mode"))
    action = "ENABLE" if flag(given.get("Enabled", False)) else "DISABLE"
    members = {"IndexName": index_name} if index_name else {}
    if "Mode" in given:
        members["ContributorInsightsMode"] = given["Mode"]
    await place.call("UpdateContributorInsights", TableName=place.name, ContributorInsightsAction=action, **members)


async def set_destination(place: Place, old: Properties, new: Properties) -> None:
    """KinesisStreamSpecification."""
    before, after = old.get("KinesisStreamSpecification"), new.get("KinesisStreamSpecification")
    if before == after:
        return
    allowed = ("StreamArn", "ApproximateCreationDateTimePrecision")
    given = require_members(after or _NOTHING, "KinesisStreamSpecification", allowed)
    wanted, precision = given.get("StreamArn", ""), given.get("ApproximateCreationDateTimePrecision")
    described = await place.call("DescribeKinesisStreamingDestination", TableName=place.name)
    active = {
        one["StreamArn"]: one.get("ApproximateCreationDateTimePrecision")
        for one in described.get("KinesisDataStreamDestinations", [])
        if one["DestinationStatus"] in _DESTINATION_STATES
    }
    for arn in active:
        if arn != wanted:
            await place.call("DisableKinesisStreamingDestination", TableName=place.name, StreamArn=arn)
    configuration = {"ApproximateCreationDateTimePrecision": precision} if precision else {}
    if wanted and wanted not in active:
        members = {"EnableKinesisStreamingConfiguration": configuration} if configuration else {}
        await place.call("EnableKinesisStreamingDestination", TableName=place.name, StreamArn=wanted, **members)
    elif wanted and precision and active[wanted] != precision:
        await place.call(
            "UpdateKinesisStreamingDestination",
            TableName=place.name,
            StreamArn=wanted,
            UpdateKinesisStreamingConfiguration=configuration,
        )


async def apply_settings(place: Place, table: dict[str, Any], old: Properties, new: Properties) -> None:
    """Everything of these that is a table's own in every region."""
    await set_recovery(place, old, new)
    await set_policies(place, table, old, new)
    await set_insights(place, old, new)
    await set_destination(place, old, new)
