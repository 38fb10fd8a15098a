"""The Database port: durable rows, written by plain synchronous functions.

A transaction is a function `fn(tx)`. It cannot await, so it never holds the writer while something slow happens. It
may run more than once (the embedded engine replays a group after a failure, PostgreSQL after a conflict), so it has no
effect outside `tx`. It is short: the embedded engine runs it on the event loop. Work on many rows goes in chunks, a
transaction each.

SQL is written once, in the subset that SQLite and PostgreSQL share: named parameters (`:name`), `INSERT … ON
CONFLICT … DO UPDATE`, `RETURNING`, row values, no implicit conversions. In schema files the types are INTEGER (64
bits), REAL (double), TEXT (compared by code point) and BLOB. Text that a user may fill with any character (NUL
included) is stored as BLOB. Rows come back as tuples, in the order selected.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

from serein.kernel.scope import Scope

T = TypeVar("T")
Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """An operation to call: its service, its name, and for whom."""

    service: str
    operation: str
    scope: Scope
    trace_id: str = ""
    """The `X-Amzn-Trace-Id` of what caused the call: functions that trigger themselves are found by it."""
    source: tuple[str, str, str] | None = None
    """The service that calls, the ARN of what it calls for and the account of that: see `Caller.of_service`."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What to call once a delivery is given up.

    The call's request is `request` with its `payload_member`, when named, set to the JSON text of the given-up
    delivery's request; `error_member`, when named, is set to the last error as "Code: message".
    """

    target: Target
    request: dict[str, Any]
    payload_member: str = ""
    error_member: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """How a delivery is retried, and what becomes of it when it isn't any more."""

    maximum_attempts: int = 10
    backoff_seconds: tuple[float, ...] = (1, 2, 4, 8, 16, 32, 60)
    """Wait before the second, third, … attempt; the last figure repeats."""
    maximum_age_seconds: float = 86_400
    retries_sender_faults: bool = False
    """Whether an error that blames the request (4xx) is worth another attempt."""
    dead_letter: DeadLetter | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """An operation that the platform owes: called at least once, after the transaction that sent it commits."""

    target: Target
    request: dict[str, Any]
    """JSON values and bytes only; kept as text until it is due."""
    policy: Policy = field(default_factory=Policy)
    not_before: float | None = None
    """Seconds since the epoch on the platform's clock; None means at once."""


class Transaction(Protocol):
    """What `fn(tx)` can do. Everything done commits together or not at all."""

    @property
    def now(self) -> float:
        """The platform's time when the transaction began, in seconds since the epoch."""

    @property
    def memo(self) -> dict[Any, Any]:
        """What was read of rows that are read all the time and seldom change, by keys of the reader's own.

        It holds what this transaction would read: kept for later ones while nobody else can have changed a row, empty
        otherwise. Invariant: whoever changes such a row clears the memo of the transaction that does.
        """

    def run(self, sql: str, /, **values: Any) -> int:
        """Run a statement and return how many rows it changed."""

    def one(self, sql: str, /, **values: Any) -> Row | None:
        """Run a query (or a statement with RETURNING) and return its first row, or None."""

    def all(self, sql: str, /, **values: Any) -> list[Row]:
        """Run a query (or a statement with RETURNING) and return all its rows."""

    def send(self, delivery: Delivery) -> None:
        """Owe a call, durably (write transactions only)."""

    def wake(self, *topics: str) -> None:
        """Wake whoever waits for any of `topics` once this has committed. A hint: it may be lost in a crash."""

    def then(self, fn: Callable[[], None]) -> None:
        """Call `fn` on the event loop once this has committed: for what is counted in memory (writes only)."""


class Database(Protocol):
    """Where everything durable is. Failures of the engine surface as exceptions of the engine."""

    async def write(self, fn: Callable[[Transaction], T]) -> T:
        """Run `fn` in a transaction and return its result once that is durable (fsynced).

        An exception from `fn` rolls back what it did and reaches the caller; other writers don't notice.
        """

    async def read(self, fn: Callable[[Transaction], T]) -> T:
        """Run `fn` on a consistent snapshot that holds every write acknowledged before the call."""

    @property
    def is_idle(self) -> bool:
        """True when no write is queued or being committed."""

    @property
    def is_shared(self) -> bool:
        """True when other nodes may use it too: what one has claimed isn't another's to release."""

    async def close(self) -> None:
        """Finish what is queued and close."""
