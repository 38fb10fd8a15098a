"""Throughput as a limit (`SEREIN_THROTTLING`), and the count of what tables that scale consume (metering.py).

Each table and global index has a bucket of units for reads and one for writes, filled at the rate that was provisioned
(or is the most on demand) up to what 300 seconds give: AWS's burst capacity. A request is let in while something is in
the bucket and takes what it turns out to cost, so a bucket may owe; what comes next waits until that is made up for.

Counted in memory by each node, by the platform's clock: a restart forgets it, which errs on the generous side.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from serein.kernel.call import Call, Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.services.dynamodb.capacity import index_write_units, units_of_bytes, write_units
from serein.services.dynamodb.errors import (
    ConditionalCheckFailedException,
    ProvisionedThroughputExceededException,
    RequestLimitExceeded,
    ThrottlingException,
)
from serein.services.dynamodb.images import Image
from serein.services.dynamodb.metering import MEMORY, Meters
from serein.services.dynamodb.store.tables import TOPIC, require_table
from serein.services.dynamodb.tables import Index, IndexDefinition, Table, TableDefinition

T = TypeVar("T")
READ, WRITE = "Read", "Write"
_MEMORY = "dynamodb throughput"
_BURST_SECONDS = 300.0
_QUOTA = 40_000.0
_MOST_BUCKETS = 200_000
_EMPTY = 1e-9
_OF_TABLE = (
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning "
    "level with the UpdateTable API."
)
_OF_INDEX = (
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the "
    "UpdateTable API"
)
_MAXIMUM = "Throughput exceeds the maximum OnDemandThroughput configured on table or index"
_OF_ACCOUNT = (
    "Throughput exceeds the current throughput limit for your account. Please contact AWS Support at "
    "https://aws.amazon.com/support to request a limit increase"
)
_PROVISIONED, _ON_DEMAND, _ACCOUNT = (
    "ProvisionedThroughputExceeded",
    "MaxOnDemandThroughputExceeded",
    "AccountLimitExceeded",
)
Resource = tuple[Table, Index | None]


class Buckets:
    """What is left of the throughput of tables and indexes."""

    def __init__(self) -> None:
        self._levels: dict[tuple[int, str], tuple[float, float]] = {}
        """What is left, and when that was, by the table's or index's id and the kind of unit."""

    def level(self, resource: Resource, kind: str, now: float) -> float:
        """What is in a bucket now."""
        table, index = resource
        rate, _ = rate_of(table.definition, index, kind)
        known = self._levels.get((index.id if index else table.id, kind))
        if known is None:
            # A table that was never used has kept what its life so far has given, and the current second.
            return rate * min(_BURST_SECONDS, max(0.0, now - table.definition.created_at) + 1.0)
        left, at = known
        return min(left + max(0.0, now - at) * rate, rate * _BURST_SECONDS)

    def take(self, resource: Resource, kind: str, units: float, now: float) -> None:
        """Take units out of a bucket."""
        table, index = resource
        left = self.level(resource, kind, now) - units
        if len(self._levels) >= _MOST_BUCKETS:
            self._levels.clear()
        self._levels[index.id if index else table.id, kind] = (left, now)


def rate_of(definition: TableDefinition, index: Index | None, kind: str) -> tuple[float, str]:
    """The units that a table or global index gives in a second, and what AWS calls it when they don't suffice."""
    found: TableDefinition | IndexDefinition = definition
    if index is not None:
        found = next((one for one in definition.indexes if one.id == index.id), definition)
    if definition.billing == "PROVISIONED":
        return float((found.throughput or {}).get(f"{kind}CapacityUnits", 0)), _PROVISIONED
    most = (found.on_demand or {}).get(f"Max{kind}RequestUnits", -1)
    return (float(most), _ON_DEMAND) if most > 0 else (_QUOTA, _ACCOUNT)


