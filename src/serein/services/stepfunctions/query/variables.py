"""Workflow variables: their names, their sizes, and what Assign makes of them.

All expressions of one Assign see the old values: the interpreter computes the new ones with one `fill_template` or
`evaluate` and then hands them over here. Variables of a branch or an iteration are its own: the interpreter gives it a
copy of what is outside when it begins, and drops what it has when it ends.
AWS: https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from serein.services.stepfunctions.query.failures import QueryFailed, too_large

LONGEST_NAME = 80
LARGEST_VARIABLE_BYTES = 256 * 1024
LARGEST_TOTAL_BYTES = 10 * 1024 * 1024
RESERVED = frozenset({"states"})


def is_variable_name(name: str) -> bool:
    """Whether a variable may have this name, without `$`: an identifier of Unicode of at most 80 characters."""
    return len(name) <= LONGEST_NAME and name.isidentifier() and not name.startswith("_") and name not in RESERVED


def assign(variables: Mapping[str, Any], assigned: Any) -> dict[str, Any]:
    """The variables with those of an Assign. Raises QueryFailed (States.DataLimitExceeded)."""
    if not isinstance(assigned, dict):
        raise QueryFailed("States.Runtime", "The Assign field must evaluate to an object.")
    total = 0
    for name, value in assigned.items():
        size = len(msgspec.json.encode(value))
        if size > LARGEST_VARIABLE_BYTES:
            raise too_large(f"The size of the variable '{name}'", LARGEST_VARIABLE_BYTES)
        total += size
    if total > LARGEST_VARIABLE_BYTES:
        raise too_large("The size of the variables assigned in one Assign", LARGEST_VARIABLE_BYTES)
    changed = {**variables, **assigned}
    # Why not always: what is stored was measured when it was assigned; few machines come near the limit.
    if len(changed) > LARGEST_TOTAL_BYTES // LARGEST_VARIABLE_BYTES and _size(changed) > LARGEST_TOTAL_BYTES:
        raise too_large("The size of all variables", LARGEST_TOTAL_BYTES)
    return changed


def _size(value: Any) -> int:
    return len(msgspec.json.encode(value))
