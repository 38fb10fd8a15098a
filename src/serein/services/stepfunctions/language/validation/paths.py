"""Whether texts are paths, reference paths or calls of intrinsic functions, without reading anything by them."""

import re

from serein.kernel.jsonpath import InvalidPath, JsonPath, parse_path
from serein.services.stepfunctions.query.syntax import find_intrinsic_error

_VARIABLE = re.compile(r"\$(?:\$|(?!states(?![^\W]))[^\W\d]\w*)?(?=[.\[]|$)")
_LIKE_A_PATH = re.compile(r"\$\$?(?:[.\[]|$)")
_LIKE_AN_INTRINSIC = re.compile(r"States\.[A-Z]\w*\(.*\)$", re.DOTALL)


def looks_like_path(text: str) -> bool:
    """Whether a plain text was probably meant to be a path or an intrinsic function's call."""
    return _LIKE_A_PATH.match(text) is not None or _LIKE_AN_INTRINSIC.match(text) is not None


def _parse(text: str) -> JsonPath:
    """The path after its root: the input, the context object (`$$`) or a variable. Raises InvalidPath."""
    root = _VARIABLE.match(text)
    if root is None:
        raise InvalidPath(f"Illegal character found in path {text[:200]}")
    return parse_path("$" + text[root.end() :])


def find_path_problem(text: str) -> str | None:
    """What is wrong with a path, as the end of a sentence; None when nothing is."""
    try:
        _parse(text)
    except InvalidPath as invalid:
        return f": {invalid}"
    return None


def find_reference_problem(text: str, *, is_target: bool = False, takes_context: bool = True) -> str | None:
    """The same for a reference path: names and single indexes only. `is_target`: one in the input to write at."""
    try:
        parsed = _parse(text)
    except InvalidPath as invalid:
        return f": {invalid}"
    is_context = text.startswith("$$")
    is_variable = not is_context and text[1:2] not in ("", ".", "[")
    if parsed.keys is None or (is_context and not takes_context) or (is_target and (is_context or is_variable)):
        return ""
    return None


def has_intrinsic_problem(text: str) -> bool:
    """Whether a text is no call of an intrinsic function."""
    return find_intrinsic_error(text) is not None
