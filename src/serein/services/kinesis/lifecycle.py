"""How streams change: at once, or, where resources are to be as slow as on AWS, when it is time."""

from typing import Any

from msgspec.structs import replace

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.kinesis.errors import LimitExceededException
from serein.services.kinesis.resharding import Layout
from serein.services.kinesis.store import consumers, streams
from serein.services.kinesis.streams import ON_DEMAND, PROVISIONED, Address, Stream, StreamDefinition

CREATING_SECONDS = 15.0
UPDATING_SECONDS = 30.0
DELETING_SECONDS = 15.0
CONSUMER_SECONDS = 5.0
SHARD_LIMIT = 20_000
"""Open shards of provisioned streams in an account and a region, as AWS allows in its largest regions."""
ON_DEMAND_LIMIT = 50
_MOST_CREATING = 5
_IDS_AT_ONCE = {"split": 2, "merge": 1, "scale": 64}


def create_stream(
    tx: Transaction, address: Address, definition: StreamDefinition, shard_count: int, *, is_gradual: bool
) -> None:
    """Make a stream with so many shards."""
    layout = Layout([], 0, tx.now, streams.shard_ids(tx, shard_count))
    layout.open_evenly(shard_count)
    definition = replace(definition, shards=layout.shards, next_number=layout.next_number)
    if is_gradual:
        definition = replace(definition, status="CREATING", due_at=tx.now + CREATING_SECONDS)
    streams.insert_stream(tx, address, definition)


def change_stream(tx: Transaction, stream: Stream, after: StreamDefinition, *, is_gradual: bool) -> None:
    """Give a stream another definition; its shards stay as they are."""
    if is_gradual:
        after = replace(after, status="UPDATING", due_at=tx.now + UPDATING_SECONDS)
    streams.update_stream(tx, stream, after)


def reshard_stream(
    tx: Transaction, stream: Stream, after: StreamDefinition, action: list[Any], *, is_gradual: bool
) -> None:
    """Change a stream's shards: now, or once it has been UPDATING long enough."""
    if is_gradual:
        change_stream(tx, stream, replace(after, pending=action), is_gradual=True)
        return
    streams.update_stream(tx, stream, _resharded(tx, stream, after, action))


def delete_stream(tx: Transaction, stream: Stream, *, is_gradual: bool) -> None:
    """Remove a stream, or let it be DELETING first."""
    if not is_gradual:
        streams.delete_stream(tx, stream)
        return
    after = replace(stream.definition, status="DELETING", due_at=tx.now + DELETING_SECONDS, pending=[])
    streams.update_stream(tx, stream, after)


def settle_due(tx: Transaction) -> None:
    """Finish what is due: streams and consumers that have come, changed or gone."""
    for stream in streams.due_streams(tx, tx.now):
        definition = stream.definition
        if definition.status == "DELETING":
            streams.delete_stream(tx, stream)
            continue
        after = replace(definition, status="ACTIVE", due_at=None, pending=[])
        if definition.pending:
            after = _resharded(tx, stream, after, definition.pending)
        streams.update_stream(tx, stream, after)
    for consumer in consumers.due_consumers(tx, tx.now):
        if consumer.status == "DELETING":
            consumers.delete_consumer(tx, consumer.arn)
        else:
            consumers.update_status(tx, consumer.arn, "ACTIVE", None)


def _resharded(tx: Transaction, stream: Stream, after: StreamDefinition, action: list[Any]) -> StreamDefinition:
    """The definition with the shards changed; their rows are changed here."""
    what, number = action[0], action[1]
    ids = streams.shard_ids(tx, _IDS_AT_ONCE[what])
    layout = Layout(after.shards, after.next_number, tx.now, ids)
    if what == "split":
        layout.split(number, int(action[2]))
    elif what == "merge":
        layout.merge(number, action[2])
    else:
        layout.scale(number)
    streams.insert_shards(tx, stream.id, layout.opened)
    streams.close_shards(tx, layout.closed)
    return replace(after, shards=layout.shards, next_number=layout.next_number)


def require_shard_room(tx: Transaction, scope: Scope, more: int) -> None:
    """Raise LimitExceededException when an account would have too many open shards with `more`."""
    _, count = streams.open_shard_count(tx, scope, PROVISIONED)
    if count + more > SHARD_LIMIT:
        raise LimitExceededException(
            f"This request would exceed the shard limit for the account {scope.account} in {scope.region}. "
            f"Current shard count for the account: {count}. Limit: {SHARD_LIMIT}. Number of additional shards that "
            f"would have resulted from this request: {more}. Refer to the AWS Service Limits page "
            "(http://docs.aws.amazon.com/general/latest/gr/aws_service_limits.html) for current limits and how to "
            "request higher limits."
        )


def require_on_demand_room(tx: Transaction, scope: Scope) -> None:
    """Raise LimitExceededException when an account has as many on-demand streams as it may."""
    count, _ = streams.open_shard_count(tx, scope, ON_DEMAND)
    if count >= ON_DEMAND_LIMIT:
        raise LimitExceededException(
            f"This request would exceed the on-demand stream limit for the account {scope.account} in "
            f"{scope.region}. Current on-demand stream count for the account: {count}. Limit: {ON_DEMAND_LIMIT}."
        )


def require_creation_room(tx: Transaction, scope: Scope) -> None:
    """Raise LimitExceededException when an account has as many streams in the CREATING state as it may."""
    if sum(stream.definition.status == "CREATING" for stream in streams.unsettled_streams(tx, scope)) >= _MOST_CREATING:
        raise LimitExceededException(
            f"Account {scope.account} can't have more than {_MOST_CREATING} streams in the CREATING state."
        )
