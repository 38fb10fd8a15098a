"""Policy documents: the grammar that IAM checks when one is stored.

The checks are those of a document's form; what a policy allows is decided elsewhere. Grammar:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

import json
from typing import Any

from serein.kernel.policies import MalformedPolicy, compile_policy
from serein.services.iam.errors import MalformedPolicyDocument

_TOP = frozenset({"Version", "Id", "Statement"})
_STATEMENT = frozenset(
    {"Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"}
)
_SYNTAX = "Syntax errors in policy."


def check_identity_policy(text: str) -> None:
    """Raise MalformedPolicyDocument unless `text` may be attached to a role, user or group."""
    for statement in _statements(text):
        if "Principal" in statement or "NotPrincipal" in statement:
            raise MalformedPolicyDocument("Policy document should not specify a principal.")
        _check_actions(statement)
        _check_resources(statement)
    _compile(text)


def check_trust_policy(text: str) -> None:
    """Raise MalformedPolicyDocument unless `text` may say who assumes a role."""
    for statement in _statements(text):
        if "Resource" in statement or "NotResource" in statement:
            raise MalformedPolicyDocument("Has prohibited field Resource")
        if "Principal" not in statement and "NotPrincipal" not in statement:
            raise MalformedPolicyDocument("Missing required field Principal")
        _check_actions(statement)
    _compile(text)


def _compile(text: str) -> None:
    """Conditions, principals, and whatever else an evaluation depends on."""
    try:
        compile_policy(text)
    except MalformedPolicy as malformed:
        raise MalformedPolicyDocument(malformed.message) from None


def _statements(text: str) -> list[dict[str, Any]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedPolicyDocument("This policy contains invalid Json") from None
    if not isinstance(document, dict) or not document.keys() <= _TOP:
        raise MalformedPolicyDocument(_SYNTAX)
    if document.get("Version", "2008-10-17") not in ("2008-10-17", "2012-10-17"):
        raise MalformedPolicyDocument(_SYNTAX)
    if "Statement" not in document:
        raise MalformedPolicyDocument("Missing required field Statement")
    statements = document["Statement"]
    listed = [statements] if isinstance(statements, dict) else statements
    if not isinstance(listed, list) or not all(isinstance(statement, dict) for statement in listed):
        raise MalformedPolicyDocument(_SYNTAX)
    for statement in listed:
        _check_statement(statement)
    return listed


def _check_statement(statement: dict[str, Any]) -> None:
    if not statement.keys() <= _STATEMENT:
        raise MalformedPolicyDocument(_SYNTAX)
    if "Effect" not in statement:
        raise MalformedPolicyDocument("Missing required field Effect")
    if statement["Effect"] not in ("Allow", "Deny"):
        raise MalformedPolicyDocument(f"Invalid effect: {statement['Effect']}")
    if not isinstance(statement.get("Condition", {}), dict):
        raise MalformedPolicyDocument(_SYNTAX)


def _check_actions(statement: dict[str, Any]) -> None:
    actions = _texts(statement, "Action", "NotAction", "Policy statement must contain actions.")
    for action in actions:
        vendor, colon, name = action.partition(":")
        if action != "*" and not (vendor and colon and name):
            raise MalformedPolicyDocument("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")


def _check_resources(statement: dict[str, Any]) -> None:
    for name in _texts(statement, "Resource", "NotResource", "Policy statement must contain resources."):
        if name != "*" and not name.startswith("arn:"):
            raise MalformedPolicyDocument(f'Resource {name} must be in ARN format or "*".')


def _texts(statement: dict[str, Any], member: str, opposite: str, missing: str) -> list[str]:
    if member in statement and opposite in statement:
        raise MalformedPolicyDocument(_SYNTAX)
    value = statement.get(member, statement.get(opposite))
    texts = [value] if isinstance(value, str) else value
    if texts is None or texts == []:
        raise MalformedPolicyDocument(missing)
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in texts):
        raise MalformedPolicyDocument(_SYNTAX)
    return texts
