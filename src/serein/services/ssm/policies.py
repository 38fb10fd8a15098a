"""Parameter policies: expiration, and the notifications before and without it.

AWS: https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from serein.services.ssm.errors import (
    IncompatiblePolicyException,
    InvalidPolicyAttributeException,
    InvalidPolicyTypeException,
    PoliciesLimitExceededException,
)

_MOST = 10
_EXPIRATION = "Expiration"
_ATTRIBUTES = {
    _EXPIRATION: {"Timestamp"},
    "ExpirationNotification": {"Before", "Unit"},
    "NoChangeNotification": {"After", "Unit"},
}
_UNITS = ("Days", "Hours")


class Policy(msgspec.Struct):
    """A policy, as it was given."""

    type: str
    text: str
    expires_at: float | None = None


def parse_policies(text: str) -> list[Policy]:
    """The policies in PutParameter's JSON array. Raises AWS's errors."""
    try:
        given = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise InvalidPolicyAttributeException(f"The policies are not a JSON array: {text}") from None
    if given == {}:
        return []
    if not isinstance(given, list):
        raise InvalidPolicyAttributeException(f"The policies are not a JSON array: {text}")
    if len(given) > _MOST:
        raise PoliciesLimitExceededException
    policies = [_parse(one) for one in given]
    expirations = [policy for policy in policies if policy.type == _EXPIRATION]
    if len(expirations) > 1:
        raise IncompatiblePolicyException("You can't specify two Expiration policies for a parameter.")
    if not expirations and any(policy.type == "ExpirationNotification" for policy in policies):
        raise IncompatiblePolicyException("An ExpirationNotification policy needs an Expiration policy.")
    return policies


def _parse(given: Any) -> Policy:
    if not isinstance(given, dict) or given.get("Type") not in _ATTRIBUTES:
        kind = given.get("Type") if isinstance(given, dict) else given
        raise InvalidPolicyTypeException(
            f"The policy type {kind} isn't supported. Parameter Store supports the following policy types: "
            "Expiration, ExpirationNotification, and NoChangeNotification."
        )
    kind, attributes = given["Type"], given.get("Attributes")
    if given.get("Version") != "1.0" or not isinstance(attributes, dict) or set(attributes) != _ATTRIBUTES[kind]:
        raise InvalidPolicyAttributeException(
            f"A {kind} policy has Version 1.0 and the attributes {', '.join(sorted(_ATTRIBUTES[kind]))}."
        )
    text = msgspec.json.encode(given).decode()
    if kind == _EXPIRATION:
        return Policy(kind, text, _timestamp(attributes["Timestamp"]))
    number, unit = str(attributes.get("Before", attributes.get("After"))), attributes["Unit"]
    if unit not in _UNITS or not number.isdecimal() or int(number) < 1:
        raise InvalidPolicyAttributeException(f"A {kind} policy wants a positive number of Days or Hours.")
    return Policy(kind, text)


def _timestamp(text: Any) -> float:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        raise InvalidPolicyAttributeException(f"The Timestamp {text} is not an ISO 8601 time.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def expiry_of(policies: list[Policy]) -> float | None:
    """When the parameter is deleted, or None."""
    return next((policy.expires_at for policy in policies if policy.type == _EXPIRATION), None)
