"""What definitions are checked with: paths, reference paths and intrinsic functions.

Each of these tells nothing of a good text, and of a bad one why it is bad.
"""

import re

from serein.kernel.jsonpath import InvalidPath, parse_path
from serein.services.stepfunctions.query.expressions import expression_of
from serein.services.stepfunctions.query.intrinsics import IntrinsicSyntaxError
from serein.services.stepfunctions.query.paths import reader_of

_ROOT = re.compile(r"\$\$|\$[^\s.\[\]$(),'\"@?*]*")


def is_path(text: str) -> bool:
    """Whether the text is a path: of the input, of the context object (`$$`) or of a variable (`$name`)."""
    try:
        reader_of(text)
    except InvalidPath:
        return False
    return True


def is_reference_path(text: str) -> bool:
    """Whether the text is a path that can only ever mean one value: names and indexes."""
    root = _ROOT.match(text)
    if root is None:
        return False
    try:
        return parse_path("$" + text[root.end() :]).keys is not None
    except InvalidPath:
        return False


def is_result_path(text: str) -> bool:
    """Whether the text is a reference path within the input: a ResultPath."""
    return (text == "$" or text.startswith(("$.", "$["))) and is_reference_path(text)


def find_intrinsic_error(text: str) -> IntrinsicSyntaxError | None:
    """Why `States....` is no call of an intrinsic function, with the position in the text."""
    try:
        expression_of(text)
    except IntrinsicSyntaxError as error:
        return error
    except InvalidPath as error:
        return IntrinsicSyntaxError(str(error), 0)
    return None


def is_template_value(text: str) -> bool:
    """Whether a `.$` key may have this value: a path or an intrinsic function."""
    try:
        expression_of(text)
    except InvalidPath:
        return False
    return True
