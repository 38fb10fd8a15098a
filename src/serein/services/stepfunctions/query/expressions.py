"""What the value of a `.$` key may be: a path or an intrinsic function."""

from serein.services.stepfunctions.query.intrinsics import intrinsic_of
from serein.services.stepfunctions.query.paths import Reader, reader_of


def expression_of(text: str) -> Reader:
    """The reader of a path or the caller of an intrinsic function.

    Raises InvalidPath; IntrinsicSyntaxError is one.
    """
    return intrinsic_of(text) if text.startswith("States.") else reader_of(text)
