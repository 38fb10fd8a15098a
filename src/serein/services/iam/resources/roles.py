"""AWS::IAM::Role and AWS::IAM::ServiceLinkedRole."""

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.iam.resources.settling import (
    clear,
    clear_stack_inline,
    document_text,
    ignore_missing,
    members,
    settle_policies,
    settle_tags,
    tags_of,
)


@resource("AWS::IAM::Role")
class RoleType:
    """Ref is the role's name."""

    properties = frozenset(
        {
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "RoleName",
            "Tags",
        }
    )
    replaced_by = frozenset({"Path", "RoleName"})
    stored = frozenset({"PermissionsBoundary"})

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties.get("RoleName") or deployment.physical_name(64)
        request = {
            "RoleName": name,
            "AssumeRolePolicyDocument": document_text(properties["AssumeRolePolicyDocument"]),
            "Tags": tags_of(deployment, properties),
            **members(properties, "Path", "Description", "PermissionsBoundary"),
        }
        if "MaxSessionDuration" in properties:
            request["MaxSessionDuration"] = int(properties["MaxSessionDuration"])
        role = (await deployment.call("iam", "CreateRole", request))["Role"]
        await deployment.begun(name)
        await settle_policies(deployment, "Role", name, {}, properties)
        return Made(name, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        owner = {"RoleName": physical_id}
        trust = document_text(new["AssumeRolePolicyDocument"])
        if not old or document_text(old["AssumeRolePolicyDocument"]) != trust:
            await deployment.call("iam", "UpdateAssumeRolePolicy", {**owner, "PolicyDocument": trust})
        change = {
            "Description": new.get("Description", ""),
            "MaxSessionDuration": int(new.get("MaxSessionDuration", 3600)),
        }
        await deployment.call("iam", "UpdateRole", {**owner, **change})
        boundary = new.get("PermissionsBoundary")
        if boundary != old.get("PermissionsBoundary"):
            if boundary:
                request = {**owner, "PermissionsBoundary": boundary}
                await deployment.call("iam", "PutRolePermissionsBoundary", request)
            else:
                await ignore_missing(deployment, "DeleteRolePermissionsBoundary", owner)
        await settle_policies(deployment, "Role", physical_id, old, new)
        await settle_tags(deployment, "Role", physical_id, old, new)
        role = (await deployment.call("iam", "GetRole", owner))["Role"]
        return Made(physical_id, {"Arn": role["Arn"], "RoleId": role["RoleId"]})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        try:
            await clear(deployment, "Role", physical_id)
        except AwsError as error:
            if error.code == "NoSuchEntity":
                return
            raise
        await clear_stack_inline(deployment, "Role", physical_id, properties)
        await ignore_missing(deployment, "DeleteRole", {"RoleName": physical_id})


@resource("AWS::IAM::ServiceLinkedRole")
class ServiceLinkedRoleType:
    """Ref is the role's name."""

    properties = frozenset({"AWSServiceName", "CustomSuffix", "Description"})
    replaced_by = frozenset({"AWSServiceName", "CustomSuffix"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = members(properties, "AWSServiceName", "CustomSuffix", "Description")
        role = (await deployment.call("iam", "CreateServiceLinkedRole", request))["Role"]
        return Made(role["RoleName"], {"RoleName": role["RoleName"]})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        request = {"RoleName": physical_id, "Description": new.get("Description", "")}
        await deployment.call("iam", "UpdateRole", request)
        return Made(physical_id, {"RoleName": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await ignore_missing(deployment, "DeleteServiceLinkedRole", {"RoleName": physical_id})
