"""The rules of composite alarms."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from serein.kernel.scope import Scope
from serein.services.cloudwatch.alarms import ALARM, INSUFFICIENT, OK, alarm_arn
from serein.services.cloudwatch.errors import ValidationError

MOST_CHILDREN = 100
_MOST_ELEMENTS = 500
_MOST_NESTED = 100
_TOKEN = re.compile(
    r"\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]+)\"|'(?P<single>[^']+)'|(?P<plain>[^()\"]+?))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<sign>[()]))"
)
_STATES = (ALARM, OK, INSUFFICIENT)
Truth = Callable[[dict[str, str]], bool]


class Rule(NamedTuple):
    """A parsed rule: whether it holds, by the states of alarms (by ARN), and the alarms it is on."""

    holds: Truth
    children: tuple[str, ...]


@lru_cache(maxsize=512)
def parse_rule(text: str, scope: Scope) -> Rule:
    """Parse a rule. Raises ValidationError."""
    tokens = list(_tokens(text, scope))
    if len(tokens) > _MOST_ELEMENTS:
        raise ValidationError(f"The AlarmRule has more than {_MOST_ELEMENTS} elements.")
    children = tuple(dict.fromkeys(value for kind, value in tokens if kind in _STATES))
    if len(children) > MOST_CHILDREN:
        raise ValidationError(f"The AlarmRule refers to more than {MOST_CHILDREN} alarms.")
    reader = _Reader(tokens)
    truth = reader.alternatives()
    if reader.kind != "end":
        raise ValidationError(f"Syntax error in AlarmRule: unexpected '{reader.kind}'")
    return Rule(truth, children)


def _tokens(text: str, scope: Scope) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise ValidationError(f"Syntax error in AlarmRule near '{text[place : place + 20].strip()}'")
        if found["state"]:
            name = found["quoted"] or found["single"] or found["plain"]
            yield found["state"], name if name.startswith("arn:") else alarm_arn(scope, name)
        else:
            yield found["word"] or found["sign"], ""
        place = found.end()


class _Reader:
    """NOT binds most, then AND, then OR."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0

    @property
    def kind(self) -> str:
        return self._tokens[self._place][0] if self._place < len(self._tokens) else "end"

    def alternatives(self) -> Truth:
        parts = [self._conjunction()]
        while self.kind == "OR":
            self._place += 1
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda states: any(part(states) for part in parts)

    def _conjunction(self) -> Truth:
        parts = [self._negation()]
        while self.kind == "AND":
            self._place += 1
            parts.append(self._negation())
        return parts[0] if len(parts) == 1 else lambda states: all(part(states) for part in parts)

    def _negation(self) -> Truth:
        is_positive = True
        while self.kind == "NOT":
            self._place += 1
            is_positive = not is_positive
        inner = self._element()
        return inner if is_positive else lambda states: not inner(states)

    def _element(self) -> Truth:
        kind = self.kind
        self._place += 1
        if kind in _STATES:
            child = self._tokens[self._place - 1][1]
            return lambda states: states.get(child) == kind
        if kind in ("TRUE", "FALSE"):
            return lambda states: kind == "TRUE"
        if kind == "(":
            self._depth += 1
            if self._depth > _MOST_NESTED:
                raise ValidationError("The AlarmRule is nested too deeply")
            truth = self.alternatives()
            self._depth -= 1
            if self.kind != ")":
                raise ValidationError("Syntax error in AlarmRule: expected ')'")
            self._place += 1
            return truth
        raise ValidationError(f"Syntax error in AlarmRule: unexpected '{kind}'")
