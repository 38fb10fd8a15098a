"""Variables of `serverless.yml` replaced by what they stand for, wherever they lead.

A reference to another property resolves that property first, and only that: a document whose parts refer to one another
is read in whatever order the references want. Each property is resolved once.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.expressions import Expression, Text, parse_text, split

Source = Callable[[Sequence[str], str], Any]
"""Gives a value for parameters and an address (`file(x.yml):a.b` has both); None when there is none."""
_SOURCE = re.compile(r"([A-Za-z][A-Za-z0-9_]*)(?:\.([a-z0-9-]+))?(?:\((.*)\))?(?::(.*))?", re.DOTALL)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_WORDS = {"true": True, "false": False, "null": None}
_NOTHING = object()


class Variables:
    """The variables of one document. `sources` are asked by the name before the colon."""

    def __init__(self, document: Any, sources: Mapping[str, Source]) -> None:
        self._document = document
        self._sources = sources
        self._resolved: dict[tuple[str, ...], Any] = {}
        self._resolving: list[tuple[str, ...]] = []

    def document(self) -> Any:
        """The whole document. Raises TemplateInvalid for what can't be resolved."""
        return self._deep(self._document, ())

    def find(self, address: str) -> Any:
        """The property at `custom.tables.0`, resolved; None when there is none. Raises TemplateInvalid."""
        path: tuple[str, ...] = ()
        value = self._shallow(self._document, path)
        for key in address.split(".") if address else ():
            value = member(value, key)
            if value is None:
                return None
            path = (*path, key)
            value = self._shallow(value, path)
        return self._deep(value, path)

    def resolve(self, value: Any, place: str) -> Any:
        """A value from elsewhere (a file, a parameter) with its variables replaced."""
        return self._deep(value, (place,), is_property=False)

    def _deep(self, value: Any, path: tuple[str, ...], *, is_property: bool = True) -> Any:
        if isinstance(value, str):
            value = self._shallow(value, path, is_property=is_property)
            if isinstance(value, str):
                return value
        if isinstance(value, dict):
            return {key: self._deep(item, (*path, str(key)), is_property=is_property) for key, item in value.items()}
        if isinstance(value, list):
            return [self._deep(item, (*path, str(at)), is_property=is_property) for at, item in enumerate(value)]
        return value

    def _shallow(self, value: Any, path: tuple[str, ...], *, is_property: bool = True) -> Any:
        """What a text with variables stands for; anything else is itself."""
        if not isinstance(value, str) or "${" not in value:
            return value
        if is_property and path in self._resolved:
            return self._resolved[path]
        if is_property and path in self._resolving:
            circle = " → ".join(".".join(each) for each in [*self._resolving, path])
            raise TemplateInvalid(f"These properties refer to one another in a circle: {circle}.")
        self._resolving.append(path)
        try:
            found = self._value_of(parse_text(value), ".".join(path))
        finally:
            self._resolving.pop()
        if is_property:
            self._resolved[path] = found
        return found

    def _value_of(self, text: Text, place: str) -> Any:
        """A text of one variable has that one's type; in the midst of text it must be a text, number or truth value."""
        if len(text) == 1:
            return text[0] if isinstance(text[0], str) else self._first_of(text[0], place)
        parts = []
        for part in text:
            value = part if isinstance(part, str) else self._first_of(part, place)
            if value is None or isinstance(value, dict | list):
                raise TemplateInvalid(
                    f"{place}: {part.shown if isinstance(part, Expression) else part} is {_kind(value)}, "
                    "which can't stand within a text."
                )
            parts.append(str(value).lower() if isinstance(value, bool) else str(value))
        return "".join(parts)

    def _first_of(self, expression: Expression, place: str) -> Any:
        asked = []
        for alternative in expression.alternatives:
            if len(alternative) == 1 and isinstance(alternative[0], Expression):
                # `${a, ${b}}`: what is nested is tried like any other.
                value = self._first_of(alternative[0], place)
            else:
                written = self._value_of(alternative, place)
                value = _literal(written)
                if value is _NOTHING:
                    name, value = self._ask(written, place)
                    asked.append(name)
                elif value is None:
                    return None
            if value is not None:
                return value
        names = ", ".join(f'"{name}"' for name in asked)
        raise TemplateInvalid(
            f"{place}: {expression.shown} has no value: nothing was found at {names or 'its sources'}."
        )

    def _ask(self, written: str, place: str) -> tuple[str, Any]:
        parsed = _SOURCE.fullmatch(written)
        if parsed is None:
            raise TemplateInvalid(f"{place}: {written!r} is neither a variable nor a quoted text.")
        name, region, parameters, address = parsed[1], parsed[2], parsed[3], parsed[4]
        source = self._sources.get(name)
        if source is None:
            known = ", ".join(sorted(self._sources))
            raise TemplateInvalid(f"{place}: there is no variable source {name!r}. There are: {known}.")
        given = [_unquoted(part.strip()) for part in split(parameters)] if parameters else []
        found = source([*given, region] if region else given, (address or "").strip())
        return name, self.resolve(found, place)


def member(value: Any, key: str) -> Any:
    """An object's member, or a list's by its index; None when there is none."""
    if isinstance(value, dict):
        return value.get(key, value.get(int(key)) if key.isdigit() else None)
    if isinstance(value, list) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return None


def _literal(text: str) -> Any:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1]
    if text in _WORDS:
        return _WORDS[text]
    if _NUMBER.fullmatch(text):
        return float(text) if "." in text else int(text)
    return _NOTHING


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"" else text


def _kind(value: Any) -> str:
    return "null" if value is None else "an object" if isinstance(value, dict) else "a list"
