"""The paths into events that EventBridge and its pipes know: names, indexes, and all elements of an array.

The whole of JSONPath, with filters and slices, is `kernel/jsonpath`.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import re
from functools import lru_cache
from typing import Any

_STEP = re.compile(r"""\.([^.\[\]'"\s]+)|\[\s*'([^']*)'\s*\]|\[\s*"([^"]*)"\s*\]|\[\s*(\d+|\*)\s*\]""")
ABSENT = object()
"""What a path finds where there is nothing."""


@lru_cache(maxsize=4096)
def find_steps(path: str) -> tuple[str | int, ...] | None:
    """The steps of a path (`*` stands for all elements), or None when it is no path."""
    if not path.startswith("$"):
        return None
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        found = _STEP.match(path, position)
        if found is None:
            return None
        name, single, double, index = found.groups()
        if index is not None:
            steps.append(index if index == "*" else int(index))
        else:
            steps.append(next(part for part in (name, single, double) if part is not None))
        position = found.end()
    return tuple(steps)


def value_at(path: str, document: Any) -> Any:
    """What a path finds in a document, or ABSENT."""
    steps = find_steps(path)
    return ABSENT if steps is None else _walk(steps, document)


def _walk(steps: tuple[str | int, ...], value: Any) -> Any:
    for number, step in enumerate(steps):
        if step == "*" and isinstance(value, list):
            found = [_walk(steps[number + 1 :], each) for each in value]
            return [each for each in found if each is not ABSENT]
        value = _child(step, value)
        if value is ABSENT:
            return ABSENT
    return value


def _child(step: str | int, value: Any) -> Any:
    if isinstance(step, int):
        return value[step] if isinstance(value, list) and step < len(value) else ABSENT
    return value.get(step, ABSENT) if isinstance(value, dict) else ABSENT
