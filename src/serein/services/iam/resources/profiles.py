"""AWS::IAM::InstanceProfile."""

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.iam.resources.settling import ignore_missing, members


@resource("AWS::IAM::InstanceProfile")
class InstanceProfileType:
    """Ref is the profile's name."""

    properties = frozenset({"InstanceProfileName", "Path", "Roles"})
    replaced_by = frozenset({"InstanceProfileName", "Path"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("InstanceProfileName") or deployment.physical_name(128)
        request = {"InstanceProfileName": name, **members(properties, "Path")}
        profile = (await deployment.call("iam", "CreateInstanceProfile", request))["InstanceProfile"]
        await deployment.begun(name)
        await _settle(deployment, name, {}, properties)
        return Made(name, {"Arn": profile["Arn"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await _settle(deployment, physical_id, old, new)
        request = {"InstanceProfileName": physical_id}
        profile = (await deployment.call("iam", "GetInstanceProfile", request))["InstanceProfile"]
        return Made(physical_id, {"Arn": profile["Arn"]})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _settle(deployment, physical_id, properties, {})
        await ignore_missing(deployment, "DeleteInstanceProfile", {"InstanceProfileName": physical_id})


async def _settle(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    before, after = set(old.get("Roles") or []), set(new.get("Roles") or [])
    for role in sorted(before - after):
        request = {"InstanceProfileName": name, "RoleName": role}
        await ignore_missing(deployment, "RemoveRoleFromInstanceProfile", request)
    for role in sorted(after - before):
        await deployment.call("iam", "AddRoleToInstanceProfile", {"InstanceProfileName": name, "RoleName": role})
