"""Fields whose value a path gives: SecondsPath, TimestampPath, TimeoutSecondsPath, ErrorPath and the like."""

import re
from typing import Any

from serein.kernel.jsonpath import InvalidPath, PathNotFound
from serein.services.stepfunctions.failure import RUNTIME
from serein.services.stepfunctions.query.expressions import expression_of
from serein.services.stepfunctions.query.failures import QueryFailed, invalid_path, json_text
from serein.services.stepfunctions.query.scope import Scope
from serein.services.stepfunctions.query.timestamps import find_nanoseconds

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)


def read_integer(field: str, path: str, document: Any, scope: Scope) -> int:
    """The whole number, 0 or more, at the path of a field such as `SecondsPath`. Raises QueryFailed."""
    value = _read(field, path, document, scope)
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        # AWS: a string of digits will do, as a Map's MaxConcurrencyPath shows.
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise QueryFailed(
            RUNTIME, f"The {field} parameter cannot be parsed as a long value: {path} == {json_text(value)}"
        )
    if value < 0:
        raise QueryFailed(RUNTIME, f"The {field} parameter references a negative value: {path} == {value}")
    return value


def read_moment(field: str, path: str, document: Any, scope: Scope) -> float:
    """The timestamp at the path of a field such as `TimestampPath`, in seconds since the epoch. Raises QueryFailed."""
    value = _read(field, path, document, scope)
    found = find_nanoseconds(value) if isinstance(value, str) else None
    if found is None:
        shown = value if isinstance(value, str) else json_text(value)
        raise QueryFailed(
            RUNTIME,
            f"The {field} parameter does not reference a valid ISO-8601 extended offset date-time format string: "
            f"{path} == {shown}",
        )
    return found / 10**9


def read_text(field: str, path: str, document: Any, scope: Scope) -> str:
    """The string at the path, or of the intrinsic function, of a field such as `ErrorPath`. Raises QueryFailed."""
    value = _read(field, path, document, scope)
    if not isinstance(value, str):
        raise QueryFailed(RUNTIME, f"The {field} parameter must reference a string: {path} == {json_text(value)}")
    return value


def _read(field: str, path: str, document: Any, scope: Scope) -> Any:
    try:
        return expression_of(path)(document, scope)
    except PathNotFound as error:
        raise QueryFailed(RUNTIME, f"The {field} parameter does not reference an input value: {path}") from error
    except InvalidPath as error:
        raise invalid_path(path, error) from error
