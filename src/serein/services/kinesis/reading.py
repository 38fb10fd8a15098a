"""Reading a shard: where to start, and the records that follow."""

from typing import Any, NamedTuple

from serein.kernel.database import Transaction
from serein.services.kinesis.errors import InvalidArgumentException
from serein.services.kinesis.sequences import find_sequence
from serein.services.kinesis.shards import Shard, children_of, find_number, live_shards, shard_name
from serein.services.kinesis.store import records, streams
from serein.services.kinesis.store.records import Record
from serein.services.kinesis.streams import Address, Stream, no_such_shard, shard_not_found

MOST_RECORDS = 10_000
MOST_BYTES = 10 * 1024 * 1024
_FIRST_ROWS = 16


class Position(NamedTuple):
    """Where to start, as a request says it; `caller` names the operation in errors."""

    kind: str
    sequence_number: str | None
    timestamp: float | None
    caller: str = "GetShardIterator"


class Page(NamedTuple):
    """Records of a shard that were read."""

    records: list[Record]
    after: int
    """The index to go on after."""
    is_ended: bool
    """True when the shard is closed and has no more."""
    milliseconds_behind: int


def require_live_shard(tx: Transaction, stream: Stream, name: str) -> Shard:
    """The shard of that name to read from. Raises ResourceNotFoundException, also once all its records are too old."""
    number = require_number(name, stream.name, stream.scope.account)
    shard = stream.by_number.get(number)
    if shard is None or not live_shards([shard], stream.oldest(tx.now)) or stream.definition.status == "CREATING":
        raise no_such_shard(shard_name(number), stream.name, stream.scope.account)
    return shard


def require_number(name: str, stream_name: str, account: str) -> int:
    """The number of the shard that a name means. Raises ResourceNotFoundException."""
    number = find_number(name)
    if number is None:
        raise shard_not_found(name, stream_name, account)
    return number


def require_stream_to_read(tx: Transaction, address: Address, shard: str) -> Stream:
    """The stream of a shard to read from. AWS: one that is missing is reported as the shard's absence."""
    stream = streams.find_stream(tx, address)
    if stream is None:
        number = require_number(shard, address.name, address.account)
        raise no_such_shard(shard_name(number), address.name, address.account)
    return stream


