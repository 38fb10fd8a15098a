"""The leaf patterns of filter policies: what a single value has to be.

AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

import ipaddress
import re
from collections.abc import Callable
from typing import Any

from serein.services.sns.errors import InvalidParameter, invalid

Test = Callable[[Any], bool]
"""Whether a value (text, number, bool or None) matches."""

_RANGE = ("<", "<=", ">", ">=")
_MOST_NUMBER = 10**9


def parse_pattern(pattern: Any) -> Test:
    """Turn a pattern other than `exists` into a test. Raises InvalidParameter."""
    if isinstance(pattern, dict):
        return _parse_expression(pattern)
    if pattern is None or isinstance(pattern, bool):
        return lambda value: value is pattern
    if isinstance(pattern, str):
        return lambda value: isinstance(value, str) and value == pattern
    if _is_number(pattern):
        return _equals(pattern)
    raise refused("Match value must be String, number, true, false, or null")


def refused(reason: str) -> InvalidParameter:
    return invalid(f"FilterPolicy: {reason}")


def _parse_expression(expression: dict[str, Any]) -> Test:
    if len(expression) != 1:
        raise refused("Only one key allowed in match expression")
    ((operator, operand),) = expression.items()
    parse = _OPERATORS.get(operator)
    if parse is None:
        raise refused(f"Unrecognized match type {operator}")
    return parse(operand)


def _prefix(operand: Any) -> Test:
    if isinstance(operand, dict) and operand.keys() == {"equals-ignore-case"}:
        start = _text("prefix", operand["equals-ignore-case"]).casefold()
        return lambda value: isinstance(value, str) and value.casefold().startswith(start)
    text = _text("prefix", operand)
    return lambda value: isinstance(value, str) and value.startswith(text)


def _suffix(operand: Any) -> Test:
    if isinstance(operand, dict) and operand.keys() == {"equals-ignore-case"}:
        end = _text("suffix", operand["equals-ignore-case"]).casefold()
        return lambda value: isinstance(value, str) and value.casefold().endswith(end)
    text = _text("suffix", operand)
    return lambda value: isinstance(value, str) and value.endswith(text)


def _equals_ignore_case(operand: Any) -> Test:
    text = _text("equals-ignore-case", operand).casefold()
    return lambda value: isinstance(value, str) and value.casefold() == text


def _wildcard(operand: Any) -> Test:
    text = _text("wildcard", operand)
    if "**" in text:
        raise refused("Consecutive wildcard characters at pos " + str(text.index("**") + 1))
    if text.count("*") > 3:
        raise refused("wildcard match pattern can have at most 3 wildcards")
    compiled = re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def _cidr(operand: Any) -> Test:
    text = _text("cidr", operand)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise refused(
            f"Malformed CIDR, one '/' required: {text}" if "/" not in text else f"Malformed CIDR: {text}"
        ) from None

    def matches(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return matches


def _anything_but(operand: Any) -> Test:
    if isinstance(operand, dict):
        if len(operand) != 1:
            raise refused("Only one key allowed in match expression")
        ((operator, nested),) = operand.items()
        if operator not in {"prefix", "suffix", "wildcard", "equals-ignore-case"}:
            raise refused(f"Unsupported anything-but pattern: {operator}")
        tests = [_OPERATORS[operator](item) for item in (nested if isinstance(nested, list) else [nested])]
        return lambda value: not any(test(value) for test in tests)
    listed = operand if isinstance(operand, list) else [operand]
    if not listed:
        raise refused("Empty arrays are not allowed")
    if any(not isinstance(item, str) and not _is_number(item) for item in listed):
        raise refused("Inside anything but list, start|null|boolean is not supported.")
    tests = [parse_pattern(item) for item in listed]
    return lambda value: not any(test(value) for test in tests)


def _numeric(operand: Any) -> Test:
    if not isinstance(operand, list) or not operand:
        raise refused("Value of numeric must be an array.")
    operator = operand[0]
    if not isinstance(operator, str):
        raise refused(f"Invalid member in numeric match: {operator}")
    if operator == "=":
        number = _number(operand, 1, "equals")
        if len(operand) > 2:
            raise refused("Too many terms in numeric range expression")
        return _equals(number)
    if operator not in _RANGE:
        raise refused(f"Unrecognized numeric range operator: {operator}")
    first = _comparison(operator, _number(operand, 1, operator))
    if len(operand) == 2:
        return lambda value: _is_number(value) and first(value)
    return _numeric_range(operand, first)


def _numeric_range(operand: list[Any], first: Test) -> Test:
    if len(operand) != 4:
        raise refused(
            "Too many terms in numeric range expression" if len(operand) > 4 else "Bad numeric range operator"
        )
    if not operand[0].startswith(">"):
        raise refused("Too many terms in numeric range expression")
    if operand[2] not in {"<", "<="}:
        raise refused(f"Bad numeric range operator: {operand[2]}")
    top = _number(operand, 3, operand[2])
    if top <= operand[1]:
        raise refused("Bottom must be less than top")
    second = _comparison(operand[2], top)
    return lambda value: _is_number(value) and first(value) and second(value)


def _comparison(operator: str, limit: float) -> Test:
    if operator == "<":
        return lambda value: bool(value < limit)
    if operator == "<=":
        return lambda value: bool(value <= limit)
    if operator == ">":
        return lambda value: bool(value > limit)
    return lambda value: bool(value >= limit)


def _equals(number: float) -> Test:
    return lambda value: _is_number(value) and value == number


def _number(operand: list[Any], index: int, operator: str) -> float:
    number = operand[index] if len(operand) > index else None
    if number is None or not _is_number(number):
        raise refused(f"Value of {operator} must be numeric")
    if not -_MOST_NUMBER <= number <= _MOST_NUMBER:
        raise refused(f"Value of {operator} must be between -10^9 and 10^9 inclusive")
    return float(number)


def _text(operator: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise refused(f"{operator} match pattern must be a string")
    if not operand:
        raise refused(f"Null {operator} not allowed")
    return operand


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_OPERATORS: dict[str, Callable[[Any], Test]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _equals_ignore_case,
    "wildcard": _wildcard,
    "cidr": _cidr,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
