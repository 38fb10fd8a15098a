"""Records into buffers, and what is owed for those: each is sent off when it is full, or when it is time.

A buffer that is opened owes its delivery for the end of its interval, one that is full owes it at once: both are
deliveries that commit with the records, so what was acknowledged is delivered whatever is killed when.
"""

import json
from collections.abc import Iterable
from typing import NamedTuple

from serein.kernel.database import DeadLetter, Delivery, Policy, Target, Transaction
from serein.services.firehose import store
from serein.services.firehose.plans import BACKUP, DATA, FAILED, PROCESSING_FAILED, TRANSFORM
from serein.services.firehose.prefixes import FROM_LAMBDA, FROM_QUERY
from serein.services.firehose.processing import Broken
from serein.services.firehose.records import Failure, Record, failed_record, pack, size_of
from serein.services.firehose.streams import Stream

DELIVER, DISCARD = "DeliverBuffer", "DiscardBuffer"
_AGE_SECONDS = 2 * 86_400.0
_BACKOFF = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0, 120.0, 300.0)
MOST_PARTITIONS = 500


class Batch(NamedTuple):
    """Records that go into one buffer."""

    stage: str
    part: str
    records: list[Record]


def arriving(stream: Stream, records: list[Record], now: float) -> list[Batch]:
    """Where records go that have just arrived."""
    plan, processing = stream.plan, stream.plan.processing
    batches = [Batch(BACKUP, "", records)] if plan.backup is not None else []
    if processing.is_compressed or processing.extracts_messages or processing.splitter:
        records, broken = _opened(stream, records, now)
        batches += broken
    if processing.transformation is not None:
        return [*batches, Batch(TRANSFORM, "", records)]
    return [*batches, *processed(stream, records, now)]


def _opened(stream: Stream, records: list[Record], now: float) -> tuple[list[Record], list[Batch]]:
    opened: list[Record] = []
    broken: list[Record] = []
    for record in records:
        try:
            opened += [record._replace(data=data) for data in stream.plan.processing.opened(record.data)]
        except Broken as reason:
            broken.append(failed_record(record, Failure(reason.code, reason.message, 1, int(now * 1000))))
    return opened, [Batch(FAILED, PROCESSING_FAILED, broken)] if broken else []


def processed(
    stream: Stream, records: list[Record], now: float, keys_of: Iterable[dict[str, str]] | None = None
) -> list[Batch]:
    """Where records go that need no function any more; `keys_of` are the partition keys that one gave for each."""
    plan = stream.plan
    if not plan.is_partitioned:
        return [Batch(DATA, "", records)] if records else []
    parts: dict[str, list[Record]] = {}
    broken: list[Record] = []
    given = iter(keys_of) if keys_of is not None else None
    for record in records:
        from_function = next(given) if given is not None else {}
        try:
            parts.setdefault(_part(stream, record, from_function), []).append(record)
        except Broken as reason:
            broken.append(failed_record(record, Failure(reason.code, reason.message, 1, int(now * 1000))))
    batches = [Batch(DATA, part, each) for part, each in parts.items()]
    return [*batches, Batch(FAILED, PROCESSING_FAILED, broken)] if broken else batches


def _part(stream: Stream, record: Record, from_function: dict[str, str]) -> str:
    """The partition of a record: the keys that the prefix names, as JSON text. Raises Broken."""
    prefix, from_query = stream.plan.bucket.prefix, stream.plan.processing.keys_of(record)
    keys: dict[str, str] = {}
    for namespace, found in ((FROM_LAMBDA, from_function), (FROM_QUERY, from_query)):
        for name in prefix.values(namespace):
            if not found.get(name):
                raise Broken(
                    "DynamicPartitioning.MetadataExtractionFailed", "partitionKeys values must not be null or empty"
                )
            keys[f"{namespace}:{name}"] = found[name]
    return json.dumps(keys, sort_keys=True, separators=(",", ":"))


def append(tx: Transaction, stream: Stream, batches: list[Batch]) -> None:
    """Put records into their buffers, durably once this commits."""
    for batch in batches:
        if batch.records:
            _append(tx, stream, *_placed(tx, stream, batch))


def _placed(tx: Transaction, stream: Stream, batch: Batch) -> Batch:
    """AWS: records of more partitions than may be active go to the bucket of errors
    (https://docs.aws.amazon.com/firehose/latest/dev/limits.html).
    """
    if batch.stage != DATA or not batch.part or store.has_open_buffer(tx, stream.id, DATA, batch.part):
        return batch
    if store.count_open_buffers(tx, stream.id, DATA) < MOST_PARTITIONS:
        return batch
    message = f"The number of active partitions exceeds {MOST_PARTITIONS}"
    failure = Failure("DynamicPartitioning.ActivePartitionLimitExceeded", message, 1, int(tx.now * 1000))
    return Batch(FAILED, PROCESSING_FAILED, [failed_record(record, failure) for record in batch.records])


def _append(tx: Transaction, stream: Stream, stage: str, part: str, records: list[Record]) -> None:
    limit, seconds = stream.plan.hints(stage)
    size = size_of(records)
    grown = store.grow_buffer(tx, stream.id, stage, part, size)
    if grown is None:
        buffer_id, total, place = store.insert_buffer(tx, stream.id, stage, part, size), size, 1
        if total < limit:
            tx.send(_delivery(stream, buffer_id, tx.now + seconds, is_timed=True))
    else:
        buffer_id, total, place = grown
    store.insert_pack(tx, buffer_id, place, size, pack(records))
    if total >= limit:
        store.mark_buffer(tx, buffer_id, store.FULL)
        tx.send(_delivery(stream, buffer_id, None, is_timed=False))


def _delivery(stream: Stream, buffer_id: int, not_before: float | None, *, is_timed: bool) -> Delivery:
    request = {"Buffer": buffer_id, "IsTimed": is_timed}
    letter = DeadLetter(Target("firehose", DISCARD, stream.scope), {"Buffer": buffer_id})
    policy = Policy(10_000, _BACKOFF, _AGE_SECONDS, retries_sender_faults=True, dead_letter=letter)
    return Delivery(Target("firehose", DELIVER, stream.scope), request, policy, not_before)