def require_position(position: Position, now: float) -> None:
    """Raise InvalidArgumentException when the parts of a position don't go together."""
    kind = position.kind
    is_numbered = kind in ("AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
    if is_numbered != (position.sequence_number is not None):
        raise InvalidArgumentException(
            "Must either specify (1) AT_SEQUENCE_NUMBER or AFTER_SEQUENCE_NUMBER and StartingSequenceNumber or "
            "(2) TRIM_HORIZON or LATEST and no StartingSequenceNumber. Request specified "
            f"{kind} and {'no' if is_numbered else 'also a'} StartingSequenceNumber."
        )
    if kind == "AT_TIMESTAMP":
        if position.timestamp is None:
            raise InvalidArgumentException(
                "Must specify timestampInMillis parameter for iterator of type AT_TIMESTAMP. "
                "Current request has no timestamp parameter."
            )
        if position.timestamp > now:
            raise InvalidArgumentException(
                "The timestampInMillis parameter cannot be greater than the currentTimestampInMillis. "
                f"timestampInMillis: {round(position.timestamp * 1000)}, currentTimestampInMillis: {int(now * 1000)}"
            )
    elif position.timestamp is not None:
        raise InvalidArgumentException(
            f"The timestamp parameter can only be used with iterators of type AT_TIMESTAMP, not {kind}."
        )


def index_after(tx: Transaction, stream: Stream, shard: Shard, position: Position) -> int:
    """The index after which reading starts. Raises InvalidArgumentException."""
    if position.sequence_number is not None:
        index = _index_of(stream, shard, position.sequence_number, position.caller)
        return max(0, index - 1) if position.kind == "AT_SEQUENCE_NUMBER" else index
    if position.kind == "LATEST":
        return streams.last_index(tx, shard)
    if position.kind == "AT_TIMESTAMP" and position.timestamp is not None:
        # AWS: times of arrival have milliseconds, and those that were shown are found again.
        return records.index_before(tx, shard, int(position.timestamp * 1000) / 1000)
    return 0


def _index_of(stream: Stream, shard: Shard, text: str, caller: str) -> int:
    place = f"on shard {shard.name} in stream {stream.name} under account {stream.scope.account}"
    sequence = find_sequence(text)
    if sequence is None:
        raise InvalidArgumentException(f"StartingSequenceNumber {text} used in {caller} {place} is invalid.")
    if sequence.shard != shard.number:
        raise InvalidArgumentException(
            f"Invalid StartingSequenceNumber. It encodes {shard_name(sequence.shard)}, while it was used in a call "
            f"to a shard with {shard.name}"
        )
    if sequence.created != shard.created:
        raise InvalidArgumentException(
            f"StartingSequenceNumber {text} used in {caller} {place} is invalid because it did not come from this "
            "stream."
        )
    return sequence.place


def read_page(tx: Transaction, stream: Stream, shard: Shard, after: int, limit: int, most_bytes: int) -> Page:
    """Up to `limit` records after an index, no more bytes than wanted unless the first alone has more.

    Records that are too old are passed over.
    """
    last = streams.last_index(tx, shard)
    found, is_full = _rows(tx, stream, shard, (after, last), (limit, most_bytes))
    if found:
        after = found[-1].place
    if not is_full:
        after = max(after, last)
    is_ended = shard.closed_at is not None and after >= last
    behind = 0 if after >= last or not found else max(0, int((tx.now - found[-1].arrived_at) * 1000))
    return Page(found, after, is_ended, behind)


def _rows(
    tx: Transaction, stream: Stream, shard: Shard, reach: tuple[int, int], most: tuple[int, int]
) -> tuple[list[Record], bool]:
    """Records after one index up to another, no more and no more bytes than `most`; whether more follow."""
    (after, last), (limit, most_bytes) = reach, most
    since, wanted = stream.oldest(tx.now), _FIRST_ROWS
    found: list[Record] = []
    size = 0
    while after < last and len(found) < limit:
        wanted = min(wanted, limit - len(found))
        rows = records.records_after(tx, shard, after, last, since, wanted)
        for row in rows:
            size += len(row.data) + len(row.partition_key)
            if found and size > most_bytes:
                return found, True
            found.append(row)
        if len(rows) < wanted:
            return found, False
        after = rows[-1].place
        # Why not all at once: records can be of 10 MB each.
        wanted = 1 + max(0, most_bytes - size) * len(found) // max(size, 1)
    return found, after < last


def record_reply(shard: Shard, record: Record) -> dict[str, Any]:
    """A record in Kinesis's wire form."""
    reply: dict[str, Any] = {
        "SequenceNumber": shard.sequence(record.place, int(record.arrived_at)),
        "ApproximateArrivalTimestamp": int(record.arrived_at * 1000) / 1000,
        "Data": record.data,
    }
    if record.partition_key:
        reply["PartitionKey"] = record.partition_key.decode()
    if record.is_encrypted:
        reply["EncryptionType"] = "KMS"
    return reply


def child_shards(stream: Stream, shard: Shard) -> list[dict[str, Any]]:
    """The shards that follow a closed one, in the wire form of readers."""
    return [
        {"ShardId": child.name, "ParentShards": child.parents, "HashKeyRange": child.hash_key_range}
        for child in children_of(stream.definition.shards, shard.number)
    ]


def last_sequence(shard: Shard, page: Page, now: float) -> str:
    """The sequence number to go on after."""
    if page.records and page.records[-1].place == page.after:
        return shard.sequence(page.after, int(page.records[-1].arrived_at))
    return shard.start if page.after == 0 else shard.sequence(page.after, int(now))
