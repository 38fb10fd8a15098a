"""What a pattern says: alternatives for paths, read from JSON, with the refusals of AWS's own rule compiler.

A pattern is a list of clauses, of which one has to hold (`$or` multiplies them out); a clause has a tuple of
alternatives for each path, of which one has to hold. An alternative is a kind and an operand, both hashable, so that
the same condition of several rules is recognised. Paths are joined with dots, as AWS does: `{"a": {"b": …}}` and
`{"a.b": …}` are the same.
AWS: https://github.com/aws/event-ruler (the messages are its compiler's)
"""

import ipaddress
import json
from typing import Any

Alternative = tuple[str, Any]
Clause = dict[str, tuple[Alternative, ...]]

_MAXIMUM_DEPTH = 100
_MOST_CLAUSES = 1000
_LARGEST_NUMBER = 5.0e9
_RESERVED_IN_OR = frozenset(
    {
        "exactly",
        "equals-ignore-case",
        "prefix",
        "suffix",
        "anything-but",
        "exists",
        "wildcard",
        "numeric",
        "cidr",
        "=",
        "<",
        "<=",
        ">",
        ">=",
        "regex",
        "not-wildcard",
        "not-equals-ignore-case",
        "date-after",
        "date-on-or-after",
        "date-before",
        "date-on-or-before",
        "in-date-range",
        "ip-address-in-range",
        "ip-address-not-in-range",
    }
)
_FOLDED = {"prefix": "prefix-fold", "suffix": "suffix-fold"}


class InvalidPattern(ValueError):
    """The pattern breaks the language's rules; the message says how, in AWS's words."""


class _Pairs(tuple[tuple[str, Any], ...]):
    """An object of JSON with the names in order, the repeated ones too."""

    __slots__ = ()


def parse_pattern(text: str) -> list[Clause]:
    """The clauses of a pattern given as JSON text. Raises InvalidPattern."""
    try:
        pattern = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise InvalidPattern(f"The pattern is not JSON: {error}") from None
    return parse_object(pattern)


def parse_object(pattern: Any) -> list[Clause]:
    """The clauses of a decoded pattern. Raises InvalidPattern."""
    pairs = _pairs_of(pattern)
    if pairs is None:
        raise InvalidPattern("Filter is not an object")
    clauses: list[Clause] = [{}]
    return _extend(clauses, "", pairs, 0, is_choice=False)


def number_key(value: Any) -> Any:
    """What an exact comparison of a scalar compares: numbers by value, and neither true nor 1 is the other."""
    return ("constant", value) if value is None or isinstance(value, bool) else value


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not a value")


def _pairs_of(value: Any) -> tuple[tuple[str, Any], ...] | None:
    if isinstance(value, _Pairs):
        return value
    return tuple(value.items()) if isinstance(value, dict) else None


def _extend(clauses: list[Clause], path: str, pairs: tuple[Any, ...], depth: int, *, is_choice: bool) -> list[Clause]:
    """The clauses with the conditions of one object added."""
    if depth > _MAXIMUM_DEPTH:
        raise InvalidPattern("The pattern is nested too deeply")
    if not pairs:
        raise InvalidPattern("Empty objects are not allowed")
    for name, rule in pairs:
        if name == "$or":
            clauses = _choices(clauses, path, rule, depth)
            continue
        if is_choice and name in _RESERVED_IN_OR:
            raise InvalidPattern(f"{name} is Ruler reserved fieldName which cannot be used inside $or.")
        below = f"{path}.{name}" if path else name
        inner = _pairs_of(rule)
        if inner is not None:
            clauses = _extend(clauses, below, inner, depth + 1, is_choice=is_choice)
        elif isinstance(rule, list):
            alternatives = tuple(_alternative(each) for each in rule)
            if not alternatives:
                raise InvalidPattern("Empty arrays are not allowed")
            clauses = [{**clause, below: alternatives} for clause in clauses]
        else:
            raise InvalidPattern(f'"{name}" must be an object or an array')
    return clauses


