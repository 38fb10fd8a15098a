"""Tests of single values, for the kinds of alternatives that no index finds."""

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from serein.kernel.patterns.language import Alternative, number_key

Test = Callable[[Any], bool]


@lru_cache(maxsize=8192)
def test_of(alternative: Alternative) -> Test:
    """The test of a scalar that an alternative is; not for `exists`, which is about fields."""
    return _TESTS[alternative[0]](alternative[1])


def _exact(wanted: Any) -> Test:
    # Why no bare comparison: in Python 1 == True.
    return lambda value: bool(number_key(value) == wanted)


def _prefix(wanted: str) -> Test:
    return lambda value: isinstance(value, str) and value.startswith(wanted)


def _suffix(wanted: str) -> Test:
    return lambda value: isinstance(value, str) and value.endswith(wanted)


def _fold(wanted: str) -> Test:
    return lambda value: isinstance(value, str) and value.lower() == wanted


def _prefix_fold(wanted: str) -> Test:
    return lambda value: isinstance(value, str) and value.lower().startswith(wanted)


def _suffix_fold(wanted: str) -> Test:
    return lambda value: isinstance(value, str) and value.lower().endswith(wanted)


def _wildcard(pieces: tuple[str, ...]) -> Test:
    """Why no regular expression: this takes linear time whatever the text."""
    if len(pieces) == 1:
        return lambda value: bool(value == pieces[0])
    first, *inner, last = pieces

    def test(value: Any) -> bool:
        if not isinstance(value, str) or not value.startswith(first):
            return False
        end = len(value) - len(last)
        position = len(first)
        if end < position or not value.endswith(last):
            return False
        for piece in inner:
            position = value.find(piece, position, end)
            if position < 0:
                return False
            position += len(piece)
        return True

    return test


def _numeric(bounds: tuple[float, bool, float, bool]) -> Test:
    low, has_low, high, has_high = bounds

    def test(value: Any) -> bool:
        if not isinstance(value, int | float) or isinstance(value, bool):
            return False
        return (low < value or (has_low and value == low)) and (value < high or (has_high and value == high))

    return test


def _cidr(text: str) -> Test:
    network = ipaddress.ip_network(text, strict=False)

    def test(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        try:
            return ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return test


def _but(excluded: tuple[Alternative, ...]) -> Test:
    if all(kind == "exact" for kind, _ in excluded):
        keys = frozenset(key for _, key in excluded)
        return lambda value: number_key(value) not in keys
    tests = [test_of(each) for each in excluded]
    return lambda value: not any(test(value) for test in tests)


_TESTS: dict[str, Callable[[Any], Test]] = {
    "exact": _exact,
    "prefix": _prefix,
    "suffix": _suffix,
    "fold": _fold,
    "prefix-fold": _prefix_fold,
    "suffix-fold": _suffix_fold,
    "wildcard": _wildcard,
    "numeric": _numeric,
    "cidr": _cidr,
    "but": _but,
}
