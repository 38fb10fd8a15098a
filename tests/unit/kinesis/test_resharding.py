"""Splits, merges and scaling: the open shards always cover every hash key once, and children follow their parents."""

import itertools
import random

import pytest

from serein.services.kinesis.resharding import Layout
from serein.services.kinesis.shards import HASH_KEYS, Shard, boundaries, children_of, live_shards


def made(count: int, now: float = 1000.0) -> Layout:
    layout = Layout([], 0, now, itertools.count(1))
    layout.open_evenly(count)
    return layout


def changed(layout: Layout, now: float = 2000.0) -> Layout:
    return Layout(layout.shards, layout.next_number, now, itertools.count(10_000))


def require_whole(layout: Layout) -> None:
    """Every hash key is in one open shard."""
    expected = 0
    for shard in layout.open_shards():
        assert int(shard.low) == expected
        assert int(shard.high) >= int(shard.low)
        expected = int(shard.high) + 1
    assert expected == HASH_KEYS


def require_lineage(layout: Layout) -> None:
    """A child is numbered, created and counted after its parents, which are closed and covered by their children."""
    by_number = {shard.number: shard for shard in layout.shards}
    for shard in layout.shards:
        for number in (shard.parent, shard.adjacent):
            if number >= 0:
                parent = by_number[number]
                assert parent.closed_at is not None
                assert parent.number < shard.number
                assert parent.end is not None
                assert int(parent.end) < int(shard.start)
        if shard.closed_at is not None:
            children = children_of(layout.shards, shard.number)
            assert children
            assert min(int(child.low) for child in children) <= int(shard.low)
            assert max(int(child.high) for child in children) >= int(shard.high)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 100])
def test_a_new_stream_has_shards_of_equal_width(count: int) -> None:
    layout = made(count)
    require_whole(layout)
    assert [int(shard.low) for shard in layout.open_shards()] == boundaries(count)
    assert [shard.number for shard in layout.shards] == list(range(count))


def test_three_shards_have_the_hash_keys_that_they_have_on_aws() -> None:
    first, second, third = made(3).open_shards()
    assert (first.low, first.high) == ("0", "113427455640312821154458202477256070484")
    assert (second.low, second.high) == (
        "113427455640312821154458202477256070485",
        "226854911280625642308916404954512140969",
    )
    assert (third.low, third.high) == (
        "226854911280625642308916404954512140970",
        "340282366920938463463374607431768211455",
    )


def test_a_split_closes_one_shard_and_opens_two() -> None:
    layout = changed(made(1))
    layout.split(0, 100)
    require_whole(layout)
    require_lineage(layout)
    parent, low, high = layout.shards
    assert parent.closed_at == 2000.0
    assert (low.low, low.high, low.parent, low.adjacent) == ("0", "99", 0, -1)
    assert (high.low, high.parent) == ("100", 0)
    assert [shard.number for shard in layout.opened] == [1, 2]
    assert [shard.number for shard in layout.closed] == [0]


@pytest.mark.parametrize("pair", [(0, 1), (1, 0)])
def test_a_merge_makes_one_shard_of_two_neighbours(pair: tuple[int, int]) -> None:
    layout = changed(made(2))
    merged = layout.merge(*pair)
    require_whole(layout)
    require_lineage(layout)
    assert (merged.parent, merged.adjacent) == pair


@pytest.mark.parametrize(("before", "after"), [(1, 2), (2, 4), (2, 3), (3, 2), (4, 2), (5, 9), (9, 5), (7, 7), (10, 5)])
def test_scaling_comes_to_shards_of_equal_width(before: int, after: int) -> None:
    layout = changed(made(before))
    layout.scale(after)
    require_whole(layout)
    require_lineage(layout)
    assert [int(shard.low) for shard in layout.open_shards()] == boundaries(after)


def test_doubling_splits_each_shard_once() -> None:
    layout = changed(made(4))
    layout.scale(8)
    assert len(layout.opened) == 8
    assert len(layout.closed) == 4


def test_any_sequence_of_changes_keeps_the_lineage() -> None:
    chance = random.Random(7)
    layout = made(3)
    for step in range(60):
        layout = changed(layout, 2000.0 + step)
        shards = layout.open_shards()
        what = chance.choice(["split", "merge", "scale"])
        if what == "split":
            shard = chance.choice(shards)
            if int(shard.high) - int(shard.low) > 4:
                layout.split(shard.number, chance.randint(int(shard.low) + 2, int(shard.high) - 1))
        elif what == "merge" and len(shards) > 1:
            place = chance.randrange(len(shards) - 1)
            layout.merge(shards[place].number, shards[place + 1].number)
        elif what == "scale":
            layout.scale(chance.randint(1, 6))
        require_whole(layout)
    require_lineage(layout)


def test_scaling_ten_thousand_shards_is_quick() -> None:
    layout = changed(made(5_000))
    layout.scale(10_000)
    assert len(layout.open_shards()) == 10_000


def test_closed_shards_are_live_while_they_may_have_records() -> None:
    shard = Shard(0, 1, "0", "9", 0, 0.0, closed_at=50.0)
    assert live_shards([shard], 49.0) == [shard]
    assert live_shards([shard], 50.0) == []
