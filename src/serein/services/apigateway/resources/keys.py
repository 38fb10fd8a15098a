"""AWS::ApiGateway::ApiKey, UsagePlan, UsagePlanKey, Account, ClientCertificate and VpcLink."""

from typing import Any

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.apigateway.control.patches import escaped
from serein.services.apigateway.resources.wire_form import (
    SERVICE,
    Patches,
    gone_is_fine,
    is_true,
    keep_tags,
    list_patches,
    replaced,
    tags_of,
    text_of,
    update,
)


@resource("AWS::ApiGateway::ApiKey")
class ApiKey:
    """An API key."""

    properties = frozenset(
        {"CustomerId", "Description", "Enabled", "GenerateDistinctId", "Name", "StageKeys", "Tags", "Value"}
    )
    replaced_by = frozenset({"GenerateDistinctId", "Name", "Value"})
    stored = frozenset({"StageKeys"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {"name": properties.get("Name") or deployment.physical_name()}
        for name, member in (("CustomerId", "customerId"), ("Description", "description"), ("Value", "value")):
            if properties.get(name):
                request[member] = str(properties[name])
        request["enabled"] = is_true(properties.get("Enabled", False))
        if "GenerateDistinctId" in properties:
            request["generateDistinctId"] = is_true(properties["GenerateDistinctId"])
        request["stageKeys"] = _stage_keys(properties)
        if tags_of(deployment, properties):
            request["tags"] = tags_of(deployment, properties)
        made = await deployment.call(SERVICE, "CreateApiKey", request)
        return Made(made["id"], {"APIKeyId": made["id"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, ("CustomerId", "Description", "Enabled"))
        stages = [[f"{key['restApiId']}/{key['stageName']}" for key in _stage_keys(given)] for given in (old, new)]
        patches += list_patches("/stages", stages[0], stages[1])
        await update(deployment, "UpdateApiKey", {"apiKey": physical_id}, patches)
        await keep_tags(deployment, f"apikeys/{physical_id}", old, new)
        return Made(physical_id, {"APIKeyId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteApiKey", {"apiKey": physical_id})


def _stage_keys(properties: Properties) -> list[dict[str, str]]:
    return [
        {"restApiId": str(key.get("RestApiId", "")), "stageName": str(key.get("StageName", ""))}
        for key in properties.get("StageKeys") or []
    ]


@resource("AWS::ApiGateway::UsagePlan")
class UsagePlan:
    """A usage plan."""

    properties = frozenset({"ApiStages", "Description", "Quota", "Tags", "Throttle", "UsagePlanName"})
    replaced_by = frozenset[str]()
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {"name": properties.get("UsagePlanName") or deployment.physical_name()}
        if properties.get("Description"):
            request["description"] = properties["Description"]
        request["apiStages"] = [_api_stage(stage) for stage in properties.get("ApiStages") or []]
        if properties.get("Throttle"):
            request["throttle"] = _throttle(properties["Throttle"])
        if properties.get("Quota"):
            request["quota"] = _quota(properties["Quota"])
        if tags_of(deployment, properties):
            request["tags"] = tags_of(deployment, properties)
        made = await deployment.call(SERVICE, "CreateUsagePlan", request)
        return Made(made["id"], {"Id": made["id"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, ("Description",))
        if new.get("UsagePlanName") and new["UsagePlanName"] != old.get("UsagePlanName"):
            patches.append({"op": "replace", "path": "/name", "value": new["UsagePlanName"]})
        for name, wire in (("Throttle", _throttle), ("Quota", _quota)):
            if old.get(name) != new.get(name):
                patches += _limit_patches(f"/{name.lower()}", wire(new.get(name) or {}))
        if old.get("ApiStages") != new.get("ApiStages"):
            patches += _stage_patches(old.get("ApiStages") or [], new.get("ApiStages") or [])
        await update(deployment, "UpdateUsagePlan", {"usagePlanId": physical_id}, patches)
        await keep_tags(deployment, f"usageplans/{physical_id}", old, new)
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(
            deployment,
            "UpdateUsagePlan",
            {"usagePlanId": physical_id, "patchOperations": await _all_stages(deployment, physical_id)},
        )
        await gone_is_fine(deployment, "DeleteUsagePlan", {"usagePlanId": physical_id})


async def _all_stages(deployment: Deployment, plan_id: str) -> Patches:
    """What takes all stages from a plan, without which it can't be deleted."""
    plans = (await deployment.call(SERVICE, "GetUsagePlans", {"limit": 500}))["items"]
    stages = [stage for plan in plans if plan["id"] == plan_id for stage in plan["apiStages"]]
    return [{"op": "remove", "path": "/apiStages", "value": f"{stage['apiId']}:{stage['stage']}"} for stage in stages]


def _limit_patches(path: str, limits: dict[str, Any]) -> Patches:
    patches = [{"op": "remove", "path": path}]
    return patches + [
        {"op": "replace", "path": f"{path}/{name}", "value": text_of(value)} for name, value in limits.items()
    ]


def _stage_patches(old: list[dict[str, Any]], new: list[dict[str, Any]]) -> Patches:
    gone = [{"op": "remove", "path": "/apiStages", "value": f"{stage['ApiId']}:{stage['Stage']}"} for stage in old]
    added: Patches = []
    for stage in map(_api_stage, new):
        name = f"{stage['apiId']}:{stage['stage']}"
        added.append({"op": "add", "path": "/apiStages", "value": name})
        for method, throttle in stage.get("throttle", {}).items():
            added += [
                {
                    "op": "replace",
                    "path": f"/apiStages/{name}/throttle/{escaped(method)}/{limit}",
                    "value": text_of(value),
                }
                for limit, value in throttle.items()
            ]
    return gone + added


def _api_stage(given: dict[str, Any]) -> dict[str, Any]:
    stage: dict[str, Any] = {"apiId": given["ApiId"], "stage": given["Stage"]}
    if given.get("Throttle"):
        stage["throttle"] = {method: _throttle(throttle) for method, throttle in given["Throttle"].items()}
    return stage


def _throttle(given: dict[str, Any]) -> dict[str, Any]:
    throttle: dict[str, Any] = {}
    if "BurstLimit" in given:
        throttle["burstLimit"] = int(given["BurstLimit"])
    if "RateLimit" in given:
        throttle["rateLimit"] = float(given["RateLimit"])
    return throttle


def _quota(given: dict[str, Any]) -> dict[str, Any]:
    quota: dict[str, Any] = {name.lower(): int(given[name]) for name in ("Limit", "Offset") if name in given}
    if "Period" in given:
        quota["period"] = given["Period"]
    return quota


@resource("AWS::ApiGateway::UsagePlanKey")
class UsagePlanKey:
    """A key of a usage plan."""

    properties = frozenset({"KeyId", "KeyType", "UsagePlanId"})
    replaced_by = frozenset({"KeyId", "KeyType", "UsagePlanId"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {"usagePlanId": properties["UsagePlanId"], "keyId": properties["KeyId"]}
        await deployment.call(SERVICE, "CreateUsagePlanKey", {**request, "keyType": properties["KeyType"]})
        physical_id = f"{properties['KeyId']}:{properties['UsagePlanId']}"
        return Made(physical_id, {"Id": physical_id})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"usagePlanId": properties["UsagePlanId"], "keyId": properties["KeyId"]}
        await gone_is_fine(deployment, "DeleteUsagePlanKey", request)


@resource("AWS::ApiGateway::Account")
class Account:
    """The account's role for logs. AWS: it stays when the resource goes."""

    properties = frozenset({"CloudWatchRoleArn"})
    replaced_by = frozenset[str]()
    stored = frozenset({"CloudWatchRoleArn"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        physical_id = deployment.physical_name()
        await self._set(deployment, properties)
        return Made(physical_id, {"Id": physical_id})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await self._set(deployment, new)
        return Made(physical_id, {"Id": physical_id})

    async def _set(self, deployment: Deployment, properties: Properties) -> None:
        role = properties.get("CloudWatchRoleArn") or ""
        patch = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
        await update(deployment, "UpdateAccount", {}, [patch])

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        """Nothing to remove."""


@resource("AWS::ApiGateway::ClientCertificate")
class ClientCertificate:
    """A certificate with which backends know the API."""

    properties = frozenset({"Description", "Tags"})
    replaced_by = frozenset[str]()
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {"tags": tags_of(deployment, properties)}
        if properties.get("Description"):
            request["description"] = properties["Description"]
        made = await deployment.call(SERVICE, "GenerateClientCertificate", request)
        return Made(made["clientCertificateId"], {"ClientCertificateId": made["clientCertificateId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"clientCertificateId": physical_id}
        await update(deployment, "UpdateClientCertificate", request, replaced(old, new, ("Description",)))
        await keep_tags(deployment, f"clientcertificates/{physical_id}", old, new)
        return Made(physical_id, {"ClientCertificateId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteClientCertificate", {"clientCertificateId": physical_id})


@resource("AWS::ApiGateway::VpcLink")
class VpcLink:
    """A way to backends that are not on the internet."""

    properties = frozenset({"Description", "Name", "Tags", "TargetArns"})
    replaced_by = frozenset({"TargetArns"})
    stored = frozenset[str]()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request: dict[str, Any] = {"name": properties["Name"], "targetArns": list(properties["TargetArns"])}
        if properties.get("Description"):
            request["description"] = properties["Description"]
        if tags_of(deployment, properties):
            request["tags"] = tags_of(deployment, properties)
        made = await deployment.call(SERVICE, "CreateVpcLink", request)
        return Made(made["id"], {"VpcLinkId": made["id"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        patches = replaced(old, new, ("Name", "Description"))
        await update(deployment, "UpdateVpcLink", {"vpcLinkId": physical_id}, patches)
        await keep_tags(deployment, f"vpclinks/{physical_id}", old, new)
        return Made(physical_id, {"VpcLinkId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await gone_is_fine(deployment, "DeleteVpcLink", {"vpcLinkId": physical_id})
