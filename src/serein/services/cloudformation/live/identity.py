"""Roles, users, groups and managed policies, as they are."""

from typing import Any
from urllib.parse import unquote

from serein.kernel.resource import Properties
from serein.services.cloudformation.live.looking import LiveType, Look, document, own_tags, picked, with_tags

_MARKER = ("Marker", "Marker")
_HELD = ("ManagedPolicyArns", "Path", "PermissionsBoundary", "Policies", "Tags")


def _policy_document(value: Any) -> Any:
    """A policy as an object; IAM gives it as text in the form of a URL's part."""
    return document(unquote(value)) if isinstance(value, str) else value


async def _inline(look: Look, kind: str, name: str) -> list[dict[str, Any]]:
    """The inline policies of a Role, User or Group."""
    key = {f"{kind}Name": name}
    found = []
    for policy in await look.all("iam", f"List{kind}Policies", "PolicyNames", _MARKER, key):
        reply = await look.call("iam", f"Get{kind}Policy", key | {"PolicyName": policy})
        found.append({"PolicyName": policy, "PolicyDocument": _policy_document(reply["PolicyDocument"])})
    return found


async def _attached(look: Look, kind: str, name: str) -> list[str]:
    found = await look.all("iam", f"ListAttached{kind}Policies", "AttachedPolicies", _MARKER, {f"{kind}Name": name})
    return [it["PolicyArn"] for it in found]


async def _principal(look: Look, kind: str, name: str) -> tuple[dict[str, Any], Properties] | None:
    reply = await look.find("iam", f"Get{kind}", {f"{kind}Name": name})
    if reply is None:
        return None
    found: dict[str, Any] = reply[kind]
    properties = picked(found, (f"{kind}Name", "Path"))
    policies, arns = await _inline(look, kind, name), await _attached(look, kind, name)
    properties |= {"Policies": policies} if policies else {}
    properties |= {"ManagedPolicyArns": arns} if arns else {}
    if found.get("PermissionsBoundary"):
        properties["PermissionsBoundary"] = found["PermissionsBoundary"]["PermissionsBoundaryArn"]
    return found, with_tags(properties, own_tags(found.get("Tags")))


async def _role(look: Look, name: str) -> Properties | None:
    found = await _principal(look, "Role", name)
    if found is None:
        return None
    role, properties = found
    properties["AssumeRolePolicyDocument"] = _policy_document(role["AssumeRolePolicyDocument"])
    return properties | picked(role, ("Description", "MaxSessionDuration"))


async def _user(look: Look, name: str) -> Properties | None:
    found = await _principal(look, "User", name)
    if found is None:
        return None
    groups = await look.all("iam", "ListGroupsForUser", "Groups", _MARKER, {"UserName": name})
    return found[1] | ({"Groups": [it["GroupName"] for it in groups]} if groups else {})


async def _group(look: Look, name: str) -> Properties | None:
    found = await _principal(look, "Group", name)
    return found[1] if found else None


async def _managed_policy(look: Look, arn: str) -> Properties | None:
    reply = await look.find("iam", "GetPolicy", {"PolicyArn": arn})
    if reply is None:
        return None
    policy = reply["Policy"]
    version = await look.call("iam", "GetPolicyVersion", {"PolicyArn": arn, "VersionId": policy["DefaultVersionId"]})
    properties = picked(policy, ("Description", "Path")) | {"ManagedPolicyName": policy["PolicyName"]}
    properties["PolicyDocument"] = _policy_document(version["PolicyVersion"]["Document"])
    entities = await look.call("iam", "ListEntitiesForPolicy", {"PolicyArn": arn})
    for member, name in (("Groups", "GroupName"), ("Roles", "RoleName"), ("Users", "UserName")):
        held = [it[name] for it in entities.get(f"Policy{member}", [])]
        if held:
            properties[member] = held
    return properties


async def _profile(look: Look, name: str) -> Properties | None:
    reply = await look.find("iam", "GetInstanceProfile", {"InstanceProfileName": name})
    if reply is None:
        return None
    found = reply["InstanceProfile"]
    roles = [it["RoleName"] for it in found.get("Roles", [])]
    return picked(found, ("InstanceProfileName", "Path")) | {"Roles": roles}


async def _roles(look: Look) -> list[str]:
    found = await look.all("iam", "ListRoles", "Roles", _MARKER)
    return [it["RoleName"] for it in found if not it["Path"].startswith("/aws-service-role/")]


async def _users(look: Look) -> list[str]:
    return [it["UserName"] for it in await look.all("iam", "ListUsers", "Users", _MARKER)]


async def _groups(look: Look) -> list[str]:
    return [it["GroupName"] for it in await look.all("iam", "ListGroups", "Groups", _MARKER)]


async def _managed_policies(look: Look) -> list[str]:
    return [it["Arn"] for it in await look.all("iam", "ListPolicies", "Policies", _MARKER, {"Scope": "Local"})]


async def _profiles(look: Look) -> list[str]:
    found = await look.all("iam", "ListInstanceProfiles", "InstanceProfiles", _MARKER)
    return [it["InstanceProfileName"] for it in found]


TYPES = (
    LiveType(
        "AWS::IAM::Role",
        frozenset((*_HELD, "RoleName", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration")),
        _role,
        _roles,
    ),
    LiveType("AWS::IAM::User", frozenset((*_HELD, "UserName", "Groups")), _user, _users),
    LiveType("AWS::IAM::Group", frozenset((*_HELD, "GroupName")), _group, _groups),
    LiveType(
        "AWS::IAM::ManagedPolicy",
        frozenset(("Description", "Path", "ManagedPolicyName", "PolicyDocument", "Groups", "Roles", "Users")),
        _managed_policy,
        _managed_policies,
    ),
    LiveType("AWS::IAM::InstanceProfile", frozenset(("InstanceProfileName", "Path", "Roles")), _profile, _profiles),
)