class Spending:
    """What one request takes, part by part. It counts for other requests once it is settled.

    Why not at once: the function that takes it may run again, or fail.
    """

    __slots__ = ("_buckets", "_bus", "_meters", "_now", "_spent", "_throttles")

    def __init__(self, platform: Platform) -> None:
        buckets: Buckets | None = platform.memory.get(_MEMORY)
        self._buckets = buckets or platform.memory.setdefault(_MEMORY, Buckets())
        self._meters: Meters | None = platform.memory.get(MEMORY)
        self._bus = platform.bus
        self._now = platform.clock.now()
        self._throttles = platform.realism.is_throttling
        self._spent: dict[tuple[int, str], tuple[Resource, float]] = {}

    def write(self, table: Table, before: Image | None, after: Image | None, factor: int = 1) -> None:
        """Take what a write costs, `factor` times. Raises AWS's errors, with nothing taken, when that can't be had.

        AWS: a write waits for every global index that it changes; local indexes are paid for by the table.
        """
        units: list[tuple[Resource, float]] = []
        own = write_units(before, after)
        for name, more in index_write_units(table, before, after).items():
            index = table.find_index(name)
            if index is not None and index.is_global:
                units.append(((table, index), float(more * factor)))
            else:
                own += more
        units.insert(0, ((table, None), float(own * factor)))
        self._require((resource for resource, _ in units), WRITE)
        for resource, amount in units:
            self._add(resource, WRITE, amount)

    def require_write(self, table: Table) -> None:
        """Check that something can be written, whatever it costs. Raises AWS's errors."""
        self._require([(table, None)], WRITE)

    def add_refused(self, table: Table, size_bytes: int) -> None:
        """Take what a write costs whose condition failed."""
        self._add((table, None), WRITE, float(units_of_bytes(size_bytes)))

    def require_read(self, table: Table, index: Index | None = None) -> None:
        """Check that something can be read. Raises AWS's errors."""
        self._require([_read_from(table, index)], READ)

    def add_read(self, table: Table, index: Index | None, units: float, fetched_units: float = 0.0) -> None:
        """Take what was read, of an index and for it of its table."""
        self._add(_read_from(table, index), READ, units)
        if fetched_units:
            self._add((table, None), READ, fetched_units)

    def clear(self) -> None:
        """Start again (a transaction's function may run twice)."""
        self._spent.clear()

    def settle(self) -> None:
        """Let what was taken count."""
        for (_, kind), (resource, units) in self._spent.items():
            table, index = resource
            if self._throttles:
                self._buckets.take(resource, kind, units, self._now)
            meter = self._meters.find(table) if self._meters is not None else None
            if meter is not None:
                by_index = {index.name: units} if index else {}
                if meter.count(self._now, f"{kind}CapacityUnits", 0.0 if index else units, by_index):
                    self._bus.wake(TOPIC)
        self._spent.clear()

    def _add(self, resource: Resource, kind: str, units: float) -> None:
        table, index = resource
        key = (index.id if index else table.id, kind)
        self._spent[key] = (resource, units + (self._spent[key][1] if key in self._spent else 0.0))

    def _require(self, resources: Iterable[Resource], kind: str) -> None:
        if not self._throttles:
            return
        exhausted = [resource for resource in resources if self._left(resource, kind) <= _EMPTY]
        if exhausted:
            raise _refusal(exhausted, kind)

    def _left(self, resource: Resource, kind: str) -> float:
        table, index = resource
        spent = self._spent.get((index.id if index else table.id, kind))
        return self._buckets.level(resource, kind, self._now) - (spent[1] if spent else 0.0)


def is_counted(platform: Platform) -> bool:
    """Whether anybody may want to know what a request consumes: throughput is a limit, or a table scales."""
    if platform.realism.is_throttling:
        return True
    meters: Meters | None = platform.memory.get(MEMORY)
    return meters is not None and meters.is_running


def find_spending(platform: Platform, tables: Iterable[Table]) -> Spending | None:
    """Return what counts a request about tables, or None when nobody wants to know."""
    if platform.realism.is_throttling:
        return Spending(platform)
    meters: Meters | None = platform.memory.get(MEMORY)
    if meters is not None and any(meters.find(table) is not None for table in tables):
        return Spending(platform)
    return None


