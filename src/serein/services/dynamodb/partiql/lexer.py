"""Statement text to tokens, and the errors that point at one.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.html. The words of syntax errors are
those of the parser of the PartiQL reference implementation, which DynamoDB shows after a sentence of its own.
"""

import re
from typing import NamedTuple

from serein.services.dynamodb.errors import ValidationException

_TOKEN = re.compile(
    r"(?P<space>\s+|--[^\n]*|/\*.*?\*/)"
    r"|(?P<word>[A-Za-z_$][A-Za-z0-9_$]*)"
    r"|(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<string>'(?:[^']|'')*')"
    r'|(?P<quoted>"(?:[^"]|"")*")'
    r"|(?P<parameter>\?)"
    r"|(?P<sign><<|>>|<=|>=|<>|!=|\|\||[=<>()\[\]{}.,:;+\-*/%])"
    r"|(?P<stray>.)",
    re.DOTALL | re.ASCII,
)
_QUOTES = {"string": "'", "quoted": '"'}

KEYWORDS = frozenset(
    """
    ABSOLUTE ADD ALL ALLOCATE ALTER AND ANY ARE AS ASC ASSERTION AT AUTHORIZATION BEGIN BETWEEN BIT BOTH BY CASCADE
    CASCADED CASE CAST CATALOG CHAR CHARACTER CHECK CLOSE COALESCE COLLATE COLLATION COLUMN COMMIT CONNECT
    CONNECTION CONSTRAINT CONSTRAINTS CONTINUE CONVERT CORRESPONDING CREATE CROSS CURRENT CURSOR DEALLOCATE DEC
    DECIMAL DECLARE DEFAULT DEFERRABLE DEFERRED DELETE DESC DESCRIBE DESCRIPTOR DIAGNOSTICS DISCONNECT DISTINCT
    DOMAIN DOUBLE DROP ELSE END ESCAPE EXCEPT EXCEPTION EXEC EXECUTE EXISTS EXTERNAL EXTRACT FALSE FETCH FIRST FLOAT
    FOR FOREIGN FOUND FROM FULL GET GLOBAL GO GOTO GRANT GROUP HAVING IDENTITY IMMEDIATE IN INDICATOR INITIALLY
    INNER INPUT INSENSITIVE INSERT INT INTEGER INTERSECT INTERVAL INTO IS ISOLATION JOIN KEY LANGUAGE LAST LEADING
    LEFT LIKE LIMIT LOCAL MATCH MISSING MODULE NAMES NATIONAL NATURAL NCHAR NEXT NO NOT NULL NULLIF NUMERIC OF ON
    ONLY OPEN OPTION OR ORDER OUTER OUTPUT OVERLAPS PAD PARTIAL PIVOT PRECISION PREPARE PRESERVE PRIMARY PRIOR
    PRIVILEGES PROCEDURE PUBLIC READ REAL REFERENCES RELATIVE REMOVE RESTRICT REVOKE RIGHT ROLLBACK ROWS SCHEMA
    SCROLL SECTION SELECT SESSION SET SMALLINT SOME SPACE SQL SQLCODE SQLERROR SQLSTATE TABLE TEMPORARY THEN TO
    TRAILING TRANSACTION TRANSLATE TRANSLATION TRUE UNION UNIQUE UNKNOWN UNPIVOT UPDATE USAGE USER USING VALUE
    VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE WITH WORK WRITE ZONE
    """.split()  # noqa: SIM905 - one word a line would be 200 lines
)
"""Words that are no names unless they are quoted: those that SQL-92 reserves, and PartiQL's own."""


class Token(NamedTuple):
    """`kind` is word, number, string, quoted, parameter, sign or end; `text` is without quotes."""

    kind: str
    text: str
    start: int
    end: int


class Tokens:
    """The tokens of one statement, read from the left."""

    def __init__(self, text: str) -> None:
        """Raises ValidationException for text that can't be split into tokens."""
        self._text = text
        self._tokens = [self._token(found) for found in _TOKEN.finditer(text) if found.lastgroup != "space"]
        self._tokens.append(Token("end", "", len(text), len(text)))
        self._at = 0

    def _token(self, found: re.Match[str]) -> Token:
        kind, text = str(found.lastgroup), found[0]
        if kind == "stray":
            raise malformed("Invalid character")
        quote = _QUOTES.get(kind)
        if quote is not None:
            text = text[1:-1].replace(quote * 2, quote)
        return Token(kind, text, found.start(), found.end())

    @property
    def next(self) -> Token:
        return self._tokens[self._at]

    @property
    def keyword(self) -> str:
        """The next token's text in upper case when it is an unquoted word, else nothing."""
        return self.keyword_after(0)

    def keyword_after(self, count: int) -> str:
        """As `keyword`, for the token that comes `count` tokens later."""
        token = self._tokens[min(self._at + count, len(self._tokens) - 1)]
        return token.text.upper() if token.kind == "word" else ""

    def is_call(self) -> bool:
        """Whether the next token is a word and followed by a parenthesis."""
        after = self._tokens[min(self._at + 1, len(self._tokens) - 1)]
        return self._tokens[self._at].kind == "word" and after.kind == "sign" and after.text == "("

    def take(self) -> Token:
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def is_sign(self, sign: str) -> bool:
        token = self._tokens[self._at]
        return token.kind == "sign" and token.text == sign

    def skip(self, sign: str) -> bool:
        """Take the next token if it is this sign."""
        if self.is_sign(sign):
            self._at += 1
            return True
        return False

    def skip_word(self, keyword: str) -> bool:
        """Take the next token if it is this keyword."""
        if self.keyword == keyword:
            self._at += 1
            return True
        return False

    def require(self, sign: str, otherwise: str) -> None:
        """Take this sign. Raises a syntax error with the words `otherwise` when the next token is another."""
        if not self.skip(sign):
            raise malformed(otherwise)

    def require_word(self, keyword: str, otherwise: str) -> None:
        """Take this keyword. Raises a syntax error with the words `otherwise` when the next token is another."""
        if not self.skip_word(keyword):
            raise malformed(otherwise)

    def require_end(self) -> None:
        """Raises a syntax error when the statement goes on."""
        if self.skip(";") and self.next.kind != "end":
            raise malformed("Unexpected token after semicolon. (Only one query is allowed.)")
        if self.next.kind != "end":
            raise malformed("Unexpected token after expression")

    def place(self, token: Token) -> str:
        """Where a token is, as AWS's messages show it: `line:column:length`."""
        line = self._text.count("\n", 0, token.start) + 1
        column = token.start - (self._text.rfind("\n", 0, token.start) + 1) + 1
        return f"{line}:{column}:{token.end - token.start}"

    def unsupported(self, what: str, token: Token | None = None) -> ValidationException:
        """The error for PartiQL that DynamoDB doesn't have, at a token or at the next one."""
        return ValidationException(f"Unsupported {what} at {self.place(token or self.next)}")


def malformed(reason: str) -> ValidationException:
    """The error for a statement that can't be parsed."""
    return ValidationException(f"Statement wasn't well formed, can't be processed: {reason}")
