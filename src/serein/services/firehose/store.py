"""All of Firehose's SQL."""

from typing import NamedTuple

from serein.kernel.database import Transaction
from serein.kernel.ids import random_bytes
from serein.kernel.scope import Scope
from serein.services.firehose.errors import stream_not_found
from serein.services.firehose.streams import Stream, StreamDefinition, encode_definition, stream_of

OPEN, FULL, CLOSED, DELIVERED = 0, 1, 2, 3
"""The states of buffers: one that became full has a delivery of its own besides the one for its time, which closes
others."""
_COLUMNS = "id, account, region, name, definition"
_BUFFER = "id, stream_id, stage, part, state, opened_at, size_bytes, packs"
_FIND = f"SELECT {_COLUMNS} FROM firehose_streams WHERE account = :account AND region = :region AND name = :name"
_GROW = (
    "UPDATE firehose_buffers SET size_bytes = size_bytes + :size, packs = packs + 1 WHERE stream_id = :stream"
    " AND stage = :stage AND part = :part AND state = 0 RETURNING id, size_bytes, packs"
)


class Buffer(NamedTuple):
    """A buffer's row."""

    id: int
    stream_id: int
    stage: str
    part: str
    state: int
    opened_at: float
    size_bytes: int
    packs: int


def find_stream(tx: Transaction, scope: Scope, name: str) -> Stream | None:
    key = ("firehose stream", scope.account, scope.region, name)
    stream: Stream | None = tx.memo.get(key)
    if stream is None:
        row = tx.one(_FIND, account=scope.account, region=scope.region, name=name)
        if row is None:
            return None
        stream = tx.memo[key] = stream_of(*row)
    return stream


def require_stream(tx: Transaction, scope: Scope, name: str) -> Stream:
    """Raises ResourceNotFoundException."""
    stream = find_stream(tx, scope, name)
    if stream is None:
        raise stream_not_found(name, scope)
    return stream


def find_stream_by_row(tx: Transaction, id: int) -> Stream | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM firehose_streams WHERE id = :id", id=id)
    return None if row is None else stream_of(*row)


def insert_stream(tx: Transaction, scope: Scope, name: str, definition: StreamDefinition) -> Stream:
    tx.memo.clear()
    id, text = _new_id(), encode_definition(definition)
    tx.run(
        "INSERT INTO firehose_streams (id, account, region, name, type, definition)"
        " VALUES (:id, :account, :region, :name, :type, :definition)",
        id=id,
        account=scope.account,
        region=scope.region,
        name=name,
        type=definition.type,
        definition=text,
    )
    return stream_of(id, scope.account, scope.region, name, text)


def update_stream(tx: Transaction, stream: Stream, definition: StreamDefinition) -> None:
    tx.memo.clear()
    tx.run(
        "UPDATE firehose_streams SET definition = :definition WHERE id = :id",
        definition=encode_definition(definition),
        id=stream.id,
    )


def delete_stream(tx: Transaction, stream: Stream) -> None:
    tx.memo.clear()
    tx.run("DELETE FROM firehose_streams WHERE id = :id", id=stream.id)


def list_streams(tx: Transaction, scope: Scope, kind: str, after: str, limit: int) -> list[str]:
    """The names of up to `limit` delivery streams after a name, of one type if one is given."""
    of_kind = " AND type = :kind" if kind else ""
    rows = tx.all(
        "SELECT name FROM firehose_streams WHERE account = :account AND region = :region AND name > :after"
        f"{of_kind} ORDER BY name LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
        **({"kind": kind} if kind else {}),
    )
    return [row[0] for row in rows]


def count_streams(tx: Transaction, scope: Scope) -> int:
    row = tx.one(
        "SELECT COUNT(*) FROM firehose_streams WHERE account = :account AND region = :region",
        account=scope.account,
        region=scope.region,
    )
    return 0 if row is None else int(row[0])


def grow_buffer(tx: Transaction, stream_id: int, stage: str, part: str, size: int) -> tuple[int, int, int] | None:
    """Count a pack into the open buffer; its id, size and number of packs then, or None when there is none."""
    row = tx.one(_GROW, size=size, stream=stream_id, stage=stage, part=part)
    return None if row is None else (row[0], row[1], row[2])


def insert_buffer(tx: Transaction, stream_id: int, stage: str, part: str, size: int) -> int:
    """Open a buffer for its first pack and return its id."""
    id = _new_id()
    tx.run(
        "INSERT INTO firehose_buffers (id, stream_id, stage, part, state, opened_at, size_bytes, packs)"
        " VALUES (:id, :stream, :stage, :part, 0, :now, :size, 1)",
        id=id,
        stream=stream_id,
        stage=stage,
        part=part,
        now=tx.now,
        size=size,
    )
    return id


def insert_pack(tx: Transaction, buffer_id: int, place: int, size: int, records: bytes) -> None:
    tx.run(
        "INSERT INTO firehose_packs (buffer_id, place, size_bytes, records) VALUES (:buffer, :place, :size, :records)",
        buffer=buffer_id,
        place=place,
        size=size,
        records=records,
    )


def find_buffer(tx: Transaction, id: int) -> Buffer | None:
    row = tx.one(f"SELECT {_BUFFER} FROM firehose_buffers WHERE id = :id", id=id)
    return None if row is None else Buffer(*row)


def mark_buffer(tx: Transaction, id: int, state: int) -> None:
    """Note that a buffer takes no more records (FULL, CLOSED), or was delivered (DELIVERED)."""
    tx.run("UPDATE firehose_buffers SET state = :state WHERE id = :id", state=state, id=id)


def delete_buffer(tx: Transaction, id: int) -> None:
    """Remove a buffer whose packs are gone."""
    tx.run("DELETE FROM firehose_buffers WHERE id = :id", id=id)


def buffers_of(tx: Transaction, stream_id: int, limit: int) -> list[Buffer]:
    sql = f"SELECT {_BUFFER} FROM firehose_buffers WHERE stream_id = :stream LIMIT :limit"
    return [Buffer(*row) for row in tx.all(sql, stream=stream_id, limit=limit)]


def has_open_buffer(tx: Transaction, stream_id: int, stage: str, part: str) -> bool:
    sql = "SELECT 1 FROM firehose_buffers WHERE stream_id = :stream AND stage = :stage AND part = :part AND state = 0"
    return tx.one(sql, stream=stream_id, stage=stage, part=part) is not None


def count_open_buffers(tx: Transaction, stream_id: int, stage: str) -> int:
    row = tx.one(
        "SELECT COUNT(*) FROM firehose_buffers WHERE stream_id = :stream AND stage = :stage AND state = 0",
        stream=stream_id,
        stage=stage,
    )
    return 0 if row is None else int(row[0])


def packs_after(tx: Transaction, buffer_id: int, place: int, limit: int) -> list[tuple[int, int, bytes]]:
    """Up to `limit` packs after a place, as (place, size, records)."""
    rows = tx.all(
        "SELECT place, size_bytes, records FROM firehose_packs WHERE buffer_id = :buffer AND place > :place"
        " ORDER BY place LIMIT :limit",
        buffer=buffer_id,
        place=place,
        limit=limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


def delete_packs(tx: Transaction, buffer_id: int, up_to: int) -> None:
    """Remove the packs of a buffer up to a place."""
    tx.run("DELETE FROM firehose_packs WHERE buffer_id = :buffer AND place <= :place", buffer=buffer_id, place=up_to)


def _new_id() -> int:
    return int.from_bytes(random_bytes(8)) >> 1
