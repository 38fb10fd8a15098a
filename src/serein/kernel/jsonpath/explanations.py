"""What Jayway's library says of a definite path that finds nothing, and how Java writes values."""

from collections.abc import Sequence
from typing import Any

from serein.kernel.jsonpath.operations import MISSING, find_child


def java_text(value: Any) -> str:
    """A JSON value as Java's `toString` writes it: `{a=1, b=[x, null]}`."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{" + ", ".join([f"{key}={java_text(each)}" for key, each in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join([java_text(each) for each in value]) + "]"
    return str(value)


def path_text(keys: Sequence[Any]) -> str:
    """Names and indexes in brackets: `$['a'][0]`."""
    return "$" + _fragments(keys)


def explain(keys: Sequence[Any], document: Any) -> str:
    """Why the definite path of these names and indexes finds nothing in the document."""
    value = document
    for depth, key in enumerate(keys):
        found = find_child(value, key)
        if found is MISSING:
            return _reason(keys, depth, value)
        value = found
    return f"No results for path: {path_text(keys)}"


def _reason(keys: Sequence[Any], depth: int, value: Any) -> str:
    above = path_text(keys[:depth])
    if isinstance(keys[depth], str):
        if not isinstance(value, dict):
            return f"Property {_fragments(keys[depth : depth + 1])} not found in path {above}"
        if depth < len(keys) - 1:
            return f"Missing property in path {path_text(keys[: depth + 1])}"
    elif value is None:
        return f"The path {above} is null"
    elif not isinstance(value, list):
        rest = _fragments(keys[depth:])
        return f"Filter: {rest} can only be applied to arrays. Current context is: {java_text(value)}"
    return f"No results for path: {path_text(keys)}"


def _fragments(keys: Sequence[Any]) -> str:
    return "".join([f"['{key}']" if isinstance(key, str) else f"[{key}]" for key in keys])
