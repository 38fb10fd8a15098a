"""What a step has done so far, so that a step that a crash cut short does nothing twice.

The result of every write that an operation makes for a step is kept in the transaction of that write. When the step is
made again, its handler makes the same calls: a write that was committed gives the result that it gave, and ids are
drawn as they were drawn. So an API, a key or a version is made once, although its name isn't known beforehand.
"""

import asyncio
import hashlib
import pickle
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from serein.kernel.call import Platform
from serein.kernel.database import Database, Transaction
from serein.kernel.ids import SYSTEM, drawing_from, random_bytes
from serein.kernel.scope import Caller, Scope
from serein.services.cloudformation.store import steps

T = TypeVar("T")
_SEED_BYTES = 32
_NOT_KEPT = b""


@dataclass(slots=True)
class Journal:
    """The writes of one step."""

    stack_id: str
    purpose: str
    seed: bytes
    results: dict[str, bytes] = field(default_factory=dict)
    """Of an earlier attempt, by the names of its writes."""
    calls: Counter[str] = field(default_factory=Counter)

    def next_name(self, service: str, operation: str) -> str:
        """The name of the next call of an operation, which doesn't depend on calls of others in between."""
        name = f"{service}.{operation}"
        self.calls[name] += 1
        return f"{name}/{self.calls[name]}"

    def knows(self, service: str, operation: str) -> bool:
        """Whether an earlier attempt has written anything by such a call."""
        return any(name.startswith(f"{service}.{operation}/") for name in self.results)


def new_journal(stack_id: str, purpose: str) -> Journal:
    return Journal(stack_id, purpose, random_bytes(_SEED_BYTES))


async def read_journal(database: Database, stack_id: str, purpose: str) -> Journal:
    """The journal of a step that is made again."""
    rows = await database.read(lambda tx: steps.results_of(tx, stack_id, purpose))
    journal = new_journal(stack_id, purpose)
    for name, seed, result in rows:
        journal.seed = seed
        journal.results[name] = result
    return journal


async def call_once(
    platform: Platform, journal: Journal, service: str, operation: str, request: dict[str, Any], scope: Scope
) -> dict[str, Any]:
    """Call an operation for a step: what it has written in an earlier attempt isn't written again."""
    name = journal.next_name(service, operation)
    database = _JournaledDatabase(platform.database, journal, name)
    caller = Caller.of_service("cloudformation", scope)
    try:
        with drawing_from(_Draws(journal.seed, name)):
            journaled = replace(platform, database=database)
            return await journaled.call(service, operation, request, scope=scope, caller=caller)
    finally:
        database.is_over = True


class _Draws:
    """Random bytes that follow from a secret seed, for the task that began; others get the system's."""

    def __init__(self, seed: bytes, name: str) -> None:
        self._state = hashlib.sha256(seed + name.encode())
        self._task = asyncio.current_task()
        self._count = 0

    def __call__(self, size_bytes: int) -> bytes:
        if asyncio.current_task() is not self._task:
            return SYSTEM(size_bytes)
        self._count += 1
        return hashlib.shake_256(self._state.digest() + self._count.to_bytes(8)).digest(size_bytes)


class _JournaledDatabase:
    """The platform's database for the time of one call; afterwards just that."""

    def __init__(self, inner: Database, journal: Journal, name: str) -> None:
        self._inner = inner
        self._journal = journal
        self._name = name
        self._writes = 0
        self.is_over = False

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        if self.is_over:
            return await self._inner.write(fn)
        self._writes += 1
        journal, name = self._journal, f"{self._name}/{self._writes}"
        known = journal.results.get(name, _NOT_KEPT)
        if known != _NOT_KEPT:
            earlier: T = pickle.loads(known)
            return earlier

        def kept(tx: Transaction) -> T:
            with drawing_from(SYSTEM):
                # Why: what is drawn here isn't drawn again when the result is known.
                result = fn(tx)
            steps.insert_result(tx, journal.stack_id, journal.purpose, name, journal.seed, _pickled(result))
            return result

        return await self._inner.write(kept)

    async def read(self, fn: Callable[[Transaction], T]) -> T:
        return await self._inner.read(fn)

    @property
    def is_idle(self) -> bool:
        return self._inner.is_idle

    @property
    def is_shared(self) -> bool:
        return self._inner.is_shared

    async def close(self) -> None:
        await self._inner.close()


def _pickled(result: Any) -> bytes:
    try:
        return pickle.dumps(result)
    except (pickle.PicklingError, TypeError, AttributeError):
        # A result that can't be kept (it holds a function, a lock) is worked out again.
        return _NOT_KEPT
