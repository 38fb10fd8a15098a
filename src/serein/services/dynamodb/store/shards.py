"""Rows of streams' shards."""

from serein.kernel.database import Row, Transaction
from serein.services.dynamodb.lineage import Shard

TOPIC = "dynamodb:shards"
"""Woken when a shard gets its first record, or enough to be split."""
_COLUMNS = "number, parent, low, high, opened_at, first_at, closed_at, last_sequence"
_NEXT = (
    "UPDATE dynamodb_shards SET last_sequence = last_sequence + 1 WHERE stream_id = :stream AND number = :number "
    "AND closed_at IS NULL RETURNING last_sequence"
)


def append_shard(tx: Transaction, stream_id: int, shard: Shard) -> None:
    """Add a shard."""
    tx.run(
        f"INSERT INTO dynamodb_shards (stream_id, {_COLUMNS}) VALUES (:stream, :number, :parent, :low, :high, "
        ":opened_at, :first_at, :closed_at, :last_sequence)",
        stream=stream_id,
        **shard._asdict(),
    )


def find_next_sequence(tx: Transaction, stream_id: int, number: int) -> int | None:
    """Claim the next number of a shard; None when it isn't open.

    Why a row for it: it orders concurrent writers and outlives trimming.
    """
    row = tx.one(_NEXT, stream=stream_id, number=number)
    return None if row is None else row[0]


def note_first_record(tx: Transaction, stream_id: int, number: int) -> None:
    """Note that a shard gets its first record now."""
    tx.run(
        "UPDATE dynamodb_shards SET first_at = :now WHERE stream_id = :stream AND number = :number",
        now=tx.now,
        stream=stream_id,
        number=number,
    )


def close_shard(tx: Transaction, stream_id: int, number: int) -> None:
    """A shard gets no more records."""
    tx.run(
        "UPDATE dynamodb_shards SET closed_at = :now WHERE stream_id = :stream AND number = :number",
        now=tx.now,
        stream=stream_id,
        number=number,
    )


def close_shards(tx: Transaction, stream_id: int) -> None:
    """A stream gets no more records."""
    tx.run(
        "UPDATE dynamodb_shards SET closed_at = :now WHERE stream_id = :stream AND closed_at IS NULL",
        now=tx.now,
        stream=stream_id,
    )


def delete_shard(tx: Transaction, stream_id: int, number: int) -> None:
    """Remove a shard whose records are gone."""
    tx.run(
        "DELETE FROM dynamodb_shards WHERE stream_id = :stream AND number = :number", stream=stream_id, number=number
    )


def shards_of(tx: Transaction, stream_id: int, first: int = 0) -> list[Shard]:
    """A stream's shards in the order in which they were opened, from a number on."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM dynamodb_shards WHERE stream_id = :stream AND number >= :first ORDER BY number",
        stream=stream_id,
        first=first,
    )
    return [Shard(*row) for row in rows]


def open_shards(tx: Transaction) -> dict[int, list[Shard]]:
    """The open shards of every stream, by the streams' ids."""
    rows = tx.all(f"SELECT stream_id, {_COLUMNS} FROM dynamodb_shards WHERE closed_at IS NULL")
    found: dict[int, list[Shard]] = {}
    for row in rows:
        found.setdefault(row[0], []).append(Shard(*row[1:]))
    return found


def all_shards(tx: Transaction) -> list[tuple[int, Shard]]:
    """Every shard, with its stream's id."""
    rows = tx.all(f"SELECT stream_id, {_COLUMNS} FROM dynamodb_shards")
    return [(row[0], Shard(*row[1:])) for row in rows]


def find_shard(tx: Transaction, stream_arn: str, number: int) -> Row | None:
    """Return (stream's id, last sequence, when it was closed or None, when the stream ended or None), or None."""
    return tx.one(
        "SELECT s.id, h.last_sequence, h.closed_at, s.ended_at FROM dynamodb_streams AS s JOIN dynamodb_shards AS h "
        "ON h.stream_id = s.id WHERE s.arn = :arn AND h.number = :number",
        arn=stream_arn,
        number=number,
    )
