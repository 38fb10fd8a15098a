"""EventBridge Schemas' CloudFormation types, written as calls."""

import json
from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.schemas.errors import BadRequestException, NotFoundException


@resource("AWS::EventSchemas::Registry")
class RegistryResource:
    """Its physical id, and what Ref answers, is its ARN."""

    properties = frozenset({"Description", "RegistryName", "Tags"})
    replaced_by = frozenset({"RegistryName"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("RegistryName") or deployment.physical_name(64)
        request = {"RegistryName": name, **_given(properties, "Description"), "Tags": _tags(deployment, properties)}
        return self._made(await deployment.call("schemas", "CreateRegistry", request))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"RegistryName": _last(physical_id), "Description": new.get("Description", "")}
        made = self._made(await deployment.call("schemas", "UpdateRegistry", request))
        await _retag(deployment, physical_id, old, new)
        return made

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _delete(deployment, "DeleteRegistry", {"RegistryName": _last(physical_id)})

    def _made(self, shown: dict[str, Any]) -> Made:
        return Made(shown["RegistryArn"], {"RegistryArn": shown["RegistryArn"], "RegistryName": shown["RegistryName"]})


@resource("AWS::EventSchemas::Schema")
class SchemaResource:
    """Its physical id, and what Ref answers, is its ARN."""

    properties = frozenset({"Content", "Description", "RegistryName", "SchemaName", "Tags", "Type"})
    replaced_by = frozenset({"RegistryName", "SchemaName"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("SchemaName") or deployment.physical_name(64)
        request = {
            "RegistryName": properties["RegistryName"],
            "SchemaName": name,
            "Type": properties["Type"],
            "Content": properties["Content"],
            **_given(properties, "Description"),
            "Tags": _tags(deployment, properties),
        }
        return self._made(await deployment.call("schemas", "CreateSchema", request))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {
            "RegistryName": new["RegistryName"],
            "SchemaName": _last(physical_id),
            "Type": new["Type"],
            "Content": new["Content"],
            "Description": new.get("Description", ""),
        }
        made = self._made(await deployment.call("schemas", "UpdateSchema", request))
        await _retag(deployment, physical_id, old, new)
        return made

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"RegistryName": properties["RegistryName"], "SchemaName": _last(physical_id)}
        await _delete(deployment, "DeleteSchema", request)

    def _made(self, shown: dict[str, Any]) -> Made:
        names = ("SchemaArn", "SchemaName", "SchemaVersion", "LastModified", "VersionCreatedDate")
        return Made(shown["SchemaArn"], {name: str(shown[name]) for name in names})


@resource("AWS::EventSchemas::Discoverer")
class DiscovererResource:
    """Its physical id, and what Ref answers, is its ARN."""

    properties = frozenset({"CrossAccount", "Description", "SourceArn", "Tags"})
    replaced_by = frozenset({"SourceArn"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {
            "SourceArn": properties["SourceArn"],
            "CrossAccount": _flag(properties),
            **_given(properties, "Description"),
            "Tags": _tags(deployment, properties),
        }
        return self._made(await deployment.call("schemas", "CreateDiscoverer", request))

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {
            "DiscovererId": _last(physical_id),
            "CrossAccount": _flag(new),
            "Description": new.get("Description", ""),
        }
        made = self._made(await deployment.call("schemas", "UpdateDiscoverer", request))
        await _retag(deployment, physical_id, old, new)
        return made

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _delete(deployment, "DeleteDiscoverer", {"DiscovererId": _last(physical_id)})

    def _made(self, shown: dict[str, Any]) -> Made:
        names = ("CrossAccount", "DiscovererArn", "DiscovererId", "State")
        return Made(shown["DiscovererArn"], {name: shown[name] for name in names})


@resource("AWS::EventSchemas::RegistryPolicy")
class RegistryPolicyResource:
    """Its physical id, and what Ref answers, is the name of the registry."""

    properties = frozenset({"Policy", "RegistryName", "RevisionId"})
    replaced_by = frozenset({"RegistryName"})
    stored = frozenset({"Policy"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        return await self._put(deployment, properties)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self._put(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _delete(deployment, "DeleteResourcePolicy", {"RegistryName": physical_id})

    async def _put(self, deployment: Deployment, properties: Properties) -> Made:
        policy, name = properties["Policy"], properties["RegistryName"]
        request = {
            "RegistryName": name,
            "Policy": policy if isinstance(policy, str) else json.dumps(policy),
            **_given(properties, "RevisionId"),
        }
        await deployment.call("schemas", "PutResourcePolicy", request)
        return Made(name, {"Id": name})


def _given(properties: Properties, *members: str) -> dict[str, Any]:
    return {member: properties[member] for member in members if member in properties}


def _flag(properties: Properties) -> bool:
    """Templates may have it as text. Raises BadRequestException."""
    given = properties.get("CrossAccount", True)
    if str(given).lower() not in ("true", "false"):
        raise BadRequestException(f"CrossAccount must be true or false, not {given}.")
    return str(given).lower() == "true"


def _last(arn: str) -> str:
    return arn.rpartition("/")[2]


def _tags(deployment: Deployment, properties: Properties) -> dict[str, str]:
    return deployment.tags | {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or ()}


async def _retag(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    before, after = _tags(deployment, old), _tags(deployment, new)
    if gone := [key for key in before if key not in after]:
        await deployment.call("schemas", "UntagResource", {"ResourceArn": arn, "TagKeys": gone})
    if after and after != before:
        await deployment.call("schemas", "TagResource", {"ResourceArn": arn, "Tags": after})


async def _delete(deployment: Deployment, operation: str, request: dict[str, Any]) -> None:
    try:
        await deployment.call("schemas", operation, request)
    except NotFoundException:
        return
