"""Policies that a simulation leaves out: by type, by ARN, or by the name of an inline policy.

AWS: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyIdentifier.html
"""

from collections.abc import Callable
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from serein.kernel.policies import Identity
from serein.services.iam.errors import InvalidInput

_INLINE = frozenset({"user", "group", "role"})
_Excludes = Callable[[str, str], bool]
"""Of a policy's kind and place."""


def without_excluded(identity: Identity, excluded: list[dict[str, Any]]) -> Identity:
    """The identity without the policies that identifiers match; what matches nothing is no error. Raises InvalidInput.

    AWS: a boundary is left out by its type or its ARN.
    """
    tests = [_test(each) for each in excluded]
    types = {each.get("PolicyType") for each in excluded}
    boundary = identity.boundary
    is_unlimited = boundary is not None and (
        "permission-boundary" in types or any(test("", boundary.place) for test in tests)
    )
    return replace(
        identity,
        policies=tuple(
            named for named in identity.policies if not any(test(named.kind, named.place) for test in tests)
        ),
        boundary=None if is_unlimited else boundary,
        unknown=tuple(arn for arn in identity.unknown if not any(test("aws-managed", arn) for test in tests)),
    )


def _test(identifier: dict[str, Any]) -> _Excludes:
    if len(identifier) != 1:
        raise InvalidInput("A policy identifier has one of PolicyType, PolicyArn and InlinePolicyIdentifier.")
    if "PolicyType" in identifier:
        return _by_type(identifier["PolicyType"])
    if "PolicyArn" in identifier:
        pattern: str = identifier["PolicyArn"]
        if pattern.count("*") > 1 or not pattern.startswith("arn:") or "*" in pattern.rpartition("/")[0]:
            raise InvalidInput(f"Invalid policy ARN in PolicyExclusionList: {pattern}")
        return lambda kind, place: fnmatchcase(place, _literal_brackets(pattern))
    inline = identifier["InlinePolicyIdentifier"]
    inline_place = f"{inline['AttachmentType']}/{_literal_brackets(inline['AttachmentName'])}/{inline['PolicyName']}"
    if inline["AttachmentName"].count("*") > 1 or "*" in inline["PolicyName"]:
        raise InvalidInput(f"Invalid inline policy in PolicyExclusionList: {inline['PolicyName']}")
    return lambda kind, place: fnmatchcase(place, inline_place)


def _by_type(wanted: str) -> _Excludes:
    if wanted == "inline":
        return lambda kind, place: kind in _INLINE
    return lambda kind, place: kind == wanted


def _literal_brackets(pattern: str) -> str:
    return pattern.replace("[", "[[]")
