"""AWS::DynamoDB::GlobalTable: a table with replicas, which is also what CDK's `TableV2` makes."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.resources.changes import find_retyped
from serein.services.dynamodb.resources.conversion import flag
from serein.services.dynamodb.resources.globalscaling import read_scaling, write_scaling
from serein.services.dynamodb.resources.place import Place
from serein.services.dynamodb.resources.replicas import (
    as_table,
    create_action,
    replicas_of,
    require_supported,
    update_action,
    witness_of,
)
from serein.services.dynamodb.resources.settings import apply_settings, set_expiry, set_tags
from serein.services.dynamodb.resources.table import change_table, delete_table, made, table_request

Members = dict[str, Any]


@resource("AWS::DynamoDB::GlobalTable")
class GlobalTable:
    """A table in the stack's region, and its replicas in others.

    AWS: stack tags are not passed on to replicas (the type's schema has no tags of its own).
    """

    replaced_by = frozenset(("TableName", "KeySchema", "LocalSecondaryIndexes", "GlobalTableSourceArn"))
    stored = frozenset(("SSESpecification", "TableType", "WarmThroughput"))
    properties = frozenset(
        (
            "AttributeDefinitions",
            "BillingMode",
            "GlobalSecondaryIndexes",
            "GlobalTableSourceArn",
            "GlobalTableWitnesses",
            "KeySchema",
            "LocalSecondaryIndexes",
            "MultiRegionConsistency",
            "ReadOnDemandThroughputSettings",
            "ReadProvisionedThroughputSettings",
            "Replicas",
            "SSESpecification",
            "StreamSpecification",
            "TableName",
            "TableType",
            "TimeToLiveSpecification",
            "VectorIndexes",
            "WarmThroughput",
            "WriteOnDemandThroughputSettings",
            "WriteProvisionedThroughputSettings",
        )
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        require_supported(properties)
        replicas = replicas_of(properties, deployment.scope.region)
        name = properties.get("TableName") or deployment.physical_name(255)
        place = Place(deployment, name, deployment.scope.region)
        request = table_request(name, as_table(properties, next(iter(replicas.values()))))
        request.pop("DeletionProtectionEnabled", None)
        await place.create("AWS::DynamoDB::GlobalTable", "CreateTable", **request)
        await deployment.begun(name)
        await _finish(place, await place.settled(), {}, properties)
        return made(name, await place.describe())

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        require_supported(new)
        place = Place(deployment, physical_id, deployment.scope.region)
        table = await place.settled()
        own = replicas_of(new, place.region)[place.region]
        retyped = find_retyped(table, new)
        if retyped:
            raise ValidationException(
                f"Invalid request provided: The type of attribute {retyped} cannot be changed: rename the table, and "
                "CloudFormation makes a new one"
            )
        _require_one_replica_change(table, place.region, new, is_resumed=not old)
        was = as_table(old, replicas_of(old, place.region)[place.region]) if old else {}
        table = await change_table(place, table, was, as_table(new, own))
        await _finish(place, table, old, new)
        return made(physical_id, await place.describe())

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        place = Place(deployment, physical_id, deployment.scope.region)
        table = await place.find()
        if table is not None:
            await _remove_replicas(place, await place.settled(), keep=[])
        await delete_table(place)


async def _finish(place: Place, table: Members, old: Properties, new: Properties) -> None:
    """Everything but the table itself: auto scaling, replicas, and what each of them has for itself."""
    before = replicas_of(old, place.region) if old else {}
    after = replicas_of(new, place.region)
    await set_expiry(place, as_table(new, after[place.region]))
    await _scale(place, write_scaling(old), write_scaling(new))
    await _remove_replicas(place, table, keep=list(after))
    await _change_replicas(place, old, new)
    await _add_replicas(place, table, new)
    await _scale(place, read_scaling(old), read_scaling(new))
    for region, replica in after.items():
        await _set_own(Place(place.deployment, place.name, region), old, before.get(region, {}), new, replica)
    # Why last: a table that is protected couldn't be taken back should anything else fail.
    for region, replica in after.items():
        await _set_protection(Place(place.deployment, place.name, region), replica)


async def _scale(place: Place, before: Members, after: Members) -> None:
    if after and after != before:
        await place.call("UpdateTableReplicaAutoScaling", TableName=place.name, **after)


async def _set_own(place: Place, old: Properties, before: Members, new: Properties, after: Members) -> None:
    """What a replica has for itself, in its own region."""
    was, wanted = as_table(old, before) if before else {}, as_table(new, after)
    table = await place.settled()
    await apply_settings(place, table, was, wanted)
    await set_tags(place, table["TableArn"], before.get("Tags") or [], after.get("Tags") or [])
    if "LatestStreamArn" in table:
        had, has = (given.get("StreamSpecification", {}).get("Tags") or [] for given in (was, wanted))
        await set_tags(place, table["LatestStreamArn"], had, has)


async def _set_protection(place: Place, replica: Members) -> None:
    table = await place.describe()
    protects = flag(replica.get("DeletionProtectionEnabled", False))
    if protects != table["DeletionProtectionEnabled"]:
        await place.call("UpdateTable", TableName=place.name, DeletionProtectionEnabled=protects)
    if "DisassociationProtectionEnabled" in replica and "DisassociationProtectionEnabled" in table:
        is_kept = flag(replica["DisassociationProtectionEnabled"])
        if is_kept != table["DisassociationProtectionEnabled"]:
            await place.call("UpdateTable", TableName=place.name, DisassociationProtectionEnabled=is_kept)


def _regions(table: Members) -> list[str]:
    return [replica["RegionName"] for replica in table.get("Replicas", [])]


def _require_one_replica_change(table: Members, region: str, new: Properties, *, is_resumed: bool) -> None:
    """AWS: replicas are added and removed one by one, save when a table gets strong consistency or loses it."""
    wanted = {one for one in replicas_of(new, region) if one != region}
    changed = wanted ^ set(_regions(table))
    is_strong = "STRONG" in (new.get("MultiRegionConsistency"), table.get("MultiRegionConsistency"))
    if len(changed) > 1 and not is_strong and not is_resumed:
        raise ValidationException(
            "Invalid request provided: Only a single replica can be added or removed in each update"
        )


async def _add_replicas(place: Place, table: Members, new: Properties) -> None:
    there = _regions(table)
    missing = [
        replica
        for region, replica in replicas_of(new, place.region).items()
        if region != place.region and region not in there
    ]
    creates = [{"Create": create_action(new, replica)} for replica in missing]
    if not creates:
        return
    if new.get("MultiRegionConsistency") == "STRONG":
        members: Members = {"ReplicaUpdates": creates, "MultiRegionConsistency": "STRONG"}
        if witness := witness_of(new):
            members["GlobalTableWitnessUpdates"] = [{"Create": {"RegionName": witness}}]
        await place.call("UpdateTable", TableName=place.name, **members)
        await place.settled()
        return
    for create in creates:
        await place.call("UpdateTable", TableName=place.name, ReplicaUpdates=[create])
        await place.settled()


async def _change_replicas(place: Place, old: Properties, new: Properties) -> None:
    if not old:
        return
    before = replicas_of(old, place.region)
    for region, replica in replicas_of(new, place.region).items():
        if region == place.region or region not in before:
            continue
        action = update_action(old, before[region], new, replica)
        if action is not None:
            await place.call("UpdateTable", TableName=place.name, ReplicaUpdates=[{"Update": action}])
            await place.settled()


async def _remove_replicas(place: Place, table: Members, keep: list[str]) -> None:
    gone = [{"Delete": {"RegionName": region}} for region in _regions(table) if region not in keep]
    if not gone:
        return
    if table.get("MultiRegionConsistency") == "STRONG":
        members: Members = {"ReplicaUpdates": gone}
        if witnesses := table.get("GlobalTableWitnesses"):
            region = witnesses[0]["RegionName"]
            members["GlobalTableWitnessUpdates"] = [{"Delete": {"RegionName": region}}]
        await place.call("UpdateTable", TableName=place.name, **members)
        await place.settled()
        return
    for delete in gone:
        await place.call("UpdateTable", TableName=place.name, ReplicaUpdates=[delete])
        await place.settled()
