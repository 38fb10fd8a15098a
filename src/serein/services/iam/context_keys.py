"""The condition keys that policy documents read, in the words of the documents."""

import json
import re
from collections.abc import Iterator
from typing import Any

_VARIABLE = re.compile(r"\$\{\s*([^{}*?$,]+?)\s*(?:,[^{}]*)?\}")


def keys_named(document: str) -> dict[str, str]:
    """The keys of conditions and variables, by their names in lower case."""
    found: dict[str, str] = {}
    policy = json.loads(document)
    statements = policy.get("Statement", [])
    for statement in [statements] if isinstance(statements, dict) else statements:
        for name in _names(statement, has_variables=policy.get("Version") == "2012-10-17"):
            found.setdefault(name.lower(), name)
    return found


def _names(statement: dict[str, Any], *, has_variables: bool) -> Iterator[str]:
    texts: list[Any] = [statement.get("Resource"), statement.get("NotResource")]
    for tests in statement.get("Condition", {}).values():
        yield from tests
        texts += tests.values()
    if has_variables:
        for text in texts:
            for each in text if isinstance(text, list) else [text]:
                if isinstance(each, str):
                    yield from _VARIABLE.findall(each)
