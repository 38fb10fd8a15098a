"""Scalable targets: what they are, how requests change them, and how they are shown."""

from typing import Any, NamedTuple

import msgspec

from serein.kernel.arn import arn_of
from serein.kernel.ids import random_hex
from serein.kernel.operation import Reply, Request
from serein.kernel.scope import Caller, Scope
from serein.services.application_autoscaling.errors import TooManyTagsException, ValidationException
from serein.services.application_autoscaling.namespaces import DYNAMODB, EMR, LAMBDA, find_role, least_capacity

MINUTE_SECONDS = 60.0
_SUSPENSIONS = ("DynamicScalingInSuspended", "DynamicScalingOutSuspended", "ScheduledScalingSuspended")
_ID_DIGITS = 36
_MOST_TAGS = 50


class Address(NamedTuple):
    """What identifies a scalable target, besides its account and region."""

    namespace: str
    resource_id: str
    dimension: str

    @property
    def sentence(self) -> str:
        """How AWS's messages name it."""
        return (
            f"service namespace: {self.namespace}, resource ID: {self.resource_id}, "
            f"scalable dimension: {self.dimension}"
        )

    @property
    def members(self) -> dict[str, str]:
        return {
            "ServiceNamespace": self.namespace,
            "ResourceId": self.resource_id,
            "ScalableDimension": self.dimension,
        }


class TargetDefinition(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is stored of a scalable target as JSON."""

    minimum: int
    maximum: int
    role: str
    created_at: float
    suspended: dict[str, bool] = {}
    tags: dict[str, str] = {}
    last_out_at: float | None = None
    """When target tracking scaled out last."""
    last_out_wanted: int = 0
    """The capacity that it wanted then, whatever the maximum."""
    last_in_at: float | None = None
    not_scaled: str = ""
    """Why the last alarm changed nothing; empty when it did or there was none."""
    pending: str = ""
    """The id of the activity whose change isn't fulfilled yet."""

    @property
    def bounds(self) -> tuple[int, int]:
        return self.minimum, self.maximum

    def is_suspended(self, what: str) -> bool:
        """Whether DynamicScalingIn, DynamicScalingOut or ScheduledScaling is."""
        return self.suspended.get(f"{what}Suspended", False)


class ScalableTarget(NamedTuple):
    """A scalable target as it is stored."""

    arn: str
    scope: Scope
    address: Address
    definition: TargetDefinition

    @property
    def is_scaled_here(self) -> bool:
        """Whether what it is about is in the platform's hands."""
        return self.address.namespace in (DYNAMODB, LAMBDA)


_decode = msgspec.json.Decoder(TargetDefinition).decode
_encode = msgspec.json.Encoder().encode


def target_of(arn: str, account: str, region: str, namespace: str, *rest: str) -> ScalableTarget:
    """The target that a row holds."""
    resource_id, dimension, definition = rest
    return ScalableTarget(arn, Scope(account, region), Address(namespace, resource_id, dimension), _decode(definition))


def encode_definition(definition: TargetDefinition) -> str:
    return _encode(definition).decode()


def address_of(request: Request) -> Address:
    return Address(request["ServiceNamespace"], request["ResourceId"], request["ScalableDimension"])


def new_target_arn(scope: Scope) -> str:
    return arn_of("application-autoscaling", scope, f"scalable-target/{random_hex(_ID_DIGITS)}")


def next_minute(now: float) -> float:
    """When the platform looks at targets again: at whole minutes, when consumed units are complete."""
    return (now // MINUTE_SECONDS + 1) * MINUTE_SECONDS


def parse_bounds(given: dict[str, Any], known: tuple[int, int] | None, namespace: str) -> tuple[int, int]:
    """MinCapacity and MaxCapacity, what isn't given being left as it was. Raises ValidationException."""
    if known is None and not ("MinCapacity" in given and "MaxCapacity" in given):
        raise ValidationException("Minimum capacity and maximum capacity must be specified for a new scalable target")
    minimum, maximum = known or (0, 0)
    minimum, maximum = given.get("MinCapacity", minimum), given.get("MaxCapacity", maximum)
    require_bounds(minimum, maximum, namespace)
    return minimum, maximum


def require_bounds(minimum: int | None, maximum: int | None, namespace: str) -> None:
    """Check those bounds that are given. Raises ValidationException."""
    least = least_capacity(namespace)
    if minimum is not None and minimum < least:
        raise ValidationException(f"Minimum capacity cannot be less than {least}")
    if maximum is not None and maximum < least:
        raise ValidationException(f"Maximum capacity cannot be less than {least}")
    if minimum is not None and maximum is not None and maximum < minimum:
        raise ValidationException("Maximum capacity cannot be less than minimum capacity")


def parse_role(request: Request, scope: Scope, known: str | None) -> str:
    """The role that is shown. Raises ValidationException when one must be given.

    AWS: a role that is given counts only where there is no service-linked one.
    """
    role = find_role(request["ServiceNamespace"], scope) or request.get("RoleARN") or known
    if role is None:
        raise ValidationException(f"Role ARN must be specified for service namespace {EMR}")
    return str(role)


def require_tags(arn: str, tags: dict[str, str], caller: Caller) -> None:
    """Check all tags that a target is to have. Raises TooManyTagsException and ValidationException.

    Only services set tags of AWS's own, as CloudFormation does.
    """
    if caller.service is None and any(key.lower().startswith("aws:") for key in tags):
        raise ValidationException("Tag keys cannot start with the reserved prefix aws:")
    if len(tags) > _MOST_TAGS:
        raise TooManyTagsException(f"A scalable target cannot have more than {_MOST_TAGS} tags", ResourceName=arn)


def describe_target(target: ScalableTarget) -> Reply:
    definition = target.definition
    return {
        **target.address.members,
        "MinCapacity": definition.minimum,
        "MaxCapacity": definition.maximum,
        "RoleARN": definition.role,
        "CreationTime": definition.created_at,
        "SuspendedState": {name: definition.suspended.get(name, False) for name in _SUSPENSIONS},
        "ScalableTargetARN": target.arn,
    }
