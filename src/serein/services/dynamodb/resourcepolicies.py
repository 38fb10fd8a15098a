"""Resource policies of tables and streams: what a policy has to be, and whose it is.

Whether somebody may do something is decided elsewhere (guard.py).
"""

from fnmatch import fnmatchcase
from typing import Any

import msgspec

from serein.kernel.arn import find_arn
from serein.kernel.database import Transaction
from serein.kernel.policies import find_fault
from serein.kernel.scope import Caller, Scope
from serein.services.dynamodb.errors import PolicyNotFoundException, ResourceNotFoundException, ValidationException
from serein.services.dynamodb.store import policies
from serein.services.dynamodb.store.policies import Policy
from serein.services.dynamodb.store.streams import find_stream
from serein.services.dynamodb.store.tables import find_table
from serein.services.dynamodb.tagging import require_taggable

NO_POLICY = "NO_POLICY"
_MOST_BYTES = 20 * 1024
_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")
_VERSIONS = ("2012-10-17", "2008-10-17")
_DOCUMENT_MEMBERS = frozenset(("Version", "Id", "Statement"))
_MEMBERS = frozenset(
    (
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    )
)
_CHANGING = ("dynamodb:putresourcepolicy", "dynamodb:deleteresourcepolicy")
Statement = dict[str, Any]


def require_resource(tx: Transaction, scope: Scope, arn: str, *, is_change: bool = False) -> str:
    """The ARN under which a policy is kept. Raises AWS's errors for what is no table and no stream of the account.

    A policy can't be changed (`is_change`) while the table comes or goes: ResourceInUseException.
    """
    found = find_arn(arn)
    if found is None or found.service != "dynamodb" or not found.resource.startswith("table/"):
        raise ValidationException(f"Invalid ResourceArn: {arn} is not the ARN of a table or a stream")
    name, _, rest = found.resource.removeprefix("table/").partition("/")
    if rest and not rest.startswith("stream/"):
        raise _invalid(f"Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {arn}")
    if rest:
        stream = find_stream(tx, arn) if found.scope == scope else None
        if stream is None or stream[3] is not None:
            raise ResourceNotFoundException(f"Requested resource not found: Stream: {arn} not found")
        return arn
    table = find_table(tx, scope, name) if found.scope == scope else None
    if table is None:
        raise ResourceNotFoundException(f"Requested resource not found: Table: {name} not found")
    if is_change:
        require_taggable(table.definition)
    return arn


def require_policy(text: str, caller: Caller, *, confirms: bool) -> None:
    """Check a policy document. Raises ValidationException, also for one that shuts the caller out unconfirmed."""
    if len(text.encode()) > _MOST_BYTES:
        raise _invalid(f"Invalid policy document: The policy is larger than {_MOST_BYTES} bytes")
    try:
        document = msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise _malformed("This policy contains invalid Json") from None
    if not isinstance(document, dict):
        raise _malformed("This policy contains invalid Json")
    if unknown := sorted(document.keys() - _DOCUMENT_MEMBERS):
        raise _malformed(f"Syntax errors in policy: unknown element {unknown[0]}")
    if document.get("Version", _VERSIONS[1]) not in _VERSIONS:
        raise _malformed("The policy must contain a valid version string")
    given = document.get("Statement")
    statements: list[Any] = given if isinstance(given, list) else [given]
    if not statements or not all(isinstance(one, dict) for one in statements):
        raise _malformed("Syntax errors in policy: Statement is missing or empty")
    for statement in statements:
        _require_statement(statement)
    if fault := find_fault(text):
        raise _malformed(fault)
    if not confirms and any(_shuts_out(statement, caller) for statement in statements):
        raise _invalid(
            "The policy does not allow the caller to change it in the future. Set ConfirmRemoveSelfResourceAccess to "
            "true to confirm that"
        )


def _require_statement(statement: Statement) -> None:
    if unknown := sorted(statement.keys() - _MEMBERS):
        raise _malformed(f"Syntax errors in policy: unknown element {unknown[0]}")
    if statement.get("Effect") not in ("Allow", "Deny"):
        raise _malformed("Syntax errors in policy: Effect must be Allow or Deny")
    for member in ("Principal", "Action", "Resource"):
        if (member in statement) == (f"Not{member}" in statement):
            raise _malformed(f"Syntax errors in policy: exactly one of {member} and Not{member} is required")
    _require_values(statement)


def _require_values(statement: Statement) -> None:
    for member in ("Action", "NotAction", "Resource", "NotResource"):
        if member in statement and not _texts(statement[member]):
            raise _malformed(f"Syntax errors in policy: {member} must be text or a list of texts")
    for member in ("Principal", "NotPrincipal"):
        if member in statement and not _is_principal(statement[member]):
            raise _malformed("Invalid principal in policy")
    for action in _texts(statement.get("Action") or statement.get("NotAction")):
        if action != "*" and not action.lower().startswith("dynamodb:"):
            raise _malformed(f'The following action names are invalid: "{action}"')
    if not isinstance(statement.get("Condition", {}), dict):
        raise _malformed("Syntax errors in policy: Condition must be an object")


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return values if all(isinstance(one, str) and one for one in values) else []


def _is_principal(value: Any) -> bool:
    """Whether something can be a principal: everybody, or one or more of a kind."""
    if isinstance(value, dict):
        return bool(value) and all(kind in _KINDS and _texts(given) for kind, given in value.items())
    return bool(value == "*")


def _shuts_out(statement: Statement, caller: Caller) -> bool:
    """Whether a statement denies a caller any further change of the policy."""
    if statement["Effect"] != "Deny" or "Condition" in statement or "Principal" not in statement:
        return False
    if not _covers_changes(statement):
        return False
    principal = statement["Principal"]
    named = _texts(principal.get("AWS")) if isinstance(principal, dict) else _texts(principal)
    account = caller.arn.split(":")[4] if caller.arn.count(":") > 4 else ""
    return any(one in ("*", caller.arn, account, f"arn:aws:iam::{account}:root") for one in named)


def _covers_changes(statement: Statement) -> bool:
    """Whether a statement is about changing policies, or deleting them."""
    patterns = [action.lower() for action in _texts(statement.get("Action") or statement.get("NotAction"))]
    named = [any(fnmatchcase(action, pattern) for pattern in patterns) for action in _CHANGING]
    return any(named) if "Action" in statement else not all(named)


def put_policy(tx: Transaction, arn: str, text: str, expected: str | None) -> str:
    """Store a policy; returns its revision. Raises PolicyNotFoundException when another revision was expected.

    AWS: the same policy once more keeps its revision.
    """
    known = policies.find_policy(tx, arn)
    _require_expected(known, expected)
    if known is not None and known.text == text:
        return known.revision
    revision = str(max(int(tx.now * 1000), int(known.revision) + 1 if known else 0))
    policies.put_policy(tx, arn, Policy(revision, text))
    return revision


def delete_policy(tx: Transaction, arn: str, expected: str | None) -> str:
    """Remove a policy; returns its revision, which is empty when there was none. Raises PolicyNotFoundException."""
    known = policies.find_policy(tx, arn)
    _require_expected(known, expected)
    policies.delete_policy(tx, arn)
    return known.revision if known else ""


def _require_expected(known: Policy | None, expected: str | None) -> None:
    if expected is not None and expected != (known.revision if known else NO_POLICY):
        raise PolicyNotFoundException(
            "Resource-based policy not found for the provided ResourceArn: Requested policy revision not found."
        )


def _malformed(reason: str) -> ValidationException:
    return _invalid(f"Invalid policy document: {reason}")


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
