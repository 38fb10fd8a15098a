"""Expression text to tokens."""

import re
from typing import NamedTuple

from serein.services.dynamodb.errors import ValidationException

_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-z][A-Za-z0-9_]*)|(?P<name>#[A-Za-z0-9_]+)|(?P<value>:[A-Za-z0-9_]+)|(?P<number>[0-9]+)"
    r"|(?P<sign><=|>=|<>|[=<>()\[\].,+\-])|(?P<stray>\S))"
)
END = "<EOF>"


class Token(NamedTuple):
    """`kind` is word, name (`#n`), value (`:v`), number, sign, stray or end."""

    kind: str
    text: str
    start: int
    end: int


class Tokens:
    """The tokens of one expression, read from the left."""

    def __init__(self, text: str) -> None:
        if not text.strip():
            raise ValidationException("The expression can not be empty;")
        self._text = text
        self._tokens = [
            Token(str(found.lastgroup), found[found.lastgroup or 0], found.start(found.lastgroup or 0), found.end())
            for found in _TOKEN.finditer(text)
        ]
        self._tokens.append(Token("end", END, len(text), len(text)))
        self._at = 0

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    @property
    def keyword(self) -> str:
        """The next token's text in upper case when it is a word, else nothing."""
        token = self._tokens[self._at]
        return token.text.upper() if token.kind == "word" else ""

    @property
    def after_next(self) -> str:
        """The text of the token after the next one."""
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)].text

    def take(self) -> Token:
        token = self._tokens[self._at]
        self._at += 1
        return token

    def skip(self, sign: str) -> bool:
        """Take the next token if it is this sign."""
        if self._tokens[self._at].text == sign and self._tokens[self._at].kind == "sign":
            self._at += 1
            return True
        return False

    def require(self, sign: str) -> None:
        """Take this sign. Raises a syntax error when the next token is another."""
        if not self.skip(sign):
            raise self.error()

    def require_end(self) -> None:
        if self.next.kind != "end":
            raise self.error()

    def error(self) -> ValidationException:
        """A syntax error at the next token; AWS shows it with its neighbours."""
        at = self._at
        token = self._tokens[at]
        first = self._tokens[at - 1] if at > 0 else token
        last = self._tokens[at + 1] if at + 1 < len(self._tokens) else token
        near = self._text[first.start : last.end].rstrip()
        return ValidationException(f'Syntax error; token: "{token.text}", near: "{near}"')
