"""ResultPath: where in a state's input its result goes."""

from functools import lru_cache
from itertools import pairwise
from typing import Any

from serein.kernel.jsonpath import parse_path
from serein.services.stepfunctions.query.failures import unplaceable


def place_result(result_path: str | None, state_input: Any, result: Any) -> Any:
    """The input with the result at the path; None discards the result. Neither value is changed.

    What is missing on the way becomes objects. Raises QueryFailed (States.ResultPathMatchFailure).
    """
    if result_path == "$":
        return result
    if result_path is None:
        return state_input
    keys = _keys_of(result_path)
    placed = _copied(state_input, keys[0]) if keys else None
    if placed is None:
        raise unplaceable(result_path, state_input)
    holder: Any = placed
    for key, following in pairwise(keys):
        child = holder.get(key, _MISSING) if isinstance(key, str) else holder[key]
        child = {} if child is _MISSING and isinstance(following, str) else _copied(child, following)
        if child is None:
            raise unplaceable(result_path, state_input)
        holder[key] = child
        holder = child
    holder[keys[-1]] = result
    return placed


_MISSING = object()


def _copied(value: Any, key: Any) -> Any:
    """A copy of what has a place for the key; None where it has none."""
    if isinstance(key, str):
        return dict(value) if isinstance(value, dict) else None
    return list(value) if isinstance(value, list) and -len(value) <= key < len(value) else None


@lru_cache(maxsize=4096)
def _keys_of(path: str) -> tuple[Any, ...]:
    return parse_path(path).keys or ()
