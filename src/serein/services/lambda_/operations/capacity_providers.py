"""Capacity providers: CreateCapacityProvider and its siblings.

No instances are started for them: they are kept and shown, and functions that name one run like all others.
"""

from dataclasses import replace
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.lambda_.configuration import wire_time
from serein.services.lambda_.errors import ResourceConflictException
from serein.services.lambda_.paging import find_place, place_token
from serein.services.lambda_.store import capacity as store
from serein.services.lambda_.store import functions
from serein.services.lambda_.tagging import check_tags

_MAXIMUM = 50
_CHANGEABLE = ("CapacityProviderScalingConfig", "PropagateTags", "TelemetryConfig")
_MEMBERS = ("VpcConfig", "PermissionsConfig", "InstanceRequirements", "KmsKeyArn", *_CHANGEABLE)


@operation("CreateCapacityProvider", stored=_MEMBERS)
async def create_capacity_provider(call: Call, request: Request) -> Reply:
    check_tags(request.get("Tags") or {})
    name = _name(request)
    config: dict[str, Any] = {
        "CapacityProviderArn": store.provider_arn(call.scope, name),
        "State": "Active",
        "InstanceRequirements": {"Architectures": ["x86_64"]},
        "CapacityProviderScalingConfig": {"MaxVCpuCount": 400, "ScalingMode": "Auto"},
        **{member: request[member] for member in _MEMBERS if member in request},
        "LastModified": wire_time(call.now),
    }

    def create(tx: Transaction) -> None:
        if store.find_provider(tx, call.scope, name) is not None:
            raise ResourceConflictException(f"Capacity provider already exists: {name}", Type="User")
        store.put_provider(tx, store.CapacityProvider(call.scope, name, config, request.get("Tags") or {}))

    await call.write(create)
    return {"CapacityProvider": config | {"State": "Pending"}}


@operation("UpdateCapacityProvider", stored=_CHANGEABLE)
async def update_capacity_provider(call: Call, request: Request) -> Reply:
    def update(tx: Transaction) -> dict[str, Any]:
        provider = store.require_provider(tx, call.scope, _name(request))
        given = {member: request[member] for member in _CHANGEABLE if member in request}
        config = provider.config | given | {"LastModified": wire_time(tx.now)}
        store.put_provider(tx, replace(provider, config=config))
        return config

    return {"CapacityProvider": await call.write(update)}


@operation("GetCapacityProvider")
async def get_capacity_provider(call: Call, request: Request) -> Reply:
    provider = await call.read(lambda tx: store.require_provider(tx, call.scope, _name(request)))
    return {"CapacityProvider": provider.config}


@operation("DeleteCapacityProvider")
async def delete_capacity_provider(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> dict[str, Any]:
        provider = store.require_provider(tx, call.scope, _name(request))
        if functions.list_versions_on(tx, provider.scope, provider.arn):
            raise ResourceConflictException(
                "The capacity provider cannot be deleted because it has function versions associated with it.",
                Type="User",
            )
        store.remove_provider(tx, call.scope, provider.name)
        return provider.config

    return {"CapacityProvider": await call.write(delete) | {"State": "Deleting"}}


@operation("ListCapacityProviders")
async def list_capacity_providers(call: Call, request: Request) -> Reply:
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after = find_place(request.get("Marker")) or ""
    if request.get("State", "Active") != "Active":
        return {"CapacityProviders": []}
    rows = await call.read(lambda tx: store.list_providers(tx, call.scope, after, limit + 1))
    reply: Reply = {"CapacityProviders": [row.config for row in rows[:limit]]}
    if len(rows) > limit:
        reply["NextMarker"] = place_token(rows[limit - 1].name)
    return reply


@operation("ListFunctionVersionsByCapacityProvider")
async def list_function_versions_by_capacity_provider(call: Call, request: Request) -> Reply:
    limit = min(request.get("MaxItems", _MAXIMUM), _MAXIMUM)
    after = find_place(request.get("Marker")) or ""

    def read(tx: Transaction) -> tuple[str, list[dict[str, str]]]:
        arn = store.require_provider(tx, call.scope, _name(request)).arn
        return arn, [
            {"FunctionArn": each["FunctionArn"], "State": each["State"]}
            for each in functions.list_versions_on(tx, call.scope, arn)
            if each["FunctionArn"] > after
        ]

    arn, versions = await call.read(read)
    reply: Reply = {"CapacityProviderArn": arn, "FunctionVersions": versions[:limit]}
    if len(versions) > limit:
        reply["NextMarker"] = place_token(versions[limit - 1]["FunctionArn"])
    return reply


def _name(request: Request) -> str:
    return str(request["CapacityProviderName"]).rpartition(":")[2]
