"""Resource policies of buses: statements, one by one or as a whole."""

import json
from typing import Any

from serein.kernel.policies import find_fault
from serein.services.events.errors import (
    PolicyLengthExceededException,
    ResourceNotFoundException,
    ValidationException,
)

_LONGEST_BYTES = 10_240


def statement_of(request: dict[str, Any], partition: str, bus_arn: str) -> dict[str, Any]:
    """The statement that PutPermission adds. Raises ValidationException."""
    for member in ("Action", "Principal", "StatementId"):
        if not request.get(member):
            raise ValidationException(f"Parameter {member} must be specified.")
    if request["Action"] != "events:PutEvents":
        raise ValidationException("Provided value in parameter 'action' is not supported.")
    principal = request["Principal"]
    statement: dict[str, Any] = {
        "Sid": request["StatementId"],
        "Effect": "Allow",
        "Principal": "*" if principal == "*" else {"AWS": f"arn:{partition}:iam::{principal}:root"},
        "Action": request["Action"],
        "Resource": bus_arn,
    }
    condition = request.get("Condition")
    if condition:
        if principal != "*":
            raise ValidationException("Condition can only be specified when Principal is *.")
        statement["Condition"] = {condition["Type"]: {condition["Key"]: condition["Value"]}}
    return statement


def with_statement(policy: str | None, statement: dict[str, Any]) -> str:
    """A policy with a statement added; one of the same id is replaced."""
    left = [each for each in statements_in(policy) if each.get("Sid") != statement["Sid"]]
    return written([*left, statement])


def without_statement(policy: str | None, identity: str) -> str | None:
    """A policy without a statement; None when that was its last. Raises ResourceNotFoundException."""
    statements = statements_in(policy)
    left = [each for each in statements if each.get("Sid") != identity]
    if len(left) == len(statements):
        raise ResourceNotFoundException("Statement with the provided id does not exist.")
    return written(left) if left else None


def require_policy(text: str) -> str:
    """A policy that was given whole. Raises ValidationException."""
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict) or not policy.get("Statement"):
        raise ValidationException("This policy contains invalid Json")
    if fault := find_fault(text):
        raise ValidationException(fault)
    if len(text.encode()) > _LONGEST_BYTES:
        raise PolicyLengthExceededException
    return text


def statements_in(policy: str | None) -> list[dict[str, Any]]:
    if not policy:
        return []
    found = json.loads(policy)["Statement"]
    return found if isinstance(found, list) else [found]


def written(statements: list[dict[str, Any]]) -> str:
    """The text of a policy. Raises PolicyLengthExceededException."""
    text = json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))
    if len(text.encode()) > _LONGEST_BYTES:
        raise PolicyLengthExceededException
    return text
