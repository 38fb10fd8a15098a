"""AWS::IAM::Group and AWS::IAM::UserToGroupAddition."""

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.iam.resources.settling import (
    clear,
    clear_stack_inline,
    ignore_missing,
    members,
    settle_policies,
)


@resource("AWS::IAM::Group")
class GroupType:
    """Ref is the group's name."""

    properties = frozenset({"GroupName", "ManagedPolicyArns", "Path", "Policies"})
    replaced_by = frozenset({"GroupName"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("GroupName") or deployment.physical_name(128)
        request = {"GroupName": name, **members(properties, "Path")}
        group = (await deployment.call("iam", "CreateGroup", request))["Group"]
        await deployment.begun(name)
        await settle_policies(deployment, "Group", name, {}, properties)
        return Made(name, {"Arn": group["Arn"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        if old.get("Path", "/") != new.get("Path", "/"):
            request = {"GroupName": physical_id, "NewPath": new.get("Path", "/")}
            await deployment.call("iam", "UpdateGroup", request)
        await settle_policies(deployment, "Group", physical_id, old, new)
        group = (await deployment.call("iam", "GetGroup", {"GroupName": physical_id}))["Group"]
        return Made(physical_id, {"Arn": group["Arn"]})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await clear(deployment, "Group", physical_id)
        except AwsError as error:
            if error.code == "NoSuchEntity":
                return
            raise
        await clear_stack_inline(deployment, "Group", physical_id, properties)
        await ignore_missing(deployment, "DeleteGroup", {"GroupName": physical_id})


@resource("AWS::IAM::UserToGroupAddition")
class UserToGroupAdditionType:
    """Ref is a name that CloudFormation forms."""

    properties = frozenset({"GroupName", "Users"})
    replaced_by: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = deployment.physical_name(128)
        for user in sorted(set(properties["Users"])):
            request = {"GroupName": properties["GroupName"], "UserName": user}
            await deployment.call("iam", "AddUserToGroup", request)
            await deployment.begun(name)
        return Made(name, {"Id": name})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        await _settle(deployment, old, new)
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _settle(deployment, properties, {})


async def _settle(deployment: Deployment, old: Properties, new: Properties) -> None:
    before = {(old["GroupName"], user) for user in old.get("Users", [])}
    after = {(new["GroupName"], user) for user in new.get("Users", [])}
    for group, user in sorted(after - before):
        await deployment.call("iam", "AddUserToGroup", {"GroupName": group, "UserName": user})
    for group, user in sorted(before - after):
        await ignore_missing(deployment, "RemoveUserFromGroup", {"GroupName": group, "UserName": user})
