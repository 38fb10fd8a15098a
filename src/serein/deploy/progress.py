"""How a deployment tells what it does: one line per thing that happens."""

from collections.abc import Callable

Say = Callable[[str], None]
"""Called with a short line for people ("Building OrderFunction"); must not block."""


def silent(_line: str) -> None:
    """For callers that want no progress."""
