"""Statements with named parameters (`:name`), as the engines' drivers are given them."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

_PARAMETER = re.compile(r"(?<![:\w]):([a-z_][a-z0-9_]*)")
_STATEMENTS = 4096


@lru_cache(maxsize=_STATEMENTS)
def marked(sql: str) -> str:
    """A statement with psycopg's parameter marks."""
    return _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%"))


@lru_cache(maxsize=_STATEMENTS)
def binder_of(sql: str) -> Callable[[Mapping[str, Any]], Sequence[Any]]:
    """A function that puts a statement's values into the order of its parameters. Raises KeyError for one that misses.

    Why: SQLite numbers parameters as they first occur, and binding by number takes a third of the time of binding by
    name.
    """
    names = list(dict.fromkeys(_PARAMETER.findall(sql)))
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: [values[name] for name in names]