def spend_read(platform: Platform, table: Table, index: Index | None, units: float, fetched_units: float = 0.0) -> None:
    """Count a read that was made, if anybody wants to know."""
    spending = find_spending(platform, (table,))
    if spending is not None:
        spending.add_read(table, index, units, fetched_units)
        spending.settle()


async def write_counted(call: Call, table_name: str, fn: Callable[[Transaction], T]) -> T:
    """Run `fn` in a write transaction; a condition that fails is paid for.

    AWS: by the size of the item that it was checked on, one unit at least
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html).
    """
    try:
        return await call.write(fn)
    except ConditionalCheckFailedException as error:
        table = await call.read(lambda tx: require_table(tx, call.scope, table_name))
        spending = find_spending(call.platform, (table,))
        if spending is not None:
            spending.add_refused(table, error.size_bytes)
            spending.settle()
        raise


def begin_write(platform: Platform, table: Table) -> Spending | None:
    """Return what counts a write, or None when nobody wants to know. Raises AWS's errors when nothing can be had.

    AWS: a request that can't be had isn't looked at any further: its condition doesn't matter.
    """
    spending = find_spending(platform, (table,))
    if spending is not None:
        spending.require_write(table)
    return spending


def settle(spending: Spending | None) -> None:
    """Let what a request took count."""
    if spending is not None:
        spending.settle()


def require_read(platform: Platform, table: Table, index: Index | None = None) -> None:
    """Check that something can be read. Raises AWS's errors."""
    if platform.realism.is_throttling:
        Spending(platform).require_read(table, index)


def _read_from(table: Table, index: Index | None) -> Resource:
    return (table, index if index is not None and index.is_global else None)


def _refusal(exhausted: list[Resource], kind: str) -> AwsError:
    """AWS: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ThrottlingReason.html"""
    limits = {rate_of(table.definition, index, kind)[1] for table, index in exhausted}
    reasons: list[dict[str, Any]] = [
        {
            "reason": f"{'Index' if index else 'Table'}{kind}{rate_of(table.definition, index, kind)[1]}",
            "resource": f"{table.arn}/index/{index.name}" if index else table.arn,
        }
        for table, index in exhausted
    ]
    if _PROVISIONED in limits:
        message = _OF_TABLE if any(index is None for _, index in exhausted) else _OF_INDEX
        return ProvisionedThroughputExceededException(message, ThrottlingReasons=reasons)
    if _ON_DEMAND in limits:
        return ThrottlingException(_MAXIMUM, throttlingReasons=reasons)
    return RequestLimitExceeded(_OF_ACCOUNT, ThrottlingReasons=reasons)


THROTTLED = (ProvisionedThroughputExceededException, ThrottlingException, RequestLimitExceeded)


def cancellation_of(error: AwsError) -> dict[str, Any]:
    """The reason for which a transaction is cancelled when one of its parts can't be had."""
    is_provisioned = isinstance(error, ProvisionedThroughputExceededException)
    return {
        "Code": "ProvisionedThroughputExceeded" if is_provisioned else "ThrottlingError",
        "Message": error.message,
    }


class Admission:
    """Which parts of a batch are let in; a batch none of whose parts are is refused as a whole."""

    __slots__ = ("_admitted", "_refusal", "_spending")

    def __init__(self, spending: Spending | None) -> None:
        self._spending = spending
        self._admitted = 0
        self._refusal: AwsError | None = None

    def admits_write(self, table: Table, before: Image | None, after: Image | None) -> bool:
        """Take what a write costs; False when that can't be had."""
        return self._admits(lambda spending: spending.write(table, before, after))

    def admits_read(self, table: Table) -> bool:
        """Whether something can be read of a table."""
        return self._admits(lambda spending: spending.require_read(table))

    def require_some(self) -> None:
        """Raise AWS's error when nothing of the batch was let in."""
        if self._refusal is not None and not self._admitted:
            raise self._refusal

    def _admits(self, take: Callable[[Spending], None]) -> bool:
        if self._spending is not None:
            try:
                take(self._spending)
            except THROTTLED as refusal:
                self._refusal = refusal
                return False
        self._admitted += 1
        return True
