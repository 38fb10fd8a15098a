"""AWS's regular expressions are Java's; this makes Python's of them.

What differs in AWS's models is nearly all Unicode classes (`\\p{L}`), which become explicit ranges. A pattern that
Python still does not take is not checked: refusing a request that AWS accepts would be worse.
"""

import functools
import re
import unicodedata
import warnings

_CLASS = re.compile(r"\\([pP])(?:\{(?:Is|In)?\^?([A-Za-z_]+)\}|([LMNPSZC]))")
_DANGLING = re.compile(r"(?<!\\)(\\[wdsWDS])-(?!\])")
"""A hyphen after a class within brackets, which Java takes as itself."""
_ALIASES: dict[str, tuple[str, ...]] = {
    "Alphabetic": ("L", "Nl"),
    "LD": ("L", "Nd"),
    "Digit": ("Nd",),
    "Letter": ("L",),
}
_POSIX = {
    "Whitespace": r"\s",
    "WhiteSpace": r"\s",
    "White_Space": r"\s",
    "Alpha": "a-zA-Z",
    "Alnum": "a-zA-Z0-9",
    "Digit": "0-9",
    "Upper": "A-Z",
    "Lower": "a-z",
    "Punct": r"!-/:-@\[-`{-~",
    "ASCII": r"\x00-\x7f",
    "Print": r"\x20-\x7e",
    "Graph": r"\x21-\x7e",
    "Space": r"\s",
    "Blank": r" \t",
    "Cntrl": r"\x00-\x1f\x7f",
    "XDigit": "0-9a-fA-F",
}


@functools.lru_cache(maxsize=4096)
def find_pattern(pattern: str) -> "re.Pattern[str] | None":
    """The compiled pattern, or None when Python cannot express it."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            return re.compile(_translated(pattern), re.ASCII)
    except (re.error, OverflowError, RecursionError, LookupError):
        return None


def _translated(pattern: str) -> str:
    pattern = pattern.replace("\\uD800\\uDC00-\\uDBFF\\uDFFF", "\\U00010000-\\U0010FFFF").replace("\\z", "\\Z")
    pattern = _DANGLING.sub(r"\1\\-", pattern)
    if "\\p" not in pattern and "\\P" not in pattern:
        return pattern
    parts = []
    end = 0
    depth = 0
    for found in _CLASS.finditer(pattern):
        depth += _brackets(pattern[end : found.start()], depth)
        parts.append(pattern[end : found.start()])
        ranges = _ranges(found[2] or found[3], found[1] == "P")
        parts.append(ranges if depth else f"[{ranges}]")
        end = found.end()
    parts.append(pattern[end:])
    return "".join(parts)


def _brackets(text: str, depth: int) -> int:
    """By how much the text changes whether we are inside a character class."""
    before = depth
    position = 0
    while position < len(text):
        character = text[position]
        if character == "\\":
            position += 1
        elif character == "[" and not depth:
            depth = 1
        elif character == "]" and depth:
            depth = 0
        position += 1
    return depth - before


@functools.cache
def _ranges(name: str, is_negated: bool) -> str:
    """The characters inside or outside of a Unicode category, as the inside of a character class.

    Beyond the basic plane every character counts as a letter, mark, number and symbol: exact tables would cost a tenth
    of a second when they are first needed.
    """
    if name in _POSIX and not is_negated:
        return _POSIX[name]
    categories = _ALIASES.get(name, (name,))
    if not all(re.fullmatch("[LMNPSZC][a-z]?", category) for category in categories):
        raise LookupError(name)
    ranges = []
    start = -1
    for point in range(0x10000 + 1):
        is_inside = point < 0x10000 and unicodedata.category(chr(point)).startswith(categories) != is_negated
        if is_inside and start < 0:
            start = point
        elif not is_inside and start >= 0:
            ranges.append(f"\\u{start:04x}-\\u{point - 1:04x}")
            start = -1
    if is_negated or categories[0][0] in "LMNS":
        ranges.append("\\U00010000-\\U0010ffff")
    return "".join(ranges)
