"""AWS::IAM::Policy, one document put on many, and its younger forms for one role, user or group."""

from typing import ClassVar

from serein.kernel.resource import Deployment, Made, Properties, resource
from serein.services.iam.resources.settling import document_text, ignore_missing

_OWNERS = {"Roles": "Role", "Users": "User", "Groups": "Group"}


def _owners(properties: Properties) -> set[tuple[str, str]]:
    return {(noun, name) for member, noun in _OWNERS.items() for name in properties.get(member) or []}


async def _put(deployment: Deployment, noun: str, name: str, properties: Properties) -> None:
    request = {
        f"{noun}Name": name,
        "PolicyName": properties["PolicyName"],
        "PolicyDocument": document_text(properties["PolicyDocument"]),
    }
    await deployment.call("iam", f"Put{noun}Policy", request)


async def _remove(deployment: Deployment, noun: str, name: str, policy_name: str) -> None:
    await ignore_missing(deployment, f"Delete{noun}Policy", {f"{noun}Name": name, "PolicyName": policy_name})


@resource("AWS::IAM::Policy")
class PolicyType:
    """Ref is a name that CloudFormation forms."""

    properties = frozenset({"Groups", "PolicyDocument", "PolicyName", "Roles", "Users"})
    replaced_by: frozenset[str] = frozenset()
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        physical_id = deployment.physical_name(128)
        for noun, name in sorted(_owners(properties)):
            await _put(deployment, noun, name, properties)
            await deployment.begun(physical_id)
        return Made(physical_id, {"Id": physical_id})

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        for noun, name in sorted(_owners(new)):
            await _put(deployment, noun, name, new)
        is_renamed = bool(old) and old["PolicyName"] != new["PolicyName"]
        for noun, name in sorted(_owners(old) if is_renamed else _owners(old) - _owners(new)):
            await _remove(deployment, noun, name, old["PolicyName"])
        return Made(physical_id, {"Id": physical_id})

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        for noun, name in sorted(_owners(properties)):
            await _remove(deployment, noun, name, properties["PolicyName"])


class _InlinePolicy:
    """A document on one owner. Ref is the policy's name and its owner's, joined by a bar."""

    noun: ClassVar[str]
    stored: frozenset[str] = frozenset()

    async def create(self, deployment: Deployment, properties: Properties) -> Made:
        name = properties[f"{self.noun}Name"]
        if "PolicyDocument" in properties:
            await _put(deployment, self.noun, name, properties)
        return Made(f"{properties['PolicyName']}|{name}")

    async def update(self, deployment: Deployment, physical_id: str, old: Properties, new: Properties) -> Made:
        return await self.create(deployment, new)

    async def delete(self, deployment: Deployment, physical_id: str, properties: Properties) -> None:
        await _remove(deployment, self.noun, properties[f"{self.noun}Name"], properties["PolicyName"])


@resource("AWS::IAM::RolePolicy")
class RolePolicyType(_InlinePolicy):
    noun = "Role"
    properties = frozenset({"PolicyDocument", "PolicyName", "RoleName"})
    replaced_by = frozenset({"PolicyName", "RoleName"})


@resource("AWS::IAM::UserPolicy")
class UserPolicyType(_InlinePolicy):
    noun = "User"
    properties = frozenset({"PolicyDocument", "PolicyName", "UserName"})
    replaced_by = frozenset({"PolicyName", "UserName"})


@resource("AWS::IAM::GroupPolicy")
class GroupPolicyType(_InlinePolicy):
    noun = "Group"
    properties = frozenset({"PolicyDocument", "PolicyName", "GroupName"})
    replaced_by = frozenset({"PolicyName", "GroupName"})