def _choices(clauses: list[Clause], path: str, rule: Any, depth: int) -> list[Clause]:
    if not isinstance(rule, list):
        raise InvalidPattern("It must be an Array followed with $or.")
    choices = [_pairs_of(choice) for choice in rule]
    if any(choice is None for choice in choices):
        raise InvalidPattern("Only JSON object is allowed in array of $or relationship.")
    if len(choices) < 2:
        raise InvalidPattern("There must have at least 2 Objects in $or relationship.")
    extended: list[Clause] = []
    for choice in choices:
        extended += _extend(clauses, path, choice or (), depth + 1, is_choice=True)
        if len(extended) > _MOST_CLAUSES:
            raise InvalidPattern(f"$or makes more than {_MOST_CLAUSES} combinations of rules")
    return extended


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _alternative(rule: Any) -> Alternative:
    pairs = _pairs_of(rule)
    if pairs is None:
        if isinstance(rule, list):
            raise InvalidPattern("Match value must be String, number, true, false, or null")
        return ("exact", number_key(rule))
    if not pairs:
        raise InvalidPattern("Match expression name not found")
    operator, operand = pairs[0]
    found = _operation(operator, operand)
    if len(pairs) > 1:
        is_list = operator in ("numeric", "anything-but")
        raise InvalidPattern(
            "Too many elements in numeric expression" if is_list else "Only one key allowed in match expression"
        )
    return found


def _operation(operator: str, operand: Any) -> Alternative:
    if operator == "exactly":
        return ("exact", _text("exact", operand))
    if operator in ("prefix", "suffix"):
        return _edge(operator, operand)
    if operator == "equals-ignore-case":
        return ("fold", _text(operator, operand).lower())
    if operator == "wildcard":
        return ("wildcard", parse_wildcard(_text(operator, operand)))
    if operator == "numeric":
        return _numeric(operand)
    if operator == "exists":
        if not isinstance(operand, bool):
            raise InvalidPattern("exists match pattern must be either true or false.")
        return ("exists", operand)
    if operator == "cidr":
        return ("cidr", _cidr(operand))
    if operator == "anything-but":
        return _anything_but(operand)
    raise InvalidPattern(f"Unrecognized match type {operator}")


def _text(operator: str, operand: Any) -> str:
    if not isinstance(operand, str):
        raise InvalidPattern(f"{operator} match pattern must be a string")
    return operand


def _edge(operator: str, operand: Any) -> Alternative:
    """A prefix or a suffix, perhaps in any case."""
    pairs = _pairs_of(operand)
    if pairs is None:
        return (operator, _text(operator, operand))
    if not pairs:
        raise InvalidPattern(f"{operator.capitalize()} expression name not found")
    if pairs[0][0] != "equals-ignore-case":
        raise InvalidPattern(f"Unsupported {operator} pattern: {pairs[0][0]}")
    text = _text("equals-ignore-case", pairs[0][1])
    if len(pairs) > 1:
        raise InvalidPattern("Only one key allowed in match expression")
    return (_FOLDED[operator], text.lower())


def parse_wildcard(text: str) -> tuple[str, ...]:
    """The literal pieces between the asterisks. Raises InvalidPattern."""
    pieces, piece = [], ""
    position = 1  # AWS: positions count the quotation mark before the text.
    while position <= len(text):
        letter, following = text[position - 1], text[position : position + 1]
        if letter == "*":
            if following == "*":
                raise InvalidPattern(f"Consecutive wildcard characters at pos {position}")
            pieces.append(piece)
            piece = ""
        elif letter == "\\":
            if following not in ("*", "\\"):
                raise InvalidPattern(f"Invalid escape character at pos {position}")
            piece += following
            position += 1
        else:
            piece += letter
        position += 1
    return (*pieces, piece)


def _numeric(operand: Any) -> Alternative:
    """Bounds as (low, low is in, high, high is in)."""
    if not isinstance(operand, list):
        raise InvalidPattern("Value of numeric must be an array.")
    operator = operand[0] if operand else "]"
    if not isinstance(operator, str) or not operand:
        raise InvalidPattern(f"Invalid member in numeric match: {operator}")
    if operator not in ("=", "<", "<=", ">", ">="):
        raise InvalidPattern(f"Unrecognized numeric range operator: {operator}")
    if operator in (">", ">="):
        return _from_bound(operand)
    bound = _bound(operand, 1, "equals" if operator == "=" else operator)
    if len(operand) > 2:
        raise InvalidPattern("Too many elements in numeric expression")
    return ("exact", bound) if operator == "=" else ("numeric", (-_LARGEST_NUMBER, True, bound, operator == "<="))


