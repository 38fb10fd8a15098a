"""Regular expressions that APIs' owners write and that what clients send is matched with.

They run in an engine that gives up after so many steps: an expression that backtracks without end must not hold up
everybody else. What only Java's syntax has (inline flags, quoting) runs in Python's engine, after translation.
"""

import re
from collections.abc import Callable
from functools import lru_cache

import jsonschema_rs

from serein.kernel.velocity import TemplateFailed
from serein.kernel.velocity.regexes import compiled

_MOST_STEPS = 100_000


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> Callable[[str], bool]:
    """Whether a whole text matches the pattern. AWS: one that can't be read matches nothing."""
    schema = {"pattern": f"^(?:{pattern})$"}
    options = jsonschema_rs.FancyRegexOptions(backtrack_limit=_MOST_STEPS)
    try:
        return jsonschema_rs.Draft4Validator(schema, pattern_options=options, offline=True).is_valid
    except ValueError:
        return _in_python(pattern)


def _in_python(pattern: str) -> Callable[[str], bool]:
    try:
        matches: Callable[[str], re.Match[str] | None] = compiled(pattern).fullmatch
    except TemplateFailed:
        return lambda _: False
    return lambda text: matches(text) is not None
