"""Condition operators: each compiles the values of a policy to a test of one value of a request.

AWS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""

import base64
import binascii
import ipaddress
import operator
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from serein.kernel.policies.patterns import Match, compile_arn, compile_text, keys_in, tokens_of
from serein.kernel.policies.requests import Request

_ARN_COLONS = 5
_Compiler = Callable[[str, bool], tuple[Match, frozenset[str]]]
"""From a policy's value, and whether its variables count, to a test and the context keys that the test reads."""


@dataclass(frozen=True, slots=True)
class Operator:
    """An operator. A negated one holds when no value of the policy matches."""

    compile: _Compiler
    is_negated: bool = False


def _text(*, has_wildcards: bool = False, is_folded: bool = False) -> _Compiler:
    def compile_value(value: str, has_variables: bool) -> tuple[Match, frozenset[str]]:
        tokens = tokens_of(value, has_variables=has_variables, has_wildcards=has_wildcards)
        match = compile_text(tokens, is_folded=is_folded)
        if is_folded:
            return (lambda text, request: match(text.lower(), request)), keys_in(tokens)
        return match, keys_in(tokens)

    return compile_value


def _arn(value: str, has_variables: bool) -> tuple[Match, frozenset[str]]:
    """AWS: ArnEquals and ArnLike are the same."""
    tokens = tokens_of(value, has_variables=has_variables)
    if value != "*" and value.count(":") < _ARN_COLONS:
        return (lambda text, request: False), frozenset()
    return compile_arn(tokens), keys_in(tokens)


def _comparison(parse: Callable[[str], Any], compare: Callable[[Any, Any], bool]) -> _Compiler:
    """A value that is no number, or no date, compares with nothing."""

    def compile_value(value: str, has_variables: bool) -> tuple[Match, frozenset[str]]:
        wanted = parse(value)

        def match(text: str, request: Request) -> bool:
            given = parse(text)
            return given is not None and wanted is not None and compare(given, wanted)

        return match, frozenset()

    return compile_value


@lru_cache(maxsize=1024)
def _find_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@lru_cache(maxsize=1024)
def _find_moment(text: str) -> float | None:
    """Seconds since the epoch, of such a number or of a date in one of the forms of ISO 8601."""
    number = _find_number(text)
    if number is not None:
        return number
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _find_bytes(text: str) -> bytes | None:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def _flag(value: str, has_variables: bool) -> tuple[Match, frozenset[str]]:
    wanted = value.lower()
    return (lambda text, request: text.lower() == wanted), frozenset()


def _address(value: str, has_variables: bool) -> tuple[Match, frozenset[str]]:
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return (lambda text, request: False), frozenset()

    def match(text: str, request: Request) -> bool:
        found = _find_address(text)
        return found is not None and found in network

    return match, frozenset()


@lru_cache(maxsize=1024)
def _find_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _both(name: str, negation: str, compiler: _Compiler) -> dict[str, Operator]:
    return {name.lower(): Operator(compiler), negation.lower(): Operator(compiler, is_negated=True)}


def _ordered(kind: str, parse: Callable[[str], Any]) -> dict[str, Operator]:
    comparisons = {
        "LessThan": operator.lt,
        "LessThanEquals": operator.le,
        "GreaterThan": operator.gt,
        "GreaterThanEquals": operator.ge,
    }
    return _both(f"{kind}Equals", f"{kind}NotEquals", _comparison(parse, operator.eq)) | {
        f"{kind}{name}".lower(): Operator(_comparison(parse, compare)) for name, compare in comparisons.items()
    }


OPERATORS: dict[str, Operator] = {
    **_both("StringEquals", "StringNotEquals", _text()),
    **_both("StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", _text(is_folded=True)),
    **_both("StringLike", "StringNotLike", _text(has_wildcards=True)),
    **_ordered("Numeric", _find_number),
    **_ordered("Date", _find_moment),
    **_both("ArnEquals", "ArnNotEquals", _arn),
    **_both("ArnLike", "ArnNotLike", _arn),
    **_both("IpAddress", "NotIpAddress", _address),
    "bool": Operator(_flag),
    "binaryequals": Operator(_comparison(_find_bytes, operator.eq)),
}
"""By their names in lower case. Null is no operator of values and isn't among them."""
