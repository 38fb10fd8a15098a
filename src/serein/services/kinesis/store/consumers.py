"""The rows of consumers and of their subscriptions."""

import msgspec

from serein.kernel.database import Row, Transaction
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.kinesis.consumers import (
    Consumer,
    Details,
    consumer_not_found,
    no_such_consumer,
    require_naming,
)
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.store.streams import DUE_TOPIC, require_stream
from serein.services.kinesis.streams import Stream, find_address

_COLUMNS = "arn, stream_id, name, created_at, status, due_at, details"
_decode_details = msgspec.json.Decoder(Details).decode


def _consumer(row: Row) -> Consumer:
    arn, stream_id, name, created_at, status, due_at, details = row
    return Consumer(arn, stream_id, name, created_at, status, due_at, _decode_details(details))


def find_consumer(tx: Transaction, arn: str) -> Consumer | None:
    """Return the consumer with an ARN, or None."""
    row = tx.one(f"SELECT {_COLUMNS} FROM kinesis_consumers WHERE arn = :arn", arn=arn)
    return None if row is None else _consumer(row)


def require_consumer(tx: Transaction, arn: str, account: str) -> Consumer:
    """The consumer with an ARN. Raises ResourceNotFoundException."""
    consumer = find_consumer(tx, arn)
    if consumer is None:
        raise consumer_not_found(arn, account)
    return consumer


def find_consumer_of(tx: Transaction, stream: Stream, name: str) -> Consumer | None:
    """Return the stream's consumer of that name, or None."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM kinesis_consumers WHERE stream_id = :stream AND name = :name",
        stream=stream.id,
        name=name,
    )
    return None if row is None else _consumer(row)


def require_named_consumer(tx: Transaction, scope: Scope, request: Request) -> Consumer:
    """The consumer that a request names by ConsumerARN, or by StreamARN and ConsumerName.

    Raises InvalidArgumentException and ResourceNotFoundException.
    """
    arn, stream_arn, name = request.get("ConsumerARN"), request.get("StreamARN"), request.get("ConsumerName")
    require_naming(stream_arn, name, arn)
    if arn is not None:
        consumer = require_consumer(tx, arn, scope.account)
        if (name is not None and name != consumer.name) or (
            stream_arn is not None and not arn.startswith(f"{stream_arn}/consumer/")
        ):
            raise InvalidArgumentException(f"ConsumerARN {arn} doesn't match the given StreamARN and ConsumerName.")
        return consumer
    address = find_address(stream_arn or "")
    if address is None:
        raise InvalidArgumentException(f"StreamARN {stream_arn} is not the ARN of a stream")
    found = find_consumer_of(tx, require_stream(tx, address), name or "")
    if found is None:
        raise no_such_consumer(name or "", address)
    return found


def consumers_of(tx: Transaction, stream: Stream, after: str, limit: int) -> list[Consumer]:
    """Up to `limit` consumers of a stream after a name, by name."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM kinesis_consumers WHERE stream_id = :stream AND name > :after"
        " ORDER BY name LIMIT :limit",
        stream=stream.id,
        after=after,
        limit=limit,
    )
    return [_consumer(row) for row in rows]


def consumer_count(tx: Transaction, stream: Stream) -> int:
    row = tx.one("SELECT COUNT(*) FROM kinesis_consumers WHERE stream_id = :stream", stream=stream.id)
    return 0 if row is None else int(row[0])


def insert_consumer(tx: Transaction, consumer: Consumer) -> None:
    tx.run(
        f"INSERT INTO kinesis_consumers ({_COLUMNS})"
        " VALUES (:arn, :stream_id, :name, :created_at, :status, :due_at, :details)",
        **(consumer._asdict() | {"details": msgspec.json.encode(consumer.details).decode()}),
    )
    if consumer.due_at is not None:
        tx.wake(DUE_TOPIC)


def update_status(tx: Transaction, arn: str, status: str, due_at: float | None) -> None:
    tx.run(
        "UPDATE kinesis_consumers SET status = :status, due_at = :due_at WHERE arn = :arn",
        status=status,
        due_at=due_at,
        arn=arn,
    )
    if due_at is not None:
        tx.wake(DUE_TOPIC)


def update_details(tx: Transaction, arn: str, details: Details) -> None:
    tx.run(
        "UPDATE kinesis_consumers SET details = :details WHERE arn = :arn",
        details=msgspec.json.encode(details).decode(),
        arn=arn,
    )


def delete_consumer(tx: Transaction, arn: str) -> None:
    """Remove a consumer; its subscriptions end."""
    tx.run("DELETE FROM kinesis_subscriptions WHERE consumer_arn = :arn", arn=arn)
    tx.run("DELETE FROM kinesis_consumers WHERE arn = :arn", arn=arn)


def due_consumers(tx: Transaction, now: float) -> list[Consumer]:
    """The consumers whose status is to change."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM kinesis_consumers WHERE due_at <= :now ORDER BY due_at", now=now)
    return [_consumer(row) for row in rows]


def find_subscription(tx: Transaction, arn: str, shard: Shard) -> tuple[str, float] | None:
    """Return the token of who subscribed last to a shard for a consumer, and when that was; or None."""
    row = tx.one(
        "SELECT token, started_at FROM kinesis_subscriptions WHERE consumer_arn = :arn AND shard_id = :shard",
        arn=arn,
        shard=shard.id,
    )
    return None if row is None else (row[0], float(row[1]))


def put_subscription(tx: Transaction, arn: str, shard: Shard, token: str) -> None:
    """Note who reads a shard for a consumer from now on."""
    tx.run(
        "INSERT INTO kinesis_subscriptions (consumer_arn, shard_id, token, started_at)"
        " VALUES (:arn, :shard, :token, :now) ON CONFLICT (consumer_arn, shard_id)"
        " DO UPDATE SET token = excluded.token, started_at = excluded.started_at",
        arn=arn,
        shard=shard.id,
        token=token,
        now=tx.now,
    )
