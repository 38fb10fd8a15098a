"""The leaf patterns of filter policies: what a single value has to be, in the kernel's terms.

The values are tested as EventBridge's are; what is refused, and how SNS says so, is its own.
AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
"""

import ipaddress
from collections.abc import Callable
from typing import Any

from serein.kernel.patterns import Alternative, Test, number_key, test_of
from serein.services.sns.errors import InvalidParameter, invalid

_RANGE = ("<", "<=", ">", ">=")
_MOST_NUMBER = 10**9
_INFINITY = float("inf")


def parse_pattern(pattern: Any) -> Test:
    """Turn a pattern other than `exists` into a test. Raises InvalidParameter."""
    return test_of(_alternative(pattern))


def refused(reason: str) -> InvalidParameter:
    return invalid(f"FilterPolicy: {reason}")


def _alternative(pattern: Any) -> Alternative:
    if isinstance(pattern, dict):
        return _parse_expression(pattern)
    if pattern is None or isinstance(pattern, bool | str) or _is_number(pattern):
        return ("exact", number_key(pattern))
    raise refused("Match value must be String, number, true, false, or null")


def _parse_expression(expression: dict[str, Any]) -> Alternative:
    if len(expression) != 1:
        raise refused("Only one key allowed in match expression")
    ((operator, operand),) = expression.items()
    parse = _OPERATORS.get(operator)
    if parse is None:
        raise refused(f"Unrecognized match type {operator}")
    return parse(operand)


def _edge(operator: str, operand: Any) -> Alternative:
    """A prefix or a suffix, perhaps in any case."""
    if isinstance(operand, dict) and operand.keys() == {"equals-ignore-case"}:
        return (f"{operator}-fold", _text(operator, operand["equals-ignore-case"]).lower())
    return (operator, _text(operator, operand))


def _wildcard(operand: Any) -> Alternative:
    text = _text("wildcard", operand)
    if "**" in text:
        raise refused("Consecutive wildcard characters at pos " + str(text.index("**") + 1))
    if text.count("*") > 3:
        raise refused("wildcard match pattern can have at most 3 wildcards")
    return ("wildcard", tuple(text.split("*")))


def _cidr(operand: Any) -> Alternative:
    text = _text("cidr", operand)
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise refused(
            f"Malformed CIDR, one '/' required: {text}" if "/" not in text else f"Malformed CIDR: {text}"
        ) from None
    return ("cidr", text)


def _anything_but(operand: Any) -> Alternative:
    if isinstance(operand, dict):
        if len(operand) != 1:
            raise refused("Only one key allowed in match expression")
        ((operator, nested),) = operand.items()
        if operator not in {"prefix", "suffix", "wildcard", "equals-ignore-case"}:
            raise refused(f"Unsupported anything-but pattern: {operator}")
        items = nested if isinstance(nested, list) else [nested]
        return ("but", tuple(_OPERATORS[operator](item) for item in items))
    listed = operand if isinstance(operand, list) else [operand]
    if not listed:
        raise refused("Empty arrays are not allowed")
    if any(not isinstance(item, str) and not _is_number(item) for item in listed):
        raise refused("Inside anything but list, start|null|boolean is not supported.")
    return ("but", tuple(_alternative(item) for item in listed))


def _numeric(operand: Any) -> Alternative:
    if not isinstance(operand, list) or not operand:
        raise refused("Value of numeric must be an array.")
    operator = operand[0]
    if not isinstance(operator, str):
        raise refused(f"Invalid member in numeric match: {operator}")
    if operator == "=":
        number = _number(operand, 1, "equals")
        if len(operand) > 2:
            raise refused("Too many terms in numeric range expression")
        return ("exact", number)
    if operator not in _RANGE:
        raise refused(f"Unrecognized numeric range operator: {operator}")
    bound, is_in = _number(operand, 1, operator), operator.endswith("=")
    if len(operand) > 2:
        return _numeric_range(operand, bound, is_in)
    if operator.startswith("<"):
        return ("numeric", (-_INFINITY, True, bound, is_in))
    return ("numeric", (bound, is_in, _INFINITY, True))


def _numeric_range(operand: list[Any], bottom: float, has_bottom: bool) -> Alternative:
    if len(operand) != 4:
        raise refused(
            "Too many terms in numeric range expression" if len(operand) > 4 else "Bad numeric range operator"
        )
    if not operand[0].startswith(">"):
        raise refused("Too many terms in numeric range expression")
    if operand[2] not in {"<", "<="}:
        raise refused(f"Bad numeric range operator: {operand[2]}")
    top = _number(operand, 3, operand[2])
    if top <= bottom:
        raise refused("Bottom must be less than top")
    return ("numeric", (bottom, has_bottom, top, operand[2] == "<="))


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


_OPERATORS: dict[str, Callable[[Any], Alternative]] = {
    "prefix": lambda operand: _edge("prefix", operand),
    "suffix": lambda operand: _edge("suffix", operand),
    "equals-ignore-case": lambda operand: ("fold", _text("equals-ignore-case", operand).lower()),
    "wildcard": _wildcard,
    "cidr": _cidr,
    "anything-but": _anything_but,
    "numeric": _numeric,
}
