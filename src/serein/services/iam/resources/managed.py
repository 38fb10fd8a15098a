"""AWS::IAM::ManagedPolicy."""

from datetime import UTC, datetime
from typing import Any

from serein.kernel.errors import AwsError
from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.iam.resources.settling import document_text, ignore_missing, members

_OWNERS = {"Roles": "Role", "Users": "User", "Groups": "Group"}
_MOST_VERSIONS = 5


def _owners(properties: Properties) -> set[tuple[str, str]]:
    return {(noun, name) for member, noun in _OWNERS.items() for name in properties.get(member) or []}


@resource("AWS::IAM::ManagedPolicy")
class ManagedPolicyType:
    """Ref is the policy's ARN."""

    properties = frozenset({"Description", "Groups", "ManagedPolicyName", "Path", "PolicyDocument", "Roles", "Users"})
    replaced_by = frozenset({"Description", "ManagedPolicyName", "Path"})
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        request = {
            "PolicyName": properties.get("ManagedPolicyName") or deployment.physical_name(128),
            "PolicyDocument": document_text(properties["PolicyDocument"]),
            **members(properties, "Description", "Path"),
        }
        arn = (await deployment.call("iam", "CreatePolicy", request))["Policy"]["Arn"]
        await deployment.begun(arn)
        await _settle_owners(deployment, arn, {}, properties)
        return await _made(deployment, arn)

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        document = document_text(new["PolicyDocument"])
        if not old or document_text(old["PolicyDocument"]) != document:
            listed = await deployment.call("iam", "ListPolicyVersions", {"PolicyArn": physical_id})
            if len(listed["Versions"]) >= _MOST_VERSIONS:
                oldest = next(it for it in reversed(listed["Versions"]) if not it["IsDefaultVersion"])
                request = {"PolicyArn": physical_id, "VersionId": oldest["VersionId"]}
                await deployment.call("iam", "DeletePolicyVersion", request)
            request = {"PolicyArn": physical_id, "PolicyDocument": document, "SetAsDefault": True}
            await deployment.call("iam", "CreatePolicyVersion", request)
        await _settle_owners(deployment, physical_id, old, new)
        return await _made(deployment, physical_id)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        for noun, name in sorted(_owners(properties)):
            request = {f"{noun}Name": name, "PolicyArn": physical_id}
            await ignore_missing(deployment, f"Detach{noun}Policy", request)
        try:
            listed = await deployment.call("iam", "ListPolicyVersions", {"PolicyArn": physical_id})
        except AwsError as error:
            if error.code == "NoSuchEntity":
                return
            raise
        for version in listed["Versions"]:
            if not version["IsDefaultVersion"]:
                request = {"PolicyArn": physical_id, "VersionId": version["VersionId"]}
                await ignore_missing(deployment, "DeletePolicyVersion", request)
        await ignore_missing(deployment, "DeletePolicy", {"PolicyArn": physical_id})


async def _settle_owners(deployment: Deployment, arn: str, old: Properties, new: Properties) -> None:
    before, after = _owners(old), _owners(new)
    for noun, name in sorted(after - before):
        await deployment.call("iam", f"Attach{noun}Policy", {f"{noun}Name": name, "PolicyArn": arn})
    for noun, name in sorted(before - after):
        await ignore_missing(deployment, f"Detach{noun}Policy", {f"{noun}Name": name, "PolicyArn": arn})


async def _made(deployment: Deployment, arn: str) -> Made:
    policy: dict[str, Any] = (await deployment.call("iam", "GetPolicy", {"PolicyArn": arn}))["Policy"]
    attributes = members(
        policy, "AttachmentCount", "DefaultVersionId", "IsAttachable", "PermissionsBoundaryUsageCount", "PolicyId"
    )
    dates = {name: _date(policy[name]) for name in ("CreateDate", "UpdateDate")}
    return Made(arn, {"PolicyArn": arn, **attributes, **dates})


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
