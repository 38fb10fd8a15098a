"""AWS::CloudFormation::StackSet: a stack set with its instances, as a resource of a stack."""

from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, GivenUp, Made, Properties
from serein.services.cloudformation.errors import ResourceFailure
from serein.services.cloudformation.functions import text_of

_PAUSE_SECONDS = 5.0
_SET = (
    "AdministrationRoleARN",
    "AutoDeployment",
    "CallAs",
    "Capabilities",
    "Description",
    "ExecutionRoleName",
    "ManagedExecution",
    "PermissionModel",
    "TemplateBody",
    "TemplateURL",
)
Place = tuple[str, str]


class StackSetType:
    """Ref is the stack set's id, which is its attribute too."""

    properties = frozenset({*_SET, "OperationPreferences", "Parameters", "StackInstancesGroup", "StackSetName", "Tags"})
    replaced_by = frozenset({"CallAs", "PermissionModel", "StackSetName"})
    stored = frozenset({"AdministrationRoleARN", "ExecutionRoleName"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties["StackSetName"]
        request = _settings(deployment, properties) | {"StackSetName": name}
        made = await deployment.call("cloudformation", "CreateStackSet", request)
        await deployment.begun(made["StackSetId"])
        for overrides, places in _groups(properties):
            await _work(deployment, name, "CreateStackInstances", properties, overrides, places)
        return Made(made["StackSetId"], {"StackSetId": made["StackSetId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        before = _overrides(old)
        after = _overrides(new)
        await _work(deployment, physical_id, "DeleteStackInstances", new, None, sorted(before.keys() - after.keys()))
        request = _settings(deployment, new) | {"StackSetName": physical_id} | _preferences(new)
        reply = await deployment.call("cloudformation", "UpdateStackSet", request)
        await _end(deployment, physical_id, reply["OperationId"])
        for overrides, places in _groups(new):
            added = [place for place in places if place not in before]
            changed = [place for place in places if place in before and before[place] != overrides]
            await _work(deployment, physical_id, "CreateStackInstances", new, overrides, added)
            await _work(deployment, physical_id, "UpdateStackInstances", new, overrides, changed)
        return Made(physical_id, {"StackSetId": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"StackSetName": physical_id}
        try:
            while found := (await deployment.call("cloudformation", "ListStackInstances", request))["Summaries"]:
                places = [(it["Account"], it["Region"]) for it in found]
                await _work(deployment, physical_id, "DeleteStackInstances", properties, None, places)
        except AwsError as error:
            if error.code != "StackSetNotFoundException":
                raise
        await deployment.call("cloudformation", "DeleteStackSet", request)


def _settings(deployment: Deployment, properties: Properties) -> dict[str, Any]:
    own = {tag["Key"]: str(tag["Value"]) for tag in properties.get("Tags") or []}
    given = {key: value for key, value in deployment.tags.items() if not key.startswith("aws:")}
    return {
        **{name: properties[name] for name in _SET if name in properties},
        "Parameters": _parameters(properties.get("Parameters")),
        "Tags": [{"Key": key, "Value": value} for key, value in (given | own).items()],
    }


def _parameters(given: list[dict[str, Any]] | None) -> list[dict[str, str]]:
    return [{"ParameterKey": it["ParameterKey"], "ParameterValue": text_of(it["ParameterValue"])} for it in given or ()]


def _preferences(properties: Properties, regions: list[str] | None = None) -> dict[str, Any]:
    """The preferences for an operation; on some regions only, their order leaves out the others."""
    if "OperationPreferences" not in properties:
        return {}
    wanted = dict(properties["OperationPreferences"])
    if regions is not None and "RegionOrder" in wanted:
        wanted["RegionOrder"] = [region for region in wanted["RegionOrder"] if region in regions]
    return {"OperationPreferences": wanted}


def _groups(properties: Properties) -> list[tuple[list[dict[str, str]], list[Place]]]:
    """Overrides and the places that they are for. Raises ResourceFailure for accounts that can't be known."""
    found = []
    for group in properties.get("StackInstancesGroup") or ():
        accounts = group.get("DeploymentTargets", {}).get("Accounts")
        if not accounts:
            raise ResourceFailure("StackSets with SELF_MANAGED permission model can only have ACCOUNTS as target")
        places = [(str(account), region) for account in accounts for region in group["Regions"]]
        found.append((_parameters(group.get("ParameterOverrides")), places))
    return found


def _overrides(properties: Properties) -> dict[Place, list[dict[str, str]]]:
    return {place: overrides for overrides, places in _groups(properties) for place in places}


async def _work(
    deployment: Deployment,
    name: str,
    operation: str,
    properties: Properties,
    overrides: list[dict[str, str]] | None,
    places: list[Place],
) -> None:
    """An operation on instances, region by region as their accounts differ. Raises ResourceFailure when it fails."""
    regions: dict[tuple[str, ...], list[str]] = {}
    for region in dict.fromkeys(region for _, region in places):
        accounts = tuple(account for account, other in places if other == region)
        regions.setdefault(accounts, []).append(region)
    for accounts, alike in regions.items():
        request = {"StackSetName": name, "Accounts": list(accounts), "Regions": alike} | _preferences(properties, alike)
        request |= {"RetainStacks": False} if operation == "DeleteStackInstances" else {}
        request |= {"ParameterOverrides": overrides} if overrides is not None else {}
        reply = await deployment.call("cloudformation", operation, request)
        await _end(deployment, name, reply["OperationId"])


async def _end(deployment: Deployment, name: str, operation_id: str) -> None:
    """Wait for the end of a stack set's operation; stop it when the step isn't wanted any more."""
    request = {"StackSetName": name, "OperationId": operation_id}
    while True:
        reply = await deployment.call("cloudformation", "DescribeStackSetOperation", request)
        status = reply["StackSetOperation"]["Status"]
        if status == "SUCCEEDED":
            return
        if status in ("FAILED", "STOPPED"):
            raise ResourceFailure(f"Operation {operation_id} on stack set {name} is in {status} state")
        if await deployment.is_given_up():
            if status == "RUNNING":
                await deployment.call("cloudformation", "StopStackSetOperation", request)
            raise GivenUp
        await deployment.sleep(_PAUSE_SECONDS)
