"""Rows of streams and of their records."""

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope

TOPIC = "dynamodb:streams"
"""Woken when a stream begins or ends."""


def append_stream(tx: Transaction, scope: Scope, id: int, table_name: str, arn: str, definition: str) -> None:
    """Add a new stream."""
    tx.run(
        "INSERT INTO dynamodb_streams (id, account, region, table_name, arn, definition, last_sequence, ended_at) "
        "VALUES (:id, :account, :region, :table, :arn, :definition, 0, NULL)",
        id=id,
        account=scope.account,
        region=scope.region,
        table=table_name,
        arn=arn,
        definition=definition,
    )


def end_stream(tx: Transaction, id: int) -> None:
    """Note that a stream gets no more records."""
    tx.run("UPDATE dynamodb_streams SET ended_at = :now WHERE id = :id", now=tx.now, id=id)


def find_stream(tx: Transaction, arn: str) -> Row | None:
    """Return (id, table name, definition, last sequence, when it ended or None) of a stream, or None."""
    return tx.one(
        "SELECT id, table_name, definition, last_sequence, ended_at FROM dynamodb_streams WHERE arn = :arn", arn=arn
    )


def streams_of(tx: Transaction, scope: Scope, table_name: str, after: str, limit: int) -> list[Row]:
    """(arn, table name, definition) of an account's streams in order of ARN; of all tables when none is named."""
    of_table = "AND table_name = :table " if table_name else ""
    values = {"table": table_name} if table_name else {}
    return tx.all(
        "SELECT arn, table_name, definition FROM dynamodb_streams WHERE account = :account AND region = :region "
        f"{of_table}AND arn > :after ORDER BY arn LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
        **values,
    )


def next_sequence(tx: Transaction, stream_id: int) -> int:
    """Claim the next number of a stream. Why a row of its own: it orders concurrent writers and outlives trimming."""
    row = tx.one(
        "UPDATE dynamodb_streams SET last_sequence = last_sequence + 1 WHERE id = :id RETURNING last_sequence",
        id=stream_id,
    )
    return int(row[0]) if row else 0


def append_record(tx: Transaction, stream_id: int, sequence: int, body: bytes) -> None:
    """Add a record."""
    tx.run(
        "INSERT INTO dynamodb_stream_records (stream_id, sequence, created_at, body) "
        "VALUES (:stream, :sequence, :now, :body)",
        stream=stream_id,
        sequence=sequence,
        now=tx.now,
        body=body,
    )


def records_after(tx: Transaction, stream_id: int, sequence: int, since: float, limit: int) -> list[tuple[int, bytes]]:
    """(sequence, body) of up to `limit` records after a number that are not older than `since`."""
    rows = tx.all(
        "SELECT sequence, body FROM dynamodb_stream_records "
        "WHERE stream_id = :stream AND sequence > :sequence AND created_at > :since ORDER BY sequence LIMIT :limit",
        stream=stream_id,
        sequence=sequence,
        since=since,
        limit=limit,
    )
    return [(number, body) for number, body in rows]


def oldest_records(tx: Transaction, stream_id: int, limit: int) -> list[tuple[int, float]]:
    """(sequence, created at) of a stream's oldest records."""
    rows = tx.all(
        "SELECT sequence, created_at FROM dynamodb_stream_records WHERE stream_id = :stream "
        "ORDER BY sequence LIMIT :limit",
        stream=stream_id,
        limit=limit,
    )
    return [(sequence, created_at) for sequence, created_at in rows]


def delete_records(tx: Transaction, stream_id: int, up_to: int) -> None:
    """Remove a stream's records up to a number."""
    tx.run(
        "DELETE FROM dynamodb_stream_records WHERE stream_id = :stream AND sequence <= :up_to",
        stream=stream_id,
        up_to=up_to,
    )


def all_streams(tx: Transaction) -> list[Row]:
    """(id, when it ended or None) of every stream."""
    return tx.all("SELECT id, ended_at FROM dynamodb_streams")


def delete_stream(tx: Transaction, id: int) -> None:
    """Remove a stream that has ended and has no records left."""
    tx.run("DELETE FROM dynamodb_streams WHERE id = :id", id=id)
