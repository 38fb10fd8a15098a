"""AWS::DynamoDB::Table."""

import zlib
from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.dynamodb.errors import ResourceInUseException, ResourceNotFoundException, ValidationException
from serein.services.dynamodb.resources.changes import changes, find_retyped
from serein.services.dynamodb.resources.conversion import (
    flag,
    global_indexes,
    numbers,
    require_members,
    sse,
    stream,
    tags,
)
from serein.services.dynamodb.resources.place import Place
from serein.services.dynamodb.resources.settings import apply_settings, set_expiry, set_tags
from serein.services.dynamodb.resources.vectorindexes import vector_indexes

_TYPE = "AWS::DynamoDB::Table"
_COPIED = ("AttributeDefinitions", "KeySchema", "LocalSecondaryIndexes", "BillingMode", "TableClass")
_NUMERIC = ("ProvisionedThroughput", "OnDemandThroughput", "WarmThroughput")
_IMPORTED = ("AttributeDefinitions", "KeySchema", "BillingMode", "ProvisionedThroughput", "OnDemandThroughput")


@resource("AWS::DynamoDB::Table")
class TableResource:
    """A table, made and changed as its API would."""

    replaced_by = frozenset(("TableName", "KeySchema", "LocalSecondaryIndexes", "ImportSourceSpecification"))
    stored = frozenset(
        ("ContributorInsightsSpecification", "ResourcePolicy", "SSESpecification", "TableClass", "WarmThroughput")
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
            "VectorIndexes",
            "WarmThroughput",
        )
    )

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("TableName") or deployment.physical_name(255)
        return await _create(deployment, name, properties)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        place = Place(deployment, physical_id, deployment.scope.region)
        table = await place.settled()
        if find_retyped(table, new):
            return await _replace(deployment, physical_id, new)
        table = await change_table(place, table, old, new)
        await set_expiry(place, new)
        await apply_settings(place, table, old, new)
        await set_tags(place, table["TableArn"], old.get("Tags") or [], tags(deployment, new))
        await _set_stream_tags(place, table, old, new)
        return made(place.name, table)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await delete_table(Place(deployment, physical_id, deployment.scope.region))


async def _create(deployment: Deployment, name: str, properties: Properties) -> Made:
    place = Place(deployment, name, deployment.scope.region)
    request = table_request(name, properties)
    if given := tags(deployment, properties):
        request["Tags"] = given
    # Why last: a table that is protected couldn't be taken back should anything else fail.
    is_protected = request.pop("DeletionProtectionEnabled", False)
    is_imported = "ImportSourceSpecification" in properties
    if is_imported:
        await _import(place, request, properties)
    else:
        await place.create(_TYPE, "CreateTable", **request)
        await deployment.begun(name)
    table = await place.settled()
    if is_imported:
        unprotected = {key: value for key, value in properties.items() if key != "DeletionProtectionEnabled"}
        table = await change_table(place, table, {}, unprotected)
        await set_tags(place, table["TableArn"], [], given)
    await set_expiry(place, properties)
    await apply_settings(place, table, {}, properties)
    await _set_stream_tags(place, table, {}, properties)
    if is_protected:
        await place.call("UpdateTable", TableName=name, DeletionProtectionEnabled=True)
    return made(name, table)


def table_request(name: str, properties: Properties) -> dict[str, Any]:
    """CreateTable's request. Raises ValidationException for members that no such property has."""
    request = {member: properties[member] for member in _COPIED if member in properties}
    request |= {member: numbers(properties[member]) for member in _NUMERIC if member in properties}
    request["TableName"] = name
    if properties.get("GlobalSecondaryIndexes"):
        request["GlobalSecondaryIndexes"] = global_indexes(properties)
    if properties.get("VectorIndexes"):
        request["VectorIndexes"] = vector_indexes(properties)
    if properties.get("StreamSpecification"):
        request["StreamSpecification"] = stream(properties)
    if properties.get("SSESpecification"):
        request["SSESpecification"] = sse(properties["SSESpecification"])
    if "DeletionProtectionEnabled" in properties:
        request["DeletionProtectionEnabled"] = flag(properties["DeletionProtectionEnabled"])
    return request


