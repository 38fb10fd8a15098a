"""What each child execution gets: items as the selector makes them, alone or in batches.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itemselector.html and
https://docs.aws.amazon.com/step-functions/latest/dg/input-output-itembatcher.html
"""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import msgspec

from serein.services.stepfunctions.distributed.formats import Item
from serein.services.stepfunctions.distributed.plan import Plan
from serein.services.stepfunctions.failure import DATA_LIMIT_EXCEEDED, StateFailed
from serein.services.stepfunctions.language import ABSENT, Map
from serein.services.stepfunctions.query.jsonata_data import evaluate
from serein.services.stepfunctions.query.jsonpath_data import fill_template
from serein.services.stepfunctions.query.scope import Scope

LARGEST_INPUT_BYTES = 262_144
_encode = msgspec.json.encode


class Portion(NamedTuple):
    """What a child execution is to work on: its input as JSON, and how many items that is."""

    input: bytes
    item_count: int


def select(state: Map, plan: Plan, items: Iterable[Item], first: int) -> Iterator[Any]:
    """The items as the ItemSelector makes them; the first has the index `first`. Raises StateFailed."""
    if state.item_selector is ABSENT:
        # AWS: without a selector, a member of an object is its key and its value.
        return (item.value if item.key is None else {"Key": item.key, "Value": item.value} for item in items)
    return _selected(state, plan, items, first)


def _selected(state: Map, plan: Plan, items: Iterable[Item], first: int) -> Iterator[Any]:
    for index, item in enumerate(items, first):
        shown = {"Index": index, "Value": item.value, "Source": item.source}
        if item.key is not None:
            shown["Key"] = item.key
        context = {**plan.context, "Map": {"Item": shown}}
        scope = Scope(context, plan.variables)
        if state.query_language == "JSONata":
            states = {"input": plan.document, "context": context}
            yield evaluate(state.item_selector, states, scope, "ItemSelector")
        else:
            yield fill_template(state.item_selector, plan.document, scope)


class Batcher:
    """Puts items together until a batch is full; a portion comes out as soon as the next item doesn't fit."""

    def __init__(self, plan: Plan) -> None:
        self._is_batching = plan.batch_items is not None or plan.batch_bytes is not None or plan.batch_input is not None
        self._most = plan.batch_items
        self._largest = plan.batch_bytes or LARGEST_INPUT_BYTES
        given = b"" if plan.batch_input is None else b'"BatchInput":' + _encode(plan.batch_input) + b","
        self._head = b"{" + given + b'"Items":['
        self._items: list[bytes] = []
        self._size = len(self._head) + 1

    def feed(self, values: Iterable[Any]) -> Iterator[Portion]:
        """Portions that are full. Raises StateFailed for an item that fits into none."""
        for value in values:
            content = _encode(value)
            if not self._is_batching:
                _check_size(content, LARGEST_INPUT_BYTES)
                yield Portion(content, 1)
                continue
            _check_size(content, self._largest - len(self._head) - 2)
            if self._items and self._size + len(content) + 1 > self._largest:
                yield self._take()
            self._items.append(content)
            self._size += len(content) + 1
            if self._most is not None and len(self._items) >= self._most:
                yield self._take()

    def close(self) -> Iterator[Portion]:
        """What is left when there are no more items."""
        if self._items:
            yield self._take()

    @property
    def pending(self) -> int:
        """How many items wait for more to come."""
        return len(self._items)

    def _take(self) -> Portion:
        portion = Portion(self._head + b",".join(self._items) + b"]}", len(self._items))
        self._items, self._size = [], len(self._head) + 1
        return portion


def _check_size(content: bytes, largest: int) -> None:
    if len(content) > largest:
        raise StateFailed(
            DATA_LIMIT_EXCEEDED,
            f"An item of {len(content)} bytes exceeds the maximum of {largest} bytes that a child execution's input has"
            " room for.",
        )
