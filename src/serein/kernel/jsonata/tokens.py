"""The tokens of an expression."""

import re
from dataclasses import dataclass
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.values import number

OPERATORS = {
    ".": 75,
    "[": 80,
    "]": 0,
    "{": 70,
    "}": 0,
    "(": 80,
    ")": 0,
    ",": 0,
    "@": 80,
    "#": 80,
    ";": 80,
    ":": 80,
    "?": 20,
    "+": 50,
    "-": 50,
    "*": 60,
    "/": 60,
    "%": 60,
    "|": 20,
    "=": 40,
    "<": 40,
    ">": 40,
    "^": 40,
    "**": 60,
    "..": 20,
    ":=": 10,
    "!=": 40,
    "<=": 40,
    ">=": 40,
    "~>": 40,
    "?:": 40,
    "??": 40,
    "and": 30,
    "or": 25,
    "in": 40,
    "&": 50,
    "!": 0,
    "~": 0,
}
"""Operators, and how tightly they bind what is left of them."""
_PAIRS = ("..", ":=", "!=", ">=", "<=", "**", "~>")
_LATER_PAIRS = ("?:", "??")
_WORDS: dict[str, Any] = {"true": True, "false": False, "null": None}
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SPACE = " \t\n\r\v"
_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][-+]?[0-9]+)?")
_NAME = re.compile(r"[^ \t\n\r\v.\[\]{}(),@#;:?+\-*/%|=<>^&!~]*")
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_LONGEST_NUMBER = 400


@dataclass(frozen=True, slots=True)
class Token:
    type: str
    """name, variable, operator, string, number, value (true, false, null), regex or end."""
    value: Any
    position: int
    """The character after it, as JSONata counts."""


class Lexer:
    """A reader of tokens; `/` divides after a value and begins a regular expression elsewhere."""

    def __init__(self, text: str, is_later: bool) -> None:
        self.text = text
        self.position = 0
        self._pairs = _PAIRS + _LATER_PAIRS if is_later else _PAIRS
        """Whether the operators `?:` and `??` of JSONata 2.1 are there."""

    def next(self, is_after_value: bool) -> Token:
        self._skip()
        text, start = self.text, self.position
        if start >= len(text):
            return Token("end", "(end)", start)
        character = text[start]
        if character == "/" and not is_after_value:
            self.position += 1
            return self._token("regex", self._regex())
        for pair in self._pairs:
            if text.startswith(pair, start):
                self.position += 2
                return self._token("operator", pair)
        if character in OPERATORS:
            self.position += 1
            return self._token("operator", character)
        if character in "\"'":
            return self._token("string", self._string(character))
        if found := _NUMBER.match(text, start):
            return self._number(found[0])
        return self._quoted_name() if character == "`" else self._word()

    def _token(self, kind: str, value: Any) -> Token:
        return Token(kind, value, self.position)

    def _skip(self) -> None:
        """Go past blanks and comments."""
        while self.position < len(self.text):
            if self.text[self.position] in _SPACE:
                self.position += 1
            elif self.text.startswith("/*", self.position):
                end = self.text.find("*/", self.position + 2)
                if end < 0:
                    raise JsonataError("S0106", self.position)
                self.position = end + 2
            else:
                return

    def _number(self, digits: str) -> Token:
        if len(digits) > _LONGEST_NUMBER:
            raise JsonataError("S0102", self.position, token=digits)
        value = float(digits)
        if value in (float("inf"), float("-inf")):
            raise JsonataError("S0102", self.position, token=digits)
        self.position += len(digits)
        return self._token("number", number(int(digits) if digits.isdigit() else value))

    def _string(self, quote: str) -> str:
        text = self.text
        self.position += 1
        pieces: list[str] = []
        while self.position < len(text):
            character = text[self.position]
            if character == quote:
                self.position += 1
                joined = "".join(pieces)
                return joined.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
            pieces.append(self._escape() if character == "\\" else character)
            self.position += 1
        raise JsonataError("S0101", self.position)

    def _escape(self) -> str:
        self.position += 1
        character = self.text[self.position : self.position + 1]
        if character in _ESCAPES:
            return _ESCAPES[character]
        if character != "u":
            raise JsonataError("S0103", self.position, token=character)
        found = _HEX.match(self.text, self.position + 1)
        if found is None:
            raise JsonataError("S0104", self.position)
        self.position += 4
        return chr(int(found[0], 16))

    def _quoted_name(self) -> Token:
        end = self.text.find("`", self.position + 1)
        if end < 0:
            self.position = len(self.text)
            raise JsonataError("S0105", self.position)
        name = self.text[self.position + 1 : end]
        self.position = end + 1
        return self._token("name", name)

    def _word(self) -> Token:
        found = _NAME.match(self.text, self.position)
        word = found[0] if found else ""
        self.position += len(word)
        if word.startswith("$"):
            return self._token("variable", word[1:])
        if word in ("and", "or", "in"):
            return self._token("operator", word)
        return self._token("value", _WORDS[word]) if word in _WORDS else self._token("name", word)

    def _regex(self) -> Any:
        start, depth = self.position, 0
        while self.position < len(self.text):
            character = self.text[self.position]
            if character == "/" and depth == 0 and not self._is_escaped(start):
                return self._compiled(self.text[start : self.position])
            if self.text[self.position - 1] != "\\":
                depth += (character in "([{") - (character in ")]}")
            self.position += 1
        raise JsonataError("S0302", self.position)

    def _is_escaped(self, start: int) -> bool:
        before = self.text[start : self.position]
        return (len(before) - len(before.rstrip("\\"))) % 2 == 1

    def _compiled(self, pattern: str) -> Any:
        # Why here, and not the standard library's: few expressions have one, and a match can be given a time limit.
        import regex

        if not pattern:
            raise JsonataError("S0301", self.position)
        self.position += 1
        flags = regex.ASCII
        while (letter := self.text[self.position : self.position + 1]) in ("i", "m"):
            flags |= regex.IGNORECASE if letter == "i" else regex.MULTILINE
            self.position += 1
        try:
            return regex.compile(python_pattern(pattern), flags)
        except (regex.error, RecursionError, OverflowError) as error:
            raise JsonataError("S0303", self.position, value=pattern) from error


_CONSTRUCT = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\(\?<(?![=!])|\$", re.DOTALL)


def python_pattern(pattern: str) -> str:
    """A regular expression of JavaScript in Python's words."""

    def translated(found: re.Match[str]) -> str:
        text = found[0]
        if text == "(?<":
            return "(?P<"
        if text == "$":
            return r"(?![\s\S])" if not found.string.endswith("\n") else "$"
        if text.startswith("["):
            return "[" + text[1:].replace("[", r"\[")
        return "/" if text == r"\/" else text

    return _CONSTRUCT.sub(translated, pattern)
