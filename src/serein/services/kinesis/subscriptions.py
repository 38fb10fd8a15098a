"""Subscriptions to a shard: its records are sent to a consumer as they come, for five minutes.

Who subscribed last is a row, so one subscription takes over from another on whichever node it is.
"""

from collections.abc import AsyncIterator
from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.kinesis import reading
from serein.services.kinesis.errors import ResourceInUseException, ResourceNotFoundException
from serein.services.kinesis.reading import Page
from serein.services.kinesis.shards import Shard
from serein.services.kinesis.store import consumers, streams
from serein.services.kinesis.streams import Stream

LIFE_SECONDS = 300.0
EXCLUSIVE_SECONDS = 5.0
"""How long nobody else can take a subscription over."""
_HEARTBEAT_SECONDS = 5.0
"""AWS: an event without records comes when there was nothing for so long; it tells that the reader is at the end."""
_MOST_BYTES = 2 * 1024 * 1024


class Subscription(NamedTuple):
    """A subscription that began."""

    consumer_arn: str
    stream_row: int
    shard: int
    token: str
    after: int
    until: float
    topic: str


class _Turn(NamedTuple):
    """What a look at the shard gave."""

    stream: Stream
    shard: Shard
    page: Page
    now: float


async def events(platform: Platform, begun: Subscription) -> AsyncIterator[dict[str, Any]]:
    """The events of a subscription. Raises ResourceInUseException when somebody else has taken it over."""
    after, is_due = begun.after, True
    waiting = platform.bus.subscribe(begun.topic)
    try:
        while platform.clock.now() < begun.until:
            start = after
            turn = await platform.database.read(lambda tx: _look(tx, begun, start))  # noqa: B023
            after = turn.page.after
            if turn.page.records or turn.page.is_ended or is_due:
                yield {"SubscribeToShardEvent": _event(turn)}
            if turn.page.is_ended:
                return
            if turn.page.milliseconds_behind:
                continue
            beat_at = platform.clock.now() + _HEARTBEAT_SECONDS
            is_due = not await waiting.wait(min(begun.until, beat_at), _HEARTBEAT_SECONDS)
    finally:
        waiting.close()


def _look(tx: Transaction, begun: Subscription, after: int) -> _Turn:
    stream = streams.find_stream_by_row(tx, begun.stream_row)
    if stream is None:
        raise ResourceNotFoundException(f"The stream of consumer {begun.consumer_arn} was deleted.")
    if consumers.find_consumer(tx, begun.consumer_arn) is None:
        raise ResourceNotFoundException(f"Consumer {begun.consumer_arn} was deregistered.")
    shard = stream.by_number.get(begun.shard)
    if shard is None:
        raise ResourceNotFoundException(f"The shard of consumer {begun.consumer_arn} has no records any more.")
    holder = consumers.find_subscription(tx, begun.consumer_arn, shard)
    if holder is None or holder[0] != begun.token:
        raise taken(stream, shard, begun.consumer_arn)
    page = reading.read_page(tx, stream, shard, after, reading.MOST_RECORDS, _MOST_BYTES)
    return _Turn(stream, shard, page, tx.now)


def _event(turn: _Turn) -> dict[str, Any]:
    page, shard = turn.page, turn.shard
    event: dict[str, Any] = {
        "Records": [reading.record_reply(shard, record) for record in page.records],
        "MillisBehindLatest": page.milliseconds_behind,
    }
    if page.is_ended:
        # AWS: at the end of a shard there is nothing to continue from, which readers take for the end.
        return event | {"ChildShards": reading.child_shards(turn.stream, shard)}
    return event | {"ContinuationSequenceNumber": reading.last_sequence(shard, page, turn.now)}


def taken(stream: Stream, shard: Shard, consumer_arn: str) -> ResourceInUseException:
    """The error for a subscription that another holds. AWS: its message names account, stream, shard and consumer."""
    consumer = consumer_arn.partition("/consumer/")[2].partition(":")[0]
    return ResourceInUseException(
        f"Another active subscription exists for this consumer: {stream.scope.account}:{stream.name}:{shard.name}:"
        f"{consumer}"
    )
