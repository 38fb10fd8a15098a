"""Secrets: their names and ARNs, the record that is kept of one, and how it is shown."""

import re
from typing import Any

import msgspec

from serein.kernel.call import Call
from serein.kernel.ids import new_uuid, random_fraction
from serein.kernel.operation import Request
from serein.kernel.scope import Caller, Scope
from serein.services.secretsmanager.errors import (
    InvalidParameterException,
    InvalidRequestException,
    ValidationException,
)

CURRENT, PREVIOUS, PENDING = "AWSCURRENT", "AWSPREVIOUS", "AWSPENDING"
DAY_SECONDS = 86_400
_NAME = re.compile(r"[A-Za-z0-9/_+=.@!-]+")
_SUFFIX_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_SUFFIX_LENGTH = 6
_MOST_TAGS = 50
_WINDOW_DAYS = range(7, 31)
_DEFAULT_WINDOW_DAYS = 30


class Rotation(msgspec.Struct, omit_defaults=True):
    """How a secret is rotated, and what is known of it."""

    function: str = ""
    is_enabled: bool = False
    rules: dict[str, Any] = {}
    last: float | None = None


class Secret(msgspec.Struct, omit_defaults=True):
    """What is kept of a secret besides its versions, shared by its replicas."""

    primary_region: str
    created_at: float
    changed_at: float
    description: str = ""
    tags: dict[str, str] = {}
    has_tags: bool = False
    """Whether there have been tags: AWS shows an empty list when all are gone."""
    policy: str = ""
    rotation: Rotation = msgspec.field(default_factory=Rotation)
    marked_at: float | None = None
    """When it was marked for deletion."""
    accessed_on: float | None = None


class Version(msgspec.Struct):
    """A version of a secret."""

    version_id: str
    number: int
    created_at: float
    accessed_on: float | None
    stages: list[str]
    kind: str
    """`text`, `binary`, or empty while a rotation has not stored anything."""
    value: bytes

    def same_value(self, kind: str, value: bytes) -> bool:
        return self.kind == kind and self.value == value

    @property
    def shown_value(self) -> dict[str, Any]:
        return {"SecretString": self.value.decode()} if self.kind == "text" else {"SecretBinary": self.value}


def require_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValidationException(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"
        )


def token_of(call: Call, request: Request) -> str:
    """The request's ClientRequestToken. Raises InvalidRequestException.

    AWS: it is required, and SDKs make one where their user gives none, as is done here for calls from inside.
    """
    token: str = request.get("ClientRequestToken", "")
    if not token and call.client is not None:
        raise InvalidRequestException("You must provide a ClientRequestToken value. We recommend a UUID-type value.")
    return token or new_uuid()


def new_arn(scope: Scope, name: str) -> str:
    """An ARN with the six random characters that keep a later secret of the same name apart."""
    count = len(_SUFFIX_CHARACTERS)
    suffix = "".join(_SUFFIX_CHARACTERS[int(random_fraction() * count)] for _ in range(_SUFFIX_LENGTH))
    return f"arn:{scope.partition}:secretsmanager:{scope.region}:{scope.account}:secret:{name}-{suffix}"


def arn_in_region(arn: str, region: str) -> str:
    """The ARN of a replica: the same but for the region."""
    parts = arn.split(":")
    parts[3] = region
    return ":".join(parts)


def value_of(request: dict[str, Any]) -> tuple[str, bytes] | None:
    """The kind and bytes of a value that a request has, or None. Raises InvalidParameterException for two."""
    text, binary = request.get("SecretString"), request.get("SecretBinary")
    if text is not None and binary is not None:
        raise InvalidParameterException(
            "You can't specify both a binary secret value and a string secret value in the same secret."
        )
    if text is not None:
        return "text", text.encode()
    return None if binary is None else ("binary", bytes(binary))


def parse_tags(given: list[dict[str, Any]], caller: Caller) -> dict[str, str]:
    """Tags of a request; those of AWS's own only services set. Raises InvalidParameterException."""
    tags = {tag["Key"]: tag.get("Value", "") for tag in given if "Key" in tag}
    if caller.service is None and any(key.lower().startswith("aws:") for key in tags):
        raise InvalidParameterException("Tag keys that start with aws: are reserved.")
    return tags


def require_few_tags(tags: dict[str, str]) -> None:
    if len(tags) > _MOST_TAGS:
        raise InvalidParameterException(f"You can't have more than {_MOST_TAGS} tags on a secret.")


def window_seconds(request: dict[str, Any]) -> float | None:
    """How long a deleted secret can be restored; None for not at all. Raises InvalidParameterException."""
    days = request.get("RecoveryWindowInDays")
    if request.get("ForceDeleteWithoutRecovery"):
        if days is not None:
            raise InvalidParameterException(
                "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays."
            )
        return None
    if days is not None and days not in _WINDOW_DAYS:
        raise InvalidParameterException("The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    return float((days or _DEFAULT_WINDOW_DAYS) * DAY_SECONDS)


def require_alive(secret: Secret) -> None:
    """Raises InvalidRequestException for a secret that is marked for deletion."""
    if secret.marked_at is not None:
        raise InvalidRequestException


def tags_reply(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def description_reply(
    secret: Secret, arn: str, name: str, own: dict[str, Any], ends_at: float | None
) -> dict[str, Any]:
    """What DescribeSecret and ListSecrets have in common. `own` is what this region's secret has of its own."""
    reply: dict[str, Any] = {
        "ARN": arn,
        "Name": name,
        "LastChangedDate": secret.changed_at,
        "CreatedDate": secret.created_at,
    }
    if secret.tags or secret.has_tags:
        reply["Tags"] = tags_reply(secret.tags)
    optional = {
        "Description": secret.description,
        "KmsKeyId": own.get("KmsKeyId"),
        "LastAccessedDate": secret.accessed_on,
        "DeletedDate": ends_at,
        "PrimaryRegion": secret.primary_region if own.get("IsReplicated") else None,
    }
    reply |= {member: value for member, value in optional.items() if value}
    return reply | _rotation_reply(secret.rotation)


def _rotation_reply(rotation: Rotation) -> dict[str, Any]:
    if not rotation.function:
        return {}
    reply: dict[str, Any] = {"RotationEnabled": rotation.is_enabled, "RotationLambdaARN": rotation.function}
    if rotation.rules:
        reply["RotationRules"] = rotation.rules
    if rotation.last is not None:
        reply["LastRotatedDate"] = rotation.last
    return reply
