"""Filter patterns: which log messages a pattern selects.

Three forms, told apart by the first character: terms (`ERROR ?"not found" -debug %\\d+%`), conditions on JSON messages
(`{ $.level = "error" && $.ms > 100 }`), and space-delimited fields (`[ip, user, ..., status = 4*]`).

AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

import re
from collections.abc import Callable
from functools import lru_cache

from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.filter_conditions import compile_fields, compile_json, compile_regex, unquote

Predicate = Callable[[str], bool]

_TERM = re.compile(r'\s*([?-]?)("(?:[^"\\]|\\.)*"|%[^%]*%|[^\s"]+)')
_WORD = re.compile(r"\w+")


@lru_cache(maxsize=256)
def compile_pattern(pattern: str) -> Predicate | None:
    """The predicate of a pattern, None when it selects everything. Raises InvalidParameterException."""
    text = pattern.strip()
    if not text or text == '""':
        return None
    if text.startswith("{"):
        return compile_json(text)
    if text.startswith("["):
        return compile_fields(text)
    return _compile_terms(text)


def _compile_terms(text: str) -> Predicate:
    required: list[Predicate] = []
    excluded: list[Predicate] = []
    optional: list[Predicate] = []
    kinds = {"": required, "-": excluded, "?": optional}
    position = 0
    while position < len(text):
        match = _TERM.match(text, position)
        if match is None:
            raise InvalidParameterException("Invalid filter pattern")
        kinds[match[1]].append(_term(match[2]))
        position = match.end()
    if required or excluded:
        # AWS: optional terms next to required or excluded ones are ignored.
        return lambda message: all(term(message) for term in required) and not any(term(message) for term in excluded)
    return lambda message: any(term(message) for term in optional)


def _term(text: str) -> Predicate:
    if text.startswith('"'):
        phrase = unquote(text)
        return lambda message: phrase in message
    if text.startswith("%"):
        regex = compile_regex(text)
        return lambda message: regex.search(message) is not None
    if not _WORD.fullmatch(text):
        raise InvalidParameterException(f"Invalid character(s) in term '{text}'")
    return lambda message: text in message
