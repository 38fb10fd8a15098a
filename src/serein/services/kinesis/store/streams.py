"""The rows of streams and of their shards."""

from collections.abc import Iterator

from serein.kernel.database import Transaction
from serein.kernel.errors import InternalFailure
from serein.kernel.ids import random_bytes
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.kinesis.errors import InvalidArgumentException, LimitExceededException, ResourceNotFoundException
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.streams import (
    Address,
    Stream,
    StreamDefinition,
    address_of,
    encode_definition,
    stream_not_found,
    stream_of,
)

DUE_TOPIC = "kinesis:due"
"""Woken when something about streams or consumers is to happen later."""
TRIM_TOPIC = "kinesis:trim"
"""Woken when there is something to trim that wasn't."""
MOST_SHARD_ID = (1 << 24) - 1
_OPEN, _CLOSED, _GONE = 0, 1, 2
_AT_ONCE = 200
_COLUMNS = "id, account, region, name, definition"
_FIND = f"SELECT {_COLUMNS} FROM kinesis_streams WHERE account = :account AND region = :region AND name = :name"
_NEXT = "UPDATE kinesis_shards SET last_index = last_index + :count WHERE id = :id AND state = 0 RETURNING last_index"


def find_stream(tx: Transaction, address: Address) -> Stream | None:
    """Return the stream, or None."""
    key = ("kinesis stream", *address)
    stream: Stream | None = tx.memo.get(key)
    if stream is None:
        row = tx.one(_FIND, account=address.account, region=address.region, name=address.name)
        if row is None:
            return None
        stream = tx.memo[key] = stream_of(*row)
    return stream


def require_stream(tx: Transaction, address: Address) -> Stream:
    """The stream. Raises ResourceNotFoundException."""
    stream = find_stream(tx, address)
    if stream is None:
        raise stream_not_found(address)
    return stream


def require_named_stream(tx: Transaction, scope: Scope, request: Request) -> Stream:
    """The stream that a request names by StreamARN, StreamName or StreamId.

    Raises InvalidArgumentException and ResourceNotFoundException.
    """
    address, stream_id = address_of(request, scope), request.get("StreamId")
    if address is not None:
        stream = require_stream(tx, address)
        if stream_id is not None and stream_id != stream.definition.stream_id:
            raise InvalidArgumentException(f"StreamId {stream_id} is not the id of stream {stream.name}")
        return stream
    if stream_id is None:
        raise InvalidArgumentException("Either StreamName or StreamARN should be provided.")
    row = tx.one(
        f"SELECT {_COLUMNS} FROM kinesis_streams WHERE stream_id = :id AND account = :account AND region = :region",
        id=stream_id,
        account=scope.account,
        region=scope.region,
    )
    if row is None:
        raise ResourceNotFoundException(f"Stream with id {stream_id} under account {scope.account} not found.")
    return stream_of(*row)


def find_stream_by_row(tx: Transaction, id: int) -> Stream | None:
    """Return the stream with that row id, or None when it is gone."""
    key = ("kinesis stream row", id)
    stream: Stream | None = tx.memo.get(key)
    if stream is None:
        row = tx.one(f"SELECT {_COLUMNS} FROM kinesis_streams WHERE id = :id", id=id)
        if row is None:
            return None
        stream = tx.memo[key] = stream_of(*row)
    return stream


def insert_stream(tx: Transaction, address: Address, definition: StreamDefinition) -> None:
    tx.memo.clear()
    id = int.from_bytes(random_bytes(8)) >> 1
    tx.run(
        "INSERT INTO kinesis_streams (id, stream_id, account, region, name, definition, mode, open_shards, due_at)"
        " VALUES (:id, :stream_id, :account, :region, :name, :definition, :mode, :open_shards, :due_at)",
        id=id,
        stream_id=definition.stream_id,
        account=address.account,
        region=address.region,
        name=address.name,
        **_values(definition),
    )
    insert_shards(tx, id, definition.shards)
    tx.wake(TRIM_TOPIC)
    if definition.due_at is not None:
        tx.wake(DUE_TOPIC)


def update_stream(tx: Transaction, stream: Stream, definition: StreamDefinition) -> None:
    """Store a stream's new definition; its new shards have to be inserted, its closed ones closed."""
    tx.memo.clear()
    tx.run(
        "UPDATE kinesis_streams SET definition = :definition, mode = :mode, open_shards = :open_shards,"
        " due_at = :due_at WHERE id = :id",
        id=stream.id,
        **_values(definition),
    )
    tx.wake(stream.topic)
    if definition.due_at is not None:
        tx.wake(DUE_TOPIC)


def _values(definition: StreamDefinition) -> dict[str, object]:
    return {
        "definition": encode_definition(definition),
        "mode": definition.mode,
        "open_shards": sum(shard.closed_at is None for shard in definition.shards),
        "due_at": definition.due_at,
    }


def delete_stream(tx: Transaction, stream: Stream) -> None:
    """Remove a stream and its consumers; its records go bit by bit (`records.delete_gone`)."""
    tx.memo.clear()
    tx.run("UPDATE kinesis_shards SET state = :gone WHERE stream_id = :id", gone=_GONE, id=stream.id)
    tx.run(
        "DELETE FROM kinesis_subscriptions WHERE consumer_arn IN"
        " (SELECT arn FROM kinesis_consumers WHERE stream_id = :id)",
        id=stream.id,
    )
    tx.run("DELETE FROM kinesis_consumers WHERE stream_id = :id", id=stream.id)
    tx.run("DELETE FROM kinesis_streams WHERE id = :id", id=stream.id)
    tx.wake(stream.topic)
    tx.wake(TRIM_TOPIC)


