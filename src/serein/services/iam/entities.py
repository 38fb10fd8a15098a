"""Roles, users, groups, managed policies and instance profiles: what they share, and how each is shown."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from serein.services.iam.errors import NoSuchEntity

Fields = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of entity and AWS's words for it."""

    key: str
    """As in its ARN."""
    id_prefix: str
    missing: str
    existing: str

    def absent(self, name: str) -> NoSuchEntity:
        return NoSuchEntity(self.missing.format(name))


ROLE = Kind("role", "AROA", "The role with name {} cannot be found.", "Role with name {} already exists.")
USER = Kind("user", "AIDA", "The user with name {} cannot be found.", "User with name {} already exists.")
GROUP = Kind("group", "AGPA", "The group with name {} cannot be found.", "Group with name {} already exists.")
POLICY = Kind(
    "policy",
    "ANPA",
    "Policy {} was not found.",
    "A policy called {} already exists. Duplicate names are not allowed.",
)
INSTANCE_PROFILE = Kind(
    "instance-profile", "AIPA", "Instance Profile {} cannot be found.", "Instance Profile {} already exists."
)


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity as stored. `fields` are the members that only its kind has, by their wire names."""

    account: str
    kind: str
    name: str
    path: str
    id: str
    created_at: float
    fields: Fields

    @property
    def key(self) -> str:
        return key_of(self.name)

    def arn(self, partition: str) -> str:
        return f"arn:{partition}:iam::{self.account}:{self.kind}{self.path}{self.name}"


def key_of(name: str) -> str:
    """AWS: names are unique without regard to case and shown as first given (API_CreateRole, RoleName)."""
    return name.lower()


def encoded(document: str) -> str:
    """A policy document as IAM's replies carry it: percent-encoded per RFC 3986."""
    return quote(document, safe="")


def role_reply(role: Entity, partition: str, *, is_summary: bool = False) -> Fields:
    """The Role shape; lists leave out tags, boundary and last use."""
    reply = _reply(role, partition, "Role")
    reply["AssumeRolePolicyDocument"] = encoded(role.fields["AssumeRolePolicyDocument"])
    reply["MaxSessionDuration"] = role.fields.get("MaxSessionDuration", 3600)
    if "Description" in role.fields:
        reply["Description"] = role.fields["Description"]
    if not is_summary:
        reply |= _tags(role) | _boundary(role)
        reply["RoleLastUsed"] = {}
    return reply


def user_reply(user: Entity, partition: str, *, is_summary: bool = False) -> Fields:
    reply = _reply(user, partition, "User")
    return reply if is_summary else reply | _tags(user) | _boundary(user)


def group_reply(group: Entity, partition: str) -> Fields:
    return _reply(group, partition, "Group")


def profile_reply(profile: Entity, roles: list[Entity], partition: str) -> Fields:
    reply = _reply(profile, partition, "InstanceProfile")
    reply["Roles"] = [role_reply(role, partition, is_summary=True) for role in roles]
    return reply | _tags(profile)


def policy_reply(policy: Entity, attachments: int, partition: str, *, is_summary: bool = False) -> Fields:
    """The Policy shape; lists leave out description and tags."""
    reply: Fields = {
        "PolicyName": policy.name,
        "PolicyId": policy.id,
        "Arn": policy.arn(partition),
        "Path": policy.path,
        "DefaultVersionId": f"v{policy.fields['DefaultVersion']}",
        "AttachmentCount": attachments,
        "PermissionsBoundaryUsageCount": 0,
        "IsAttachable": True,
        "CreateDate": policy.created_at,
        "UpdateDate": policy.fields["UpdateDate"],
    }
    if not is_summary:
        reply["Tags"] = policy.fields.get("Tags", [])
        if policy.fields.get("Description"):
            reply["Description"] = policy.fields["Description"]
    return reply


def _reply(entity: Entity, partition: str, noun: str) -> Fields:
    return {
        "Path": entity.path,
        f"{noun}Name": entity.name,
        f"{noun}Id": entity.id,
        "Arn": entity.arn(partition),
        "CreateDate": entity.created_at,
    }


def _tags(entity: Entity) -> Fields:
    return {"Tags": entity.fields["Tags"]} if entity.fields.get("Tags") else {}


def _boundary(entity: Entity) -> Fields:
    arn = entity.fields.get("PermissionsBoundary")
    if not arn:
        return {}
    return {"PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}}


def is_aws_managed(policy_arn: str) -> bool:
    """Whether an ARN names a policy that AWS owns: `arn:aws:iam::aws:policy/service-role/…`."""
    parts = policy_arn.split(":", 5)
    return len(parts) == 6 and parts[2] == "iam" and parts[4] == "aws" and parts[5].startswith("policy/")


AWS_MANAGED_SINCE = datetime(2015, 2, 6, 18, 39, tzinfo=UTC).timestamp()
"""A creation date for AWS's own policies, whose real ones aren't published with their documents."""
