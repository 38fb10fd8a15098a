"""Paths: `$.a[0]` of the document, `$$.Execution.Id` of the context object, `$name.b` of a workflow variable.

A path is read once and kept by its text. As on AWS, a path that may find several values never fails: where even what is
above them is missing, there are none.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from serein.kernel.jsonpath import InvalidPath, PathNotFound, parse_path
from serein.services.stepfunctions.query.failures import invalid_path
from serein.services.stepfunctions.query.scope import Scope

Reader = Callable[[Any, Scope], Any]
"""From a document and its scope to what a path finds. Raises PathNotFound."""

_VARIABLE = re.compile(r"\$([^\s.\[\]$(),'\"@?*]+)(.*)", re.DOTALL)


@lru_cache(maxsize=8192)
def reader_of(path: str) -> Reader:
    """The reader of a path that starts with `$`. Raises InvalidPath."""
    if path.startswith("$$"):
        read_context = _reader_within(path[1:])
        return lambda _, scope: read_context(scope.context)
    variable = _VARIABLE.fullmatch(path)
    if variable is not None:
        return _variable_reader(variable[1], variable[2])
    if not path.startswith("$"):
        raise InvalidPath(f"A path must start with '$': {path[:200]}")
    read = _reader_within(path)
    return lambda document, _: read(document)


def read_path(path: str, document: Any, scope: Scope) -> Any:
    """What a path finds. Raises QueryFailed (States.Runtime) with the words for InputPath, OutputPath and ItemsPath."""
    if path == "$":
        return document
    try:
        return reader_of(path)(document, scope)
    except (PathNotFound, InvalidPath) as error:
        raise invalid_path(path, error) from error


def _reader_within(text: str) -> Callable[[Any], Any]:
    path = parse_path(text)
    if path.functions:
        # AWS: `length()` and the like are taken for names of properties
        # (https://repost.aws/questions/QUYiQKP0XfThWEc_ahsMnLOA).
        reason = f"Property ['{path.functions[-1][0]}()'] not found in path {text.rsplit('.', 1)[0]}"

        def fail(_: Any) -> Any:
            raise PathNotFound(reason)

        return fail
    if path.is_definite:
        return path.read

    def read_several(document: Any) -> Any:
        try:
            return path.read(document)
        except PathNotFound:
            return []

    return read_several


def _variable_reader(name: str, rest: str) -> Reader:
    read = _reader_within("$" + rest)

    def read_variable(_: Any, scope: Scope) -> Any:
        try:
            value = scope.variables[name]
        except KeyError:
            raise PathNotFound(f"No results for path: ${name}") from None
        return read(value)

    return read_variable
