"""Resource policies of secrets: what a policy has to be."""

from typing import Any

import msgspec

from serein.kernel.policies import find_fault
from serein.services.secretsmanager.errors import MalformedPolicyDocumentException, PublicPolicyException


def require_policy(text: str, *, blocks_public: bool = False) -> None:
    """Raises MalformedPolicyDocumentException, and PublicPolicyException for one that lets everybody in."""
    problems = find_problems(text)
    if problems:
        raise MalformedPolicyDocumentException(problems[0])
    if blocks_public and any(_is_public(statement) for statement in _statements(msgspec.json.decode(text))):
        raise PublicPolicyException


def find_problems(text: str) -> list[str]:
    """What is wrong with a policy document; empty when nothing is."""
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return ["This resource policy contains invalid Json."]
    if not isinstance(document, dict):
        return ["This resource policy contains invalid Json."]
    statements = _statements(document)
    if not statements:
        return ["This resource policy has no statement."]
    problems = []
    for statement in statements:
        if not isinstance(statement, dict):
            return ["This resource policy contains a statement that is no object."]
        if statement.get("Effect") not in ("Allow", "Deny"):
            problems.append("This resource policy contains an unsupported effect.")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            problems.append("This resource policy contains an unsupported principal.")
        if "Action" not in statement and "NotAction" not in statement:
            problems.append("This resource policy contains no action.")
        if "Resource" not in statement and "NotResource" not in statement:
            problems.append("This resource policy contains no resource.")
    fault = "" if problems else find_fault(text)
    return [f"This resource policy is malformed: {fault}"] if fault else problems


def _statements(document: dict[str, Any]) -> list[Any]:
    found = document.get("Statement") or []
    return found if isinstance(found, list) else [found]


def _is_public(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    everybody = principal == "*" or (isinstance(principal, dict) and "*" in _texts(principal.get("AWS")))
    return statement.get("Effect") == "Allow" and everybody and not statement.get("Condition")


def _texts(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
