"""Java's regular expressions in Python's: classes, replacements, `split`."""

import re
from functools import lru_cache

from serein.kernel.velocity.errors import TemplateFailed
from serein.kernel.velocity.values import JavaArray, as_list, bounded

_CLASSES = {
    "Alpha": "a-zA-Z",
    "L": "a-zA-Z",
    "Digit": "0-9",
    "N": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Upper": "A-Z",
    "Lu": "A-Z",
    "Lower": "a-z",
    "Ll": "a-z",
    "Punct": r"!-/:-@\[-`{-~",
    "P": r"!-/:-@\[-`{-~",
    "Space": r" \t\n\x0b\f\r",
    "XDigit": "0-9a-fA-F",
    "ASCII": r"\x00-\x7f",
}
_TRANSLATED = re.compile(r"\\p\{(?:Is)?(\w+)\}|\\([QzZ])|\(\?<([a-zA-Z]\w*)>|\\.|\[|\]", re.DOTALL)
_REPLACEMENT = re.compile(r"\\(.)|\$(\d)|\$\{(\w+)\}|\\$|\$", re.DOTALL)


@lru_cache(maxsize=512)
def compiled(pattern: str) -> re.Pattern[str]:
    depth = 0
    parts: list[str] = []
    position = 0
    while found := _TRANSLATED.search(pattern, position):
        parts.append(pattern[position : found.start()])
        position = found.end()
        token = found[0]
        if found[1]:
            if found[1] not in _CLASSES:
                raise TemplateFailed(f"Unknown character property {{{found[1]}}} in {pattern}")
            parts.append(_CLASSES[found[1]] if depth else f"[{_CLASSES[found[1]]}]")
        elif found[2] == "Q":
            end = pattern.find("\\E", position)
            end = len(pattern) if end < 0 else end
            parts.append(re.escape(pattern[position:end]))
            position = end + 2
        elif found[2] or found[3]:
            parts.append(r"\Z" if found[2] == "z" else r"(?=\n?\Z)" if found[2] else f"(?P<{found[3]}>")
        else:
            is_nested = token == "[" and depth
            depth = depth + 1 if token == "[" and not depth else 0 if token == "]" else depth
            parts.append("\\[" if is_nested else token)
    parts.append(pattern[position:])
    try:
        return re.compile("".join(parts), re.ASCII)
    except (re.error, RecursionError, OverflowError) as error:
        raise TemplateFailed(f"{error} in the regular expression {pattern}") from error


def replace(text: str, pattern: str, replacement: str, count: int = 0) -> str:
    """Java's replaceAll (count 0) and replaceFirst (1)."""
    regex = compiled(pattern)
    if "\\" not in replacement and "$" not in replacement:
        return bounded(regex.sub(lambda _: replacement, text, count))

    def filled(found: re.Match[str]) -> str:
        return _REPLACEMENT.sub(lambda part: _part(part, found), replacement)

    return bounded(regex.sub(filled, text, count))


def _part(part: re.Match[str], found: re.Match[str]) -> str:
    if part[1] is not None:
        return part[1]
    if part[2] is None and part[3] is None:
        raise TemplateFailed("Illegal group reference" if part[0] == "$" else "character to be escaped is missing")
    group: str | int = part[3] if part[2] is None else int(part[2])
    try:
        return found[group] or ""
    except IndexError as missing:
        raise TemplateFailed(f"No group {group}") from missing


def split(text: str, pattern: str, limit: int = 0) -> JavaArray:
    """Java's split: no empty parts at the end (limit 0), no empty first part of an empty match."""
    parts: list[str] = []
    start = 0
    for found in compiled(pattern).finditer(text):
        if limit > 0 and len(parts) == limit - 1:
            break
        if found.end() == 0 or found.start() == found.end() == len(text):
            continue
        parts.append(text[start : found.start()])
        start = found.end()
    if not parts:
        return JavaArray([text])
    parts.append(text[start:])
    while limit == 0 and parts and not parts[-1]:
        parts.pop()
    return JavaArray(as_list(parts))
