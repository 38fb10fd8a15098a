"""Stack policies: which resources an update may change, replace or delete.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html
"""

import json
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from serein.services.cloudformation.errors import ValidationError

_LARGEST_BYTES = 16_384
_PREFIX = "LogicalResourceId/"
_INVALID = "Error validating stack policy: Invalid stack policy"


def check_policy(text: str) -> None:
    """Raise ValidationError unless the text is a stack policy."""
    if len(text.encode()) > _LARGEST_BYTES:
        raise ValidationError(
            "1 validation error detected: Value at 'stackPolicyBody' failed to satisfy constraint: Member must have"
            f" length less than or equal to {_LARGEST_BYTES}"
        )
    _statements(text)


def find_denial(text: str, action: str, logical_id: str, type_name: str) -> str | None:
    """Why a policy denies an action (`Modify`, `Replace`, `Delete`) on a resource; None when it allows it."""
    if not text:
        return None
    wanted, is_allowed = f"Update:{action}", False
    for number, statement in enumerate(_statements(text), 1):
        if not _applies(statement, wanted, logical_id, type_name):
            continue
        if statement["Effect"] == "Deny":
            return (
                f"Action denied by stack policy: Statement [#{number}] does not allow"
                f" [{', '.join(_listed(statement, 'Action'))}] for resource"
                f" [{', '.join(_listed(statement, 'Resource'))}]"
            )
        is_allowed = True
    if is_allowed:
        return None
    return f"Action denied by stack policy: no statement allows [{wanted}] for resource [{_PREFIX}{logical_id}]"


@lru_cache(maxsize=64)
def _statements(text: str) -> list[dict[str, Any]]:
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError(_INVALID) from None
    statements = policy.get("Statement") if isinstance(policy, dict) else None
    listed = [statements] if isinstance(statements, dict) else statements
    if not isinstance(listed, list) or not all(_is_statement(it) for it in listed):
        raise ValidationError(_INVALID)
    return listed


def _is_statement(statement: Any) -> bool:
    if not isinstance(statement, dict) or statement.get("Effect") not in ("Allow", "Deny"):
        return False
    if "Principal" not in statement or not isinstance(statement.get("Condition", {}), dict):
        return False
    for name in ("Action", "Resource"):
        given = [member for member in (name, f"Not{name}") if member in statement]
        if len(given) != 1 or not all(isinstance(it, str) for it in _listed(statement, given[0])):
            return False
    return True


def _listed(statement: dict[str, Any], name: str) -> list[str]:
    value = statement.get(name, statement.get(f"Not{name}", []))
    return value if isinstance(value, list) else [value]


def _applies(statement: dict[str, Any], action: str, logical_id: str, type_name: str) -> bool:
    is_named = any(fnmatchcase(action.lower(), it.lower()) for it in _listed(statement, "Action"))
    is_meant = any(fnmatchcase(f"{_PREFIX}{logical_id}", it) for it in _listed(statement, "Resource"))
    if is_named == ("NotAction" in statement) or is_meant == ("NotResource" in statement):
        return False
    return all(_holds(operator, keys, type_name) for operator, keys in statement.get("Condition", {}).items())


def _holds(operator: str, keys: Any, type_name: str) -> bool:
    wanted = keys.get("ResourceType", []) if isinstance(keys, dict) else []
    values = wanted if isinstance(wanted, list) else [wanted]
    is_found = any(fnmatchcase(type_name, str(it)) if "Like" in operator else type_name == it for it in values)
    return is_found != operator.startswith("StringNot")