async def change_table(place: Place, table: dict[str, Any], old: Properties, new: Properties) -> dict[str, Any]:
    """Bring a table in line with a template, change by change. Returns its description then."""
    for change in changes(table, old, new):
        await place.call("UpdateTable", TableName=place.name, **change)
        table = await place.settled()
    return table


async def _replace(deployment: Deployment, physical_id: str, new: Properties) -> Made:
    """A new table under another name; CloudFormation removes the old one when the update is complete."""
    if new.get("TableName"):
        raise ValidationException(
            "CloudFormation cannot update a stack when a custom-named resource requires replacing."
            f" Rename {physical_id} and update the stack again."
        )
    types = repr(sorted((one["AttributeName"], one["AttributeType"]) for one in new["AttributeDefinitions"]))
    name = deployment.physical_name(255, suffix=f"-{zlib.crc32(types.encode()):08X}")
    place = Place(deployment, name, deployment.scope.region)
    if await place.find() is not None:
        await delete_table(place)
    try:
        return await _create(deployment, name, new)
    except AwsError:
        # Why: the stack's resource is the old table, so nobody else would remove the new one.
        await delete_table(place)
        raise


async def _import(place: Place, request: dict[str, Any], properties: Properties) -> None:
    """Make the table by importing items. Raises ValidationException when that fails."""
    given = require_members(
        properties["ImportSourceSpecification"],
        "ImportSourceSpecification",
        ("S3BucketSource", "InputFormat", "InputFormatOptions", "InputCompressionType"),
    )
    if "LocalSecondaryIndexes" in request:
        raise ValidationException("LocalSecondaryIndexes cannot be specified together with ImportSourceSpecification")
    parameters = {name: request[name] for name in (*_IMPORTED, "TableName", "SSESpecification") if name in request}
    indexes = ("GlobalSecondaryIndexes", "VectorIndexes")
    parameters |= {name: request[name] for name in indexes if name in request}
    members = {name: given[name] for name in given if name != "S3BucketSource"}
    reply = await place.create(
        _TYPE, "ImportTable", S3BucketSource=given["S3BucketSource"], TableCreationParameters=parameters, **members
    )
    await place.deployment.begun(place.name)
    reply = await place.call("AwaitImport", ImportArn=reply["ImportTableDescription"]["ImportArn"])
    described = reply["ImportTableDescription"]
    if described["ImportStatus"] != "COMPLETED":
        raise ValidationException(described.get("FailureMessage", f"Import {described['ImportStatus'].lower()}"))


async def _set_stream_tags(place: Place, table: dict[str, Any], old: Properties, new: Properties) -> None:
    before, after = (given.get("StreamSpecification") or {} for given in (old, new))
    if "LatestStreamArn" in table and (before.get("Tags") or after.get("Tags")):
        await set_tags(place, table["LatestStreamArn"], before.get("Tags") or [], after.get("Tags") or [])


async def delete_table(place: Place) -> None:
    """Remove a table; not an error when it is gone. One that is still being made is waited for."""
    try:
        await place.call("DeleteTable", TableName=place.name)
    except AwsError as error:
        if error.code == ResourceInUseException.code:
            await place.settled()
            await place.call("DeleteTable", TableName=place.name)
        elif error.code != ResourceNotFoundException.code:
            raise
    await place.gone()


def made(name: str, table: dict[str, Any]) -> Made:
    """What Ref and GetAtt answer for a table."""
    attributes = {"Arn": table["TableArn"], "TableId": table["TableId"]}
    if "StreamSpecification" in table:
        attributes["StreamArn"] = table["LatestStreamArn"]
    return Made(name, attributes)
