"""The rows of records.

A record's id is its shard's id, followed by 39 bits for its index in the shard. Why one number: records of a shard
stand together in the order of their indexes, and adding one writes to a single tree.
"""

from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.services.kinesis.shards import Shard

_INDEX_BITS = 39
_INDEXES = (1 << _INDEX_BITS) - 1
_INSERT = (
    "INSERT INTO kinesis_records (id, arrived_at, is_encrypted, partition_key, data)"
    " VALUES (:id, :now, :is_encrypted, :partition_key, :data)"
)
_AFTER = (
    "SELECT id, arrived_at, is_encrypted, partition_key, data FROM kinesis_records"
    " WHERE id > :after AND id <= :up_to AND arrived_at >= :since ORDER BY id LIMIT :limit"
)


class Record(NamedTuple):
    """A record as stored."""

    place: int
    """Its index in its shard."""
    arrived_at: float
    is_encrypted: bool
    partition_key: bytes
    data: bytes


def insert_record(
    tx: Transaction, shard: Shard, index: int, partition_key: bytes, data: bytes, *, is_encrypted: bool
) -> None:
    tx.run(
        _INSERT,
        id=shard.id << _INDEX_BITS | index,
        now=tx.now,
        is_encrypted=1 if is_encrypted else 0,
        partition_key=partition_key,
        data=data,
    )


def records_after(tx: Transaction, shard: Shard, after: int, up_to: int, since: float, limit: int) -> list[Record]:
    """Up to `limit` records of a shard after an index, none after `up_to`, none that arrived before `since`."""
    base = shard.id << _INDEX_BITS
    rows = tx.all(_AFTER, after=base | after, up_to=base | min(up_to, _INDEXES), since=since, limit=limit)
    return [Record(row[0] & _INDEXES, row[1], row[2] == 1, bytes(row[3]), bytes(row[4])) for row in rows]


def find_arrival(tx: Transaction, shard: Shard, index: int) -> tuple[int, float] | None:
    """Return (index, when it arrived) of the first record at or after an index, or None."""
    base = shard.id << _INDEX_BITS
    row = tx.one(
        "SELECT id, arrived_at FROM kinesis_records WHERE id >= :first AND id <= :last ORDER BY id LIMIT 1",
        first=base | index,
        last=base | _INDEXES,
    )
    return None if row is None else (row[0] & _INDEXES, float(row[1]))


def index_before(tx: Transaction, shard: Shard, moment: float) -> int:
    """The index of the last record that arrived before a moment, or one below the first that is kept.

    Why a search by halves: indexes have no gaps and records arrive in their order, so no index on times is needed.
    """
    first = find_arrival(tx, shard, 0)
    if first is None:
        return 0
    if first[1] >= moment:
        return first[0] - 1
    low = first[0]
    row = tx.one(
        "SELECT id FROM kinesis_records WHERE id >= :first AND id <= :last ORDER BY id DESC LIMIT 1",
        first=shard.id << _INDEX_BITS,
        last=shard.id << _INDEX_BITS | _INDEXES,
    )
    high = low if row is None else row[0] & _INDEXES
    while low < high:
        middle = (low + high + 1) // 2
        found = find_arrival(tx, shard, middle)
        if found is not None and found[1] < moment:
            low = middle
        else:
            high = middle - 1
    return low


def delete_before(tx: Transaction, shard: Shard, moment: float, limit: int) -> tuple[int, bool]:
    """Delete up to `limit` of a shard's first records, those that arrived before a moment.

    Return how many there were, and whether the shard is empty now.
    """
    base = shard.id << _INDEX_BITS
    rows = tx.all(
        "SELECT id, arrived_at FROM kinesis_records WHERE id >= :first AND id <= :last ORDER BY id LIMIT :limit",
        first=base,
        last=base | _INDEXES,
        limit=limit,
    )
    expired = [row[0] for row in rows if row[1] < moment]
    if expired:
        tx.run("DELETE FROM kinesis_records WHERE id >= :first AND id <= :last", first=base, last=max(expired))
    return len(expired), len(expired) == len(rows) < limit


def delete_gone(tx: Transaction, shard_id: int, limit: int) -> int:
    """Delete up to `limit` of the records of a shard that is gone; return how many there were."""
    base = shard_id << _INDEX_BITS
    rows = tx.all(
        "SELECT id FROM kinesis_records WHERE id >= :first AND id <= :last ORDER BY id LIMIT :limit",
        first=base,
        last=base | _INDEXES,
        limit=limit,
    )
    if rows:
        tx.run("DELETE FROM kinesis_records WHERE id >= :first AND id <= :last", first=base, last=rows[-1][0])
    return len(rows)