def _from_bound(operand: list[Any]) -> Alternative:
    """A lower bound, perhaps with an upper one."""
    bound, has_low = _bound(operand, 1, operand[0]), operand[0] == ">="
    if len(operand) == 2:
        return ("numeric", (bound, has_low, _LARGEST_NUMBER, True))
    upper = operand[2]
    if not isinstance(upper, str):
        raise InvalidPattern(f"Bad value in numeric range: {json.dumps(upper)}")
    if upper not in ("<", "<="):
        raise InvalidPattern(f"Bad numeric range operator: {upper}")
    top = _bound(operand, 3, upper)
    if len(operand) > 4:
        raise InvalidPattern("Too many terms in numeric range expression")
    if bound >= top:
        raise InvalidPattern("Bottom must be less than top")
    return ("numeric", (bound, has_low, top, upper == "<="))


def _bound(operand: list[Any], index: int, operator: str) -> float:
    bound = operand[index] if len(operand) > index else None
    if not _is_number(bound):
        raise InvalidPattern(f"Value of {operator} must be numeric")
    if not -_LARGEST_NUMBER <= bound <= _LARGEST_NUMBER:  # type: ignore[operator]
        raise InvalidPattern("Value must be between -5.0E9 and 5.0E9, inclusive")
    return bound  # type: ignore[return-value]


def _cidr(operand: Any) -> str:
    if not isinstance(operand, str):
        raise InvalidPattern("prefix match pattern must be a string")
    address, slash, bits = operand.partition("/")
    if not slash or "/" in bits:
        raise InvalidPattern("Malformed CIDR, one '/' required")
    if not bits.lstrip("-").isdecimal():
        raise InvalidPattern("Malformed CIDR, mask bits must be an integer")
    if bits.startswith("-"):
        raise InvalidPattern("Malformed CIDR, mask bits must not be negative")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        raise InvalidPattern(f"Nonstandard IP address: {address}") from None
    most = 32 if version == 4 else 128
    if int(bits) > most:
        raise InvalidPattern(f"IPv{version} mask bits must be < {most}")
    return operand


def _anything_but(operand: Any) -> Alternative:
    pairs = _pairs_of(operand)
    if pairs is not None:
        return _anything_but_kind(pairs)
    values = operand if isinstance(operand, list) else [operand]
    if not isinstance(operand, list) and not isinstance(operand, str) and not _is_number(operand):
        raise InvalidPattern("Value of anything-but must be an array or single string/number value.")
    if any(not isinstance(value, str) and not _is_number(value) for value in values):
        raise InvalidPattern("Inside anything but list, start|null|boolean is not supported.")
    if len({isinstance(value, str) for value in values}) != 1:
        raise InvalidPattern(
            "Inside anything but list, either all values are number or string, mixed type is not supported"
        )
    return ("but", tuple(("exact", value) for value in values))


def _anything_but_kind(pairs: tuple[tuple[str, Any], ...]) -> Alternative:
    if not pairs:
        raise InvalidPattern("Anything-But expression name not found")
    operator, excluded = pairs[0]
    if operator not in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        raise InvalidPattern(f"Unsupported anything-but pattern: {operator}")
    is_edge = operator in ("prefix", "suffix")
    if not isinstance(excluded, list | str) and not _is_number(excluded):
        raise InvalidPattern("Value of anything-but must be an array or single string/number value.")
    values = excluded if isinstance(excluded, list) else [excluded]
    for value in values:
        if not isinstance(value, str):
            raise InvalidPattern(_NOT_TEXT.get(operator, "prefix/suffix match pattern must be a string"))
        if is_edge and not value:
            raise InvalidPattern("Null prefix/suffix not allowed")
    if len(pairs) > 1:
        raise InvalidPattern("Too many elements in numeric expression")
    return ("but", tuple(_operation(operator, value) for value in values))


_NOT_TEXT = {
    "equals-ignore-case": "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.",
    "wildcard": "wildcard match pattern must be a string",
}
