"""Which files of a folder belong in a package: patterns in turn, the last one that matches a file deciding.

`src/**` takes what it matches, `!src/**` leaves it out; what none matches is in.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from serein.deploy.errors import BuildFailed
from serein.deploy.sources import Entry

_EXTENDED = re.compile(r"[@+?*!]\(")


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
    text = pattern.removeprefix("./")
    if _EXTENDED.search(text):
        raise BuildFailed(
            f"The package pattern {pattern} has a group like @(a|b), which is not supported: write {{a,b}}."
        )
    expression, at, depth = "", 0, 0
    while at < len(text):
        if text.startswith("**/", at):
            expression, at = f"{expression}(?:.*/)?", at + 3
            continue
        if text.startswith("**", at):
            expression, at = f"{expression}.*", at + 2
            continue
        character = text[at]
        closing = text.find("]", at + 2) if character == "[" else -1
        if closing > 0:
            inside = text[at + 1 : closing].replace("\\", "\\\\")
            expression += f"[{'^' + inside[1:] if inside[0] in '!^' else inside}]"
            at = closing + 1
            continue
        depth += {"{": 1, "}": -1}.get(character, 0)
        plain = {"*": "[^/]*", "?": "[^/]", "{": "(?:", "}": ")"}
        expression += "|" if character == "," and depth else plain.get(character, re.escape(character))
        at += 1
    try:
        return re.compile(expression, re.DOTALL)
    except re.error as error:
        raise BuildFailed(f"The package pattern {pattern} can't be read: {error}") from error
