"""Functions of arrays, and those that call a function for each member."""

from typing import Any

from serein.kernel import ids
from serein.kernel.jsonata.callables import apply, apply_to_member
from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.sorting import sorted_by
from serein.kernel.jsonata.values import (
    UNDEFINED,
    Sequence,
    append,
    is_equal,
    is_number_list,
    is_text_list,
    is_true,
)


def appended(frame: Frame, first: Any, second: Any) -> Any:
    whole = append(first, second)
    if isinstance(whole, list):
        frame.run.allow_members(len(whole))
    return whole


def map_over(frame: Frame, values: Any, function: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    found = Sequence()
    for at, value in enumerate(values):
        result = apply_to_member(function, value, at, values, frame)
        if result is not UNDEFINED:
            found.append(result)
    return found


def filter_by(frame: Frame, values: Any, function: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    return Sequence(
        [value for at, value in enumerate(values) if is_true(apply_to_member(function, value, at, values, frame))]
    )


def single(frame: Frame, values: Any, function: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    found: Any = UNDEFINED
    for at, value in enumerate(values):
        if function is UNDEFINED or is_true(apply_to_member(function, value, at, values, frame)):
            if found is not UNDEFINED:
                raise JsonataError("D3138")
            found = value
    if found is UNDEFINED:
        raise JsonataError("D3139")
    return found


def reduce_by(frame: Frame, values: Any, function: Any, initial: Any) -> Any:
    if values is UNDEFINED:
        return UNDEFINED
    if function.arity < 2:
        raise JsonataError("D3050")
    at = 0
    result = initial
    if initial is UNDEFINED and values:
        result, at = values[0], 1
    while at < len(values):
        result = apply(function, [result, values[at], at, values][: min(function.arity, 4)], UNDEFINED, frame)
        at += 1
    return result


def zip_together(*arrays: Any) -> Any:
    if any(array is UNDEFINED for array in arrays):
        return []
    return [list(members) for members in zip(*arrays, strict=False)]


def reverse(values: Any) -> Any:
    if values is UNDEFINED or len(values) <= 1:
        return values
    return list(reversed(values))


def sort(frame: Frame, values: Any, function: Any) -> Any:
    if values is UNDEFINED or len(values) <= 1:
        return values
    if function is UNDEFINED:
        if not is_number_list(values) and not is_text_list(values):
            raise JsonataError("D3070")
        return sorted_by(values, lambda left, right: bool(left > right))
    return sorted_by(values, lambda left, right: is_true(apply(function, [left, right], UNDEFINED, frame)))


def shuffle(values: Any) -> Any:
    if values is UNDEFINED or len(values) <= 1:
        return values
    shuffled: list[Any] = []
    for value in values:
        at = int(ids.random_fraction() * (len(shuffled) + 1))
        shuffled.append(value)
        shuffled[-1], shuffled[at] = shuffled[at], value
    return shuffled


def distinct(frame: Frame, values: Any) -> Any:
    if values is UNDEFINED or not isinstance(values, list) or len(values) <= 1:
        return values
    kept: Any = Sequence() if isinstance(values, Sequence) else []
    plain: set[tuple[type, Any]] = set()
    for value in values:
        frame.run.tick()
        if isinstance(value, str | int | float) or value is None:
            key = (bool if isinstance(value, bool) else str if isinstance(value, str) else float, value)
            if key not in plain:
                plain.add(key)
                kept.append(value)
        elif not any(is_equal(value, each) for each in kept):
            kept.append(value)
    return kept


FUNCTIONS: dict[str, tuple[Any, str]] = {
    "reverse": (reverse, "<a:a>"),
    "shuffle": (shuffle, "<a:a>"),
}
VARIADIC: dict[str, tuple[Any, str]] = {"zip": (zip_together, "<a+>")}
WITH_FRAME: dict[str, tuple[Any, str]] = {
    "append": (appended, "<xx:a>"),
    "distinct": (distinct, "<x:x>"),
    "filter": (filter_by, "<af>"),
    "map": (map_over, "<af>"),
    "reduce": (reduce_by, "<afj?:j>"),
    "single": (single, "<af?>"),
    "sort": (sort, "<af?:a>"),
}
