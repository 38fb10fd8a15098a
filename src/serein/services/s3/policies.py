"""Bucket policies: whether they are well formed, and whether they let in the public."""

from typing import Any

import msgspec

from serein.kernel.policies import find_fault
from serein.services.s3.buckets import Bucket
from serein.services.s3.errors import MalformedPolicy

_NARROWING = ("aws:sourcearn", "aws:sourceaccount", "aws:sourcevpc", "aws:sourcevpce", "aws:sourceip", "aws:principal",
              "aws:userid", "s3:dataaccesspoint", "s3:x-amz-server-side-encryption-aws-kms-key-id")  # fmt: skip
_MAXIMUM_BYTES = 20 * 1024


def parse(text: str) -> dict[str, Any]:
    """The policy's JSON. Raises MalformedPolicy."""
    try:
        policy = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise MalformedPolicy("Policies must be valid JSON and the first byte must be '{'") from None
    if not isinstance(policy, dict):
        raise MalformedPolicy("Policies must be valid JSON and the first byte must be '{'")
    return policy


def statements_of(policy: dict[str, Any]) -> list[dict[str, Any]]:
    found = policy.get("Statement", [])
    return found if isinstance(found, list) else [found]


def require_valid(text: str, bucket: Bucket) -> dict[str, Any]:
    """The policy. Raises MalformedPolicy with what is wrong with it."""
    policy = parse(text)
    if len(text.encode()) > _MAXIMUM_BYTES:
        raise MalformedPolicy("Policy exceeds the maximum allowed document size.")
    statements = statements_of(policy)
    if not statements:
        raise MalformedPolicy("Missing required field Statement")
    for statement in statements:
        _require_valid_statement(statement, bucket)
    if fault := find_fault(text):
        raise MalformedPolicy(fault)
    return policy


def _require_valid_statement(statement: Any, bucket: Bucket) -> None:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        raise MalformedPolicy("Missing required field Effect")
    for required in ("Principal", "Action", "Resource"):
        if required not in statement and f"Not{required}" not in statement:
            raise MalformedPolicy(f"Missing required field {required}")
    for action in _listed(statement.get("Action", [])):
        if action != "*" and not str(action).lower().startswith("s3:"):
            raise MalformedPolicy("Policy has invalid action")
    for resource in _listed(statement.get("Resource", [])):
        named = str(resource).removeprefix(f"arn:{bucket.scope.partition}:s3:::").partition("/")[0]
        if resource != "*" and not _could_match(named, bucket.name):
            raise MalformedPolicy("Policy has invalid resource")


def is_public(policy: dict[str, Any]) -> bool:
    """True when a statement lets anybody in (Blocking public access, S3 User Guide, "The meaning of public")."""
    return any(
        statement.get("Effect") == "Allow" and _names_anybody(statement) and not _is_narrowed(statement)
        for statement in statements_of(policy)
    )


def _names_anybody(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    return principal == "*" or (isinstance(principal, dict) and "*" in _listed(principal.get("AWS", [])))


def _is_narrowed(statement: dict[str, Any]) -> bool:
    return any(
        key.lower().startswith(_NARROWING) and "*" not in _listed(values)
        for condition in statement.get("Condition", {}).values()
        for key, values in condition.items()
    )


def _could_match(pattern: str, name: str) -> bool:
    before, star, _ = pattern.partition("*")
    return name.startswith(before) if star else pattern == name


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
