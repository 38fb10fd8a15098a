"""Linearizability of one object's history: is there an order of its operations that explains every answer?

The search is Wing and Gong's, with the memory of visited configurations that Lowe added: it picks, again and again, an
operation that may come next (one that was invoked before any that is left returned) and takes back what leads nowhere.
An operation whose outcome is unknown may take effect at any moment from its invocation until `until`, or never.
"""

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from typing import Any

Model = Callable[[Any, "Operation"], tuple[Any, Any]]
"""From a state and an operation to the next state and the answer. States are hashable."""


@dataclass(slots=True, eq=False)
class Operation:
    """A request with what is known of its outcome. Times are seconds on one clock for all clients."""

    kind: str
    argument: Any
    invoked: float
    returned: float | None = None
    """None: the outcome is unknown."""
    result: Any = None
    until: float = math.inf
    """When the outcome is unknown: from then on it can't take effect any more."""
    client: int = 0


@dataclass(frozen=True, slots=True)
class NotLinearizable:
    """No order explains the history. What is shown is the longest part that has one."""

    explained: list[Operation]
    left: list[Operation]
    """The first of the operations of which none can come next."""

    def __str__(self) -> str:
        lines = ["no order of the operations explains the answers; the longest that was found ends with"]
        lines += [f"  {_shown(operation)}" for operation in self.explained[-6:]]
        lines += ["and none of these can follow:", *(f"  {_shown(operation)}" for operation in self.left)]
        return "\n".join(lines)


def find_violation(operations: list[Operation], model: Model, initial: Hashable = None) -> NotLinearizable | None:
    """Return None when the history of one object is linearizable."""
    return _Search(operations, model, initial).run()


class _Search:
    def __init__(self, operations: list[Operation], model: Model, initial: Hashable) -> None:
        self._model = model
        self._state = initial
        ordered = sorted(operations, key=lambda operation: operation.invoked)
        self._known = [operation for operation in ordered if operation.returned is not None]
        self._unknown = [operation for operation in ordered if operation.returned is None]
        self._bits = {id(operation): 1 << number for number, operation in enumerate(ordered)}
        # The known operations that are left, as a linked list in order of invocation; the last place is its head.
        count = len(self._known)
        self._next = [*range(1, count + 1), 0]
        self._previous = [count, *range(count)]
        self._places = {id(operation): place for place, operation in enumerate(self._known)}
        self._done = 0
        self._floor = -math.inf
        self._order: list[Operation] = []
        self._longest: list[Operation] = []
        self._left: list[Operation] = []

    def run(self) -> NotLinearizable | None:
        head = len(self._known)
        seen: set[tuple[int, Hashable]] = {(0, self._state)}
        stack: list[tuple[Any, float, Iterator[Operation]]] = []
        options = self._options()
        while self._next[head] != head:
            chosen = self._choose(options, seen)
            if chosen is None:
                self._remember()
                if not stack:
                    return NotLinearizable(self._longest, self._left)
                self._state, self._floor, options = stack.pop()
                self._take_back()
                continue
            operation, state = chosen
            stack.append((self._state, self._floor, options))
            self._take(operation, state)
            options = self._options()
        return None

    def _options(self) -> Iterator[Operation]:
        """What may come next: known outcomes first, for each of them leads on."""
        head = len(self._known)
        boundary, place, known = math.inf, self._next[head], []
        while place != head and self._known[place].invoked <= boundary:
            known.append(self._known[place])
            boundary = min(boundary, self._known[place].returned or math.inf)
            place = self._next[place]
        yield from known
        for operation in self._unknown:
            if operation.invoked > boundary:
                return
            if not self._done & self._bits[id(operation)] and operation.until >= self._floor:
                yield operation

    def _choose(self, options: Iterator[Operation], seen: set[tuple[int, Hashable]]) -> tuple[Operation, Any] | None:
        for operation in options:
            state, result = self._model(self._state, operation)
            if state == self._state if operation.returned is None else result != operation.result:
                continue
            configuration = (self._done | self._bits[id(operation)], state)
            if configuration not in seen:
                seen.add(configuration)
                return operation, state
        return None

    def _take(self, operation: Operation, state: Any) -> None:
        self._order.append(operation)
        self._done |= self._bits[id(operation)]
        self._state = state
        self._floor = max(self._floor, operation.invoked)
        place = self._places.get(id(operation))
        if place is not None:
            self._next[self._previous[place]] = self._next[place]
            self._previous[self._next[place]] = self._previous[place]

    def _take_back(self) -> None:
        operation = self._order.pop()
        self._done &= ~self._bits[id(operation)]
        place = self._places.get(id(operation))
        if place is not None:
            self._next[self._previous[place]] = place
            self._previous[self._next[place]] = place

    def _remember(self) -> None:
        if len(self._order) >= len(self._longest):
            self._longest, self._left = list(self._order), list(self._options())


def _shown(operation: Operation) -> str:
    returned = "?" if operation.returned is None else f"{operation.returned:.6f}"
    return (
        f"[{operation.invoked:.6f} … {returned}] client {operation.client}: "
        f"{operation.kind} {operation.argument} -> {operation.result}"
    )
