"""AWS::IAM::User and AWS::IAM::AccessKey."""

from typing import Any

from serein.kernel.errors import AwsError, NotImplementedHere
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.iam.resources.settling import (
    clear,
    clear_stack_inline,
    ignore_missing,
    members,
    settle_policies,
    settle_tags,
    tags_of,
)


@resource("AWS::IAM::User")
class UserType:
    """Ref is the user's name."""

    properties = frozenset(
        {
            "Groups",
            "LoginProfile",
            "ManagedPolicyArns",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "Tags",
            "UserName",
        }
    )
    replaced_by = frozenset({"UserName"})
    stored = frozenset({"PermissionsBoundary"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        _refuse_login(properties)
        name = properties.get("UserName") or deployment.physical_name(64)
        request = {
            "UserName": name,
            "Tags": tags_of(deployment, properties),
            **members(properties, "Path", "PermissionsBoundary"),
        }
        user = (await deployment.call("iam", "CreateUser", request))["User"]
        await deployment.begun(name)
        await settle_policies(deployment, "User", name, {}, properties)
        await _settle_groups(deployment, name, {}, properties)
        return Made(name, {"Arn": user["Arn"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        _refuse_login(new)
        if old.get("PermissionsBoundary") != new.get("PermissionsBoundary"):
            raise NotImplementedHere("Serein does not change a user's PermissionsBoundary yet")
        if old.get("Path", "/") != new.get("Path", "/"):
            request = {"UserName": physical_id, "NewPath": new.get("Path", "/")}
            await deployment.call("iam", "UpdateUser", request)
        await settle_policies(deployment, "User", physical_id, old, new)
        await settle_tags(deployment, "User", physical_id, old, new)
        await _settle_groups(deployment, physical_id, old, new)
        user = (await deployment.call("iam", "GetUser", {"UserName": physical_id}))["User"]
        return Made(physical_id, {"Arn": user["Arn"]})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await clear(deployment, "User", physical_id)
        except AwsError as error:
            if error.code == "NoSuchEntity":
                return
            raise
        await clear_stack_inline(deployment, "User", physical_id, properties)
        await _settle_groups(deployment, physical_id, properties, {})
        await ignore_missing(deployment, "DeleteUser", {"UserName": physical_id})


def _refuse_login(properties: Properties) -> None:
    if "LoginProfile" in properties:
        raise NotImplementedHere("Serein has no console passwords: LoginProfile of AWS::IAM::User is not supported")


async def _settle_groups(deployment: Deployment, name: str, old: Properties, new: Properties) -> None:
    before, after = set(old.get("Groups") or []), set(new.get("Groups") or [])
    for group in sorted(after - before):
        await deployment.call("iam", "AddUserToGroup", {"GroupName": group, "UserName": name})
    for group in sorted(before - after):
        await ignore_missing(deployment, "RemoveUserFromGroup", {"GroupName": group, "UserName": name})


@resource("AWS::IAM::AccessKey")
class AccessKeyType:
    """Ref is the key's id."""

    properties = frozenset({"Serial", "Status", "UserName"})
    replaced_by = frozenset({"Serial", "UserName"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        owner = {"UserName": properties["UserName"]}
        key: dict[str, Any] = (await deployment.call("iam", "CreateAccessKey", owner))["AccessKey"]
        await deployment.begun(key["AccessKeyId"])
        if properties.get("Status", "Active") != "Active":
            request = {**owner, "AccessKeyId": key["AccessKeyId"], "Status": properties["Status"]}
            await deployment.call("iam", "UpdateAccessKey", request)
        return Made(key["AccessKeyId"], {"Id": key["AccessKeyId"], "SecretAccessKey": key["SecretAccessKey"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"UserName": new["UserName"], "AccessKeyId": physical_id, "Status": new.get("Status", "Active")}
        await deployment.call("iam", "UpdateAccessKey", request)
        return Made(physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        request = {"UserName": properties["UserName"], "AccessKeyId": physical_id}
        await ignore_missing(deployment, "DeleteAccessKey", request)
