"""One item under conditional writes, as a model: what each request answers and what it leaves.

A state is None (no item) or (value, count). An answer is whether the condition held, and the item that was shown.
"""

from typing import Any

from crash.linearizability import Operation

State = tuple[str | None, int] | None
Answer = tuple[bool, State]


def apply(state: State, operation: Operation) -> tuple[State, Answer]:
    """The model of `linearizability.find_violation`."""
    return _EFFECTS[operation.kind](state, operation.argument)


def _get(state: State, _: Any) -> tuple[State, Answer]:
    return state, (True, state)


def _put(state: State, value: str) -> tuple[State, Answer]:
    return (value, 0), (True, state)


def _put_if_absent(state: State, value: str) -> tuple[State, Answer]:
    return ((value, 0), (True, None)) if state is None else (state, (False, state))


def _exchange(state: State, argument: tuple[str, str]) -> tuple[State, Answer]:
    expected, value = argument
    if state is None or state[0] != expected:
        return state, (False, state)
    new = (value, state[1])
    return new, (True, new)


def _add(state: State, amount: int) -> tuple[State, Answer]:
    new = (None, amount) if state is None else (state[0], state[1] + amount)
    return new, (True, new)


def _delete(state: State, _: Any) -> tuple[State, Answer]:
    return None, (True, state)


def _delete_if(state: State, expected: str) -> tuple[State, Answer]:
    return (state, (False, state)) if state is None or state[0] != expected else (None, (True, state))


_EFFECTS = {
    "get": _get,
    "put": _put,
    "put if absent": _put_if_absent,
    "exchange": _exchange,
    "add": _add,
    "delete": _delete,
    "delete if": _delete_if,
}
