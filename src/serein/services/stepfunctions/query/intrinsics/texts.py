"""Templates of States.Format: `{}` stands for an argument, `\\{`, `\\}`, `\\'` and `\\\\` for the character itself."""

import re
from functools import lru_cache
from typing import Any

from serein.kernel.jsonpath import java_text
from serein.services.stepfunctions.query.intrinsics.refusal import Refused

_PART = re.compile(r"\\(.)|(\{\})|([{}\\])|([^\\{}]+)", re.DOTALL)


class TemplateError(ValueError):
    """The text is no template."""


class Formatter:
    """A template that was read: call it with its arguments."""

    __slots__ = ("_pieces",)

    def __init__(self, template: str) -> None:
        pieces = [""]
        for escaped, hole, stray, text in _PART.findall(template):
            if hole:
                pieces.append("")
            elif stray or (escaped and escaped not in "'{}\\"):
                raise TemplateError(f"Invalid escape sequence or unescaped '{stray or escaped}' in the template")
            else:
                pieces[-1] += escaped or text
        self._pieces = pieces

    def __call__(self, *values: Any) -> str:
        pieces = self._pieces
        if len(values) != len(pieces) - 1:
            raise Refused(
                f"The number of arguments ({len(values)}) does not match the occurrences of {{}} ({len(pieces) - 1})"
            )
        return pieces[0] + "".join([_shown(value) + piece for value, piece in zip(values, pieces[1:], strict=True)])


_formatter_of = lru_cache(maxsize=1024)(Formatter)


def format_text(template: Any, *values: Any) -> str:
    """States.Format with a template that is computed."""
    if not isinstance(template, str):
        raise Refused("The template must be a string")
    try:
        formatter = _formatter_of(template)
    except TemplateError as error:
        raise Refused(str(error)) from error
    return formatter(*values)


def _shown(value: Any) -> str:
    # AWS: an object is written as Java writes it, `{a=1, b=[]}`.
    return value if isinstance(value, str) else java_text(value)
