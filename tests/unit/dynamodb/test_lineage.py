"""Shards: which takes a change, when it is closed, and what follows it."""

from serein.services.dynamodb.lineage import (
    MOST_OPEN,
    SPLIT_AFTER,
    Shard,
    children_of,
    closes_at,
    first_shard,
    number_of,
    place_of,
    shard_for,
    shard_id,
    start_of,
)

ARN = "arn:aws:dynamodb:us-east-1:123456789012:table/t/stream/2030-01-01T00:00:00.000"
HOUR = 3600.0


def with_records(shard: Shard, count: int, at: float) -> Shard:
    return shard._replace(first_at=at, last_sequence=start_of(shard.number) + count)


def test_a_shard_without_records_stays_open() -> None:
    assert closes_at(first_shard(0.0), 1) is None


def test_a_shard_is_closed_four_hours_after_its_first_record_and_has_one_child_with_its_range() -> None:
    shard = with_records(first_shard(0.0), 7, HOUR)
    assert closes_at(shard, 1) == 5 * HOUR
    (child,) = children_of(shard, "name", 1, shard, 5 * HOUR)
    assert (child.low, child.high, child.parent, child.number) == (shard.low, shard.high, "name", 1)
    assert (child.opened_at, child.first_at, child.closed_at, child.taken) == (5 * HOUR, None, None, 0)


def test_a_busy_shard_is_split_at_once_into_halves() -> None:
    shard = with_records(first_shard(0.0), SPLIT_AFTER, HOUR)
    assert closes_at(shard, 1) == HOUR
    low, high = children_of(shard, "name", 1, shard, HOUR)
    assert (low.low, low.high, high.low, high.high) == (0, 1 << 31, 1 << 31, 1 << 32)
    assert [low.number, high.number] == [1, 2]


def test_a_stream_with_enough_open_shards_splits_none() -> None:
    shard = with_records(first_shard(0.0), SPLIT_AFTER, HOUR)
    assert closes_at(shard, MOST_OPEN) == 5 * HOUR
    assert len(children_of(shard, "name", MOST_OPEN, shard, 5 * HOUR)) == 1


def test_every_hash_has_one_open_shard() -> None:
    assert shard_for(b"\x80\x00\x00\x00key", []) == 0
    opened = [(0, 3), (1 << 30, 9), (1 << 31, 4)]
    hashes = (0, (1 << 30) - 1, 1 << 30, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
    assert [shard_for(hash.to_bytes(4) + b"key", opened) for hash in hashes] == [3, 3, 9, 9, 4, 4]


def test_numbers_of_records_tell_their_shard_and_grow_from_parent_to_child() -> None:
    parent = with_records(first_shard(0.0), SPLIT_AFTER, 0.0)
    for child in children_of(parent, "name", 1, parent, 0.0):
        assert parent.last_sequence < child.first_sequence
        assert number_of(child.first_sequence) == child.number
        assert place_of(child.first_sequence) == 1


def test_names_are_in_the_order_of_opening_even_within_one_moment() -> None:
    shards = [first_shard(1_900_000_000.123)]
    for _ in range(200):
        full = with_records(shards[-1], SPLIT_AFTER, 0.0)
        shards += children_of(full, "name", 1, shards[-1], 1_900_000_000.123)
    names = [shard_id(ARN, 1_900_000_000.123, shard) for shard in shards]
    assert names == sorted(set(names))
    assert all(28 <= len(name) <= 65 for name in names)
