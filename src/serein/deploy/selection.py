"""Which files of a folder belong in a package: patterns in turn, the last one that matches a file deciding.

`src/**` takes what it matches, `!src/**` leaves it out; what none matches is in.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from serein.deploy.errors import BuildFailed
from serein.deploy.sources import Entry

_ENDS = {"@": ")", "?": ")?", "*": ")*", "+": ")+", "!": ""}
"""What ends groups like `@(a|b)`."""
_WILDCARDS = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
_BRACES = {"{": "(?:", "}": ")"}
_SIMPLE = re.compile(r"\*\*/|\*\*|\*|\?|\[[^]][^]]*\]")


def selected(entries: Iterable[Entry], patterns: tuple[str, ...], prefix: str = "", within: str = "") -> list[Entry]:
    """The entries that the patterns leave. Raises BuildFailed.

    `prefix` is before their names in the package only, `within` in the patterns only.
    """
    rules = _rules(patterns)
    return [entry for entry in entries if _is_in(within + entry.name[len(prefix) :], rules)]


def _is_in(name: str, rules: tuple[tuple[re.Pattern[str], bool], ...]) -> bool:
    for pattern, takes in reversed(rules):
        if pattern.fullmatch(name):
            return takes
    return True


@lru_cache(maxsize=256)
def _rules(patterns: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], bool], ...]:
    return tuple((_compiled(each.removeprefix("!")), not each.startswith("!")) for each in patterns)


def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(_expression(pattern.removeprefix("./")), re.DOTALL)
    except re.error as error:
        raise BuildFailed(f"The package pattern {pattern} can't be read: {error}") from error


def _expression(text: str) -> str:
    expression, at, depth = "", 0, 0
    groups: list[str] = []
    while at < len(text):
        character = text[at]
        if character in _ENDS and text.startswith("(", at + 1):
            expression += "(?:(?!(?:" if character == "!" else "(?:"
            groups.append(character)
            at += 2
        elif groups and character == ")":
            at += 1
            if (kind := groups.pop()) == "!":
                # What is not matched is the part as the rest of the pattern leaves it: `!(*.test).js`.
                rest = _expression(text[at:])
                return f"{expression}){rest}\\Z)[^/]*){rest}"
            expression += _ENDS[kind]
        elif found := _SIMPLE.match(text, at):
            expression, at = expression + _of_simple(found[0]), found.end()
        else:
            depth += {"{": 1, "}": -1}.get(character, 0)
            separates = (character == "," and depth) or (character == "|" and groups)
            expression += "|" if separates else _BRACES.get(character, re.escape(character))
            at += 1
    return expression


def _of_simple(found: str) -> str:
    """What matches a wildcard or a set of characters."""
    if found.startswith("["):
        inside = found[1:-1].replace("\\", "\\\\")
        return f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]"
    return _WILDCARDS[found]
