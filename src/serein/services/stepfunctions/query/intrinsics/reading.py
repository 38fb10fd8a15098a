"""The reader of intrinsic functions: from text to what computes a value of a document and its scope."""

import json
import re
from functools import lru_cache
from typing import Any

from serein.kernel.jsonpath import InvalidPath, PathNotFound
from serein.services.stepfunctions.query.failures import intrinsic_failed, missing_argument
from serein.services.stepfunctions.query.intrinsics.functions import FUNCTIONS
from serein.services.stepfunctions.query.intrinsics.refusal import Refused
from serein.services.stepfunctions.query.intrinsics.texts import Formatter, TemplateError
from serein.services.stepfunctions.query.paths import Reader, reader_of
from serein.services.stepfunctions.query.scope import Scope

_NAME = re.compile(r"States\.([A-Za-z0-9]+)")
_STRING = re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_LITERAL = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|true\b|false\b|null\b")
_DEEPEST = 10
"""AWS: calls within calls within one field (the page of intrinsic functions)."""


class IntrinsicSyntaxError(InvalidPath):
    """The text calls no intrinsic function; `position` says where it goes wrong."""

    def __init__(self, message: str, position: int) -> None:
        super().__init__(message)
        self.position = position


@lru_cache(maxsize=4096)
def intrinsic_of(text: str) -> Reader:
    """What computes the value of a call. Raises IntrinsicSyntaxError; the reader raises QueryFailed."""
    reader = _Reader(text)
    call = reader.call(1)
    reader.skip_space()
    if reader.position != len(text):
        raise reader.fail("Unexpected text after the function")
    return call


class _Reader:
    """A reader of a call's text at a position that moves on."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0

    def fail(self, reason: str) -> IntrinsicSyntaxError:
        return IntrinsicSyntaxError(f"{reason} at position {self.position}: {self.text[:200]}", self.position)

    def skip_space(self) -> None:
        while self.text.startswith((" ", "\t", "\n", "\r"), self.position):
            self.position += 1

    def accept(self, token: str) -> bool:
        self.skip_space()
        if not self.text.startswith(token, self.position):
            return False
        self.position += len(token)
        return True

    def call(self, depth: int) -> Reader:
        """The call that starts here."""
        start = self.position
        found = _NAME.match(self.text, start)
        if found is None or found[1] not in FUNCTIONS:
            raise self.fail("Unknown intrinsic function")
        if depth > _DEEPEST:
            raise self.fail(f"More than {_DEEPEST} nested intrinsic functions")
        self.position = found.end()
        if not self.accept("("):
            raise self.fail("Expected '('")
        arguments: list[Reader] = []
        templates: list[str | None] = []
        while not self.accept(")"):
            if arguments and not self.accept(","):
                raise self.fail("Expected ',' or ')'")
            self.skip_space()
            argument, template = self._argument(depth)
            arguments.append(argument)
            templates.append(template)
        text = self.text[start : self.position]
        function, fewest, most = FUNCTIONS[found[1]]
        if not fewest <= len(arguments) <= most:
            raise self.fail(f"Invalid number of arguments of States.{found[1]}")
        if found[1] == "Format" and templates[0] is not None:
            return self._format(text, templates[0], arguments[1:])
        return _calling(text, function, arguments)

    def _format(self, text: str, template: str, arguments: list[Reader]) -> Reader:
        try:
            formatter = Formatter(template)
        except TemplateError as error:
            raise self.fail(str(error)) from error
        return _calling(text, formatter, arguments)

    def _argument(self, depth: int) -> tuple[Reader, str | None]:
        """What reads the argument here, and the raw text of a string."""
        if self.text.startswith("States.", self.position):
            return self.call(depth + 1), None
        if self.text.startswith("$", self.position):
            return self._path(), None
        if found := _STRING.match(self.text, self.position):
            self.position = found.end()
            return _constant(self._unescaped(found[1])), found[1]
        if found := _LITERAL.match(self.text, self.position):
            self.position = found.end()
            return _constant(json.loads(found[0])), None
        raise self.fail("Expected a path, a string in single quotes, a number, true, false, null or a function")

    def _unescaped(self, raw: str) -> str:
        for escape in _ESCAPE.finditer(raw):
            if escape[1] not in "'{}\\":
                # AWS: any other backslash is an "open escape", which is refused (the page of intrinsic functions).
                raise self.fail(f"Invalid escape sequence '\\{escape[1]}'")
        return _ESCAPE.sub(r"\1", raw)

    def _path(self) -> Reader:
        start = self.position
        depth, quote = 0, ""
        while self.position < len(self.text):
            character = self.text[self.position]
            if quote:
                self.position += character == "\\"
                quote = "" if character == quote else quote
            elif depth and character in "'\"":
                quote = character
            elif character in "[(":
                depth += 1
            elif character in "])" and depth:
                depth -= 1
            elif character in ",)" and not depth:
                break
            self.position += 1
        path = self.text[start : self.position].strip()
        try:
            return _argument_reader(path, reader_of(path))
        except IntrinsicSyntaxError:
            raise
        except InvalidPath as error:
            raise IntrinsicSyntaxError(str(error), start) from error


def _constant(value: Any) -> Reader:
    return lambda _document, _scope: value


def _argument_reader(path: str, read: Reader) -> Reader:
    def read_argument(document: Any, scope: Scope) -> Any:
        try:
            return read(document, scope)
        except PathNotFound as error:
            raise missing_argument(path, document) from error

    return read_argument


def _calling(text: str, function: Any, arguments: list[Reader]) -> Reader:
    def call(document: Any, scope: Scope) -> Any:
        values = [argument(document, scope) for argument in arguments]
        try:
            return function(*values)
        except Refused as error:
            raise intrinsic_failed(text, str(error)) from error

    return call