def insert_shards(tx: Transaction, stream_id: int, shards: list[Shard]) -> None:
    for start in range(0, len(shards), _AT_ONCE):
        ids = [shard.id for shard in shards[start : start + _AT_ONCE]]
        rows = ", ".join(f"(:id{place}, :stream, 0, 0)" for place in range(len(ids)))
        tx.run(
            f"INSERT INTO kinesis_shards (id, stream_id, last_index, state) VALUES {rows}",
            stream=stream_id,
            **{f"id{place}": id for place, id in enumerate(ids)},
        )


def close_shards(tx: Transaction, shards: list[Shard]) -> None:
    """Note that shards take no more records."""
    for start in range(0, len(shards), _AT_ONCE):
        ids = {f"id{place}": shard.id for place, shard in enumerate(shards[start : start + _AT_ONCE])}
        places = ", ".join(f":{name}" for name in ids)
        tx.run(f"UPDATE kinesis_shards SET state = :closed WHERE id IN ({places})", closed=_CLOSED, **ids)


def delete_shard(tx: Transaction, id: int) -> None:
    """Remove the row of a shard whose records are gone."""
    tx.run("DELETE FROM kinesis_shards WHERE id = :id", id=id)


def shard_ids(tx: Transaction, at_once: int) -> Iterator[int]:
    """Ids for new shards, taken `at_once` at a time. Raises LimitExceededException when there are no more."""
    while True:
        row = tx.one(
            "INSERT INTO kinesis_numbers (id, last_shard) VALUES (1, :count)"
            " ON CONFLICT (id) DO UPDATE SET last_shard = kinesis_numbers.last_shard + :count RETURNING last_shard",
            count=at_once,
        )
        if row is None or row[0] > MOST_SHARD_ID:
            raise LimitExceededException(f"No more than {MOST_SHARD_ID} shards can be opened in a database")
        yield from range(row[0] - at_once + 1, row[0] + 1)


def claim_indexes(tx: Transaction, shard: Shard, count: int) -> int:
    """Claim the next `count` indexes of a shard and return the last. Why a row for it: it orders concurrent writers,
    and it outlives trimming."""
    row = tx.one(_NEXT, id=shard.id, count=count)
    if row is None:
        raise InternalFailure(f"{shard.name} is closed and its stream doesn't know")
    return int(row[0])


def last_index(tx: Transaction, shard: Shard) -> int:
    """The index of a shard's last record so far; 0 when there was none."""
    row = tx.one("SELECT last_index FROM kinesis_shards WHERE id = :id", id=shard.id)
    return 0 if row is None else int(row[0])


def gone_shards(tx: Transaction, limit: int) -> list[int]:
    """The ids of up to `limit` shards whose records are to be removed."""
    sql = "SELECT id FROM kinesis_shards WHERE state = :gone ORDER BY id LIMIT :limit"
    return [row[0] for row in tx.all(sql, gone=_GONE, limit=limit)]


def list_streams(tx: Transaction, scope: Scope, after: str, limit: int) -> list[Stream]:
    """Up to `limit` streams of an account and a region after a name, by name."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM kinesis_streams WHERE account = :account AND region = :region AND name > :after"
        " ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [stream_of(*row) for row in rows]


def open_shard_count(tx: Transaction, scope: Scope, mode: str) -> tuple[int, int]:
    """How many streams of a mode an account has in a region, and how many open shards those have."""
    row = tx.one(
        "SELECT COUNT(*), COALESCE(SUM(open_shards), 0) FROM kinesis_streams"
        " WHERE account = :account AND region = :region AND mode = :mode",
        account=scope.account,
        region=scope.region,
        mode=mode,
    )
    return (0, 0) if row is None else (int(row[0]), int(row[1]))


def all_stream_ids(tx: Transaction) -> list[int]:
    """The row ids of every stream of every account."""
    return [row[0] for row in tx.all("SELECT id FROM kinesis_streams")]


def due_streams(tx: Transaction, now: float) -> list[Stream]:
    """The streams about which something is due."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM kinesis_streams WHERE due_at <= :now ORDER BY due_at", now=now)
    return [stream_of(*row) for row in rows]


def unsettled_streams(tx: Transaction, scope: Scope) -> list[Stream]:
    """The streams of an account and a region that come, change or go."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM kinesis_streams WHERE due_at IS NOT NULL AND account = :account AND region = :region",
        account=scope.account,
        region=scope.region,
    )
    return [stream_of(*row) for row in rows]


def next_due(tx: Transaction) -> float | None:
    """When something about a stream or a consumer is due next."""
    rows = tx.all(
        "SELECT MIN(due_at) FROM kinesis_streams WHERE due_at IS NOT NULL"
        " UNION ALL SELECT MIN(due_at) FROM kinesis_consumers WHERE due_at IS NOT NULL"
    )
    return min((float(row[0]) for row in rows if row[0] is not None), default=None)
