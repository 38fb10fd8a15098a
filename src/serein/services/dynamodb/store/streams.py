"""Rows of streams and of their records."""

from typing import Any, NamedTuple

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.store.shards import close_shards

TOPIC = "dynamodb:streams"
"""Woken when a stream begins or ends."""
Record = tuple[int, float, bytes]
"""A record's sequence number, when it was made, and its JSON text."""


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
    close_shards(tx, id)


def find_stream(tx: Transaction, arn: str) -> Row | None:
    """Return (id, table name, definition, when it ended or None) of a stream, or None."""
    return tx.one("SELECT id, table_name, definition, ended_at FROM dynamodb_streams WHERE arn = :arn", arn=arn)


class Owner(NamedTuple):
    """Whose a stream is, and its own definition."""

    scope: Scope
    table_name: str
    definition: str


def find_owner(tx: Transaction, id: int) -> Owner | None:
    """Return whose a stream is, or None."""
    row = tx.one("SELECT account, region, table_name, definition FROM dynamodb_streams WHERE id = :id", id=id)
    return None if row is None else Owner(Scope(row[0], row[1]), row[2], row[3])


def streams_of(tx: Transaction, scope: Scope, table_name: str, after: str, ended_since: float, limit: int) -> list[Row]:
    """(arn, table name) of an account's streams in order of ARN; of all tables when none is named.

    Streams that ended before `ended_since` are left out.
    """
    of_table = "AND table_name = :table " if table_name else ""
    values = {"table": table_name} if table_name else {}
    return tx.all(
        "SELECT arn, table_name FROM dynamodb_streams WHERE account = :account AND region = :region "
        f"{of_table}AND arn > :after AND (ended_at IS NULL OR ended_at > :since) ORDER BY arn LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        since=ended_since,
        limit=limit,
        **values,
    )


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


def records_after(tx: Transaction, stream_id: int, after: int, up_to: int, limit: int) -> list[Record]:
    """Up to `limit` records after a number, none after `up_to`."""
    rows: Any = tx.all(
        "SELECT sequence, created_at, body FROM dynamodb_stream_records "
        "WHERE stream_id = :stream AND sequence > :after AND sequence <= :up_to ORDER BY sequence LIMIT :limit",
        stream=stream_id,
        after=after,
        up_to=up_to,
        limit=limit,
    )
    return rows  # type: ignore[no-any-return]


def record_times(tx: Transaction, stream_id: int, after: int, up_to: int, limit: int) -> list[tuple[int, float]]:
    """(sequence, created at) of up to `limit` records after a number, none after `up_to`."""
    rows: Any = tx.all(
        "SELECT sequence, created_at FROM dynamodb_stream_records "
        "WHERE stream_id = :stream AND sequence > :after AND sequence <= :up_to ORDER BY sequence LIMIT :limit",
        stream=stream_id,
        after=after,
        up_to=up_to,
        limit=limit,
    )
    return rows  # type: ignore[no-any-return]


def find_first_since(tx: Transaction, stream_id: int, after: int, up_to: int, since: float) -> int | None:
    """Return the first number after one, and up to another, of a record made after a moment, or None."""
    row = tx.one(
        "SELECT sequence FROM dynamodb_stream_records WHERE stream_id = :stream AND sequence > :after "
        "AND sequence <= :up_to AND created_at > :since ORDER BY sequence LIMIT 1",
        stream=stream_id,
        after=after,
        up_to=up_to,
        since=since,
    )
    return None if row is None else row[0]


def delete_records(tx: Transaction, stream_id: int, after: int, up_to: int) -> None:
    """Remove a stream's records after a number, up to another."""
    tx.run(
        "DELETE FROM dynamodb_stream_records WHERE stream_id = :stream AND sequence > :after AND sequence <= :up_to",
        stream=stream_id,
        after=after,
        up_to=up_to,
    )


def delete_stream(tx: Transaction, id: int) -> None:
    """Remove a stream that has ended and has no records left."""
    tx.run("DELETE FROM dynamodb_streams WHERE id = :id", id=id)
