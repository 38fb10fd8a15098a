"""Stream records become batches: in lanes by their keys, no larger than they may be, each within one window."""

from collections import deque
from typing import Any

from serein.services.lambda_.pollers.stream_batches import Batch, Cutter, Lane, Window, encode, event_of, find_state
from serein.services.lambda_.pollers.stream_sources import Page, Record, Shard


class Numbers:
    """A source whose records are numbers."""

    topic = "numbers"
    batch_info = "NumbersBatchInfo"
    retention_seconds = 86_400.0

    async def list_shards(self, since: str, *, is_whole: bool) -> list[Shard]:
        return []

    async def read(self, shard_id: str, after: str, limit: int) -> Page:
        return Page([], after, is_ended=False, is_cut=False)

    def sequence_of(self, record: Record) -> str:
        return str(record["n"])

    def key_of(self, record: Record) -> bytes:
        return str(record["n"] % 5).encode()

    def arrived_at(self, record: Record) -> float:
        return float(record["n"])

    def shown_time(self, seconds: float) -> str:
        return str(seconds)


def records(count: int, **more: Any) -> list[Record]:
    return [{"n": n, **more} for n in range(count)]


def numbers(batch: Batch) -> list[int]:
    return [record["n"] for record in batch.records]


def test_lanes_keep_keys_together_and_in_order() -> None:
    shares = Cutter(Numbers(), 3, 10, 0).share_out(records(50))
    assert sorted(record["n"] for share in shares.values() for record in share) == list(range(50))
    for share in shares.values():
        found = [record["n"] for record in share]
        assert found == sorted(found)
    lanes_of_keys = [
        {lane for lane, share in shares.items() if any(r["n"] % 5 == key for r in share)} for key in range(5)
    ]
    assert all(len(lanes) == 1 for lanes in lanes_of_keys)


def test_batches_are_no_longer_than_wanted() -> None:
    batches = Cutter(Numbers(), 1, 4, 0).batches(records(10))
    assert [numbers(batch) for batch in batches] == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]]


def test_batches_are_no_larger_than_an_event() -> None:
    batches = list(Cutter(Numbers(), 1, 100, 0).batches(records(5, text="x" * 2_500_000)))
    assert [len(batch.records) for batch in batches] == [2, 2, 1]
    assert all(len(encode({"Records": batch.records})) <= 6_291_456 for batch in batches)


def test_batches_stay_within_their_windows() -> None:
    batches = list(Cutter(Numbers(), 1, 100, 10).batches(records(25)))
    assert [(batch.window, len(batch.records)) for batch in batches] == [(0.0, 10), (10.0, 10), (20.0, 5)]


def test_what_was_pending_is_restored() -> None:
    cutter = Cutter(Numbers(), 1, 4, 0)
    lane = Lane(0, deque(cutter.batches(records(12))))
    lane.batches.popleft()
    lane.batches[0].records, lane.batches[0].attempts = lane.batches[0].records[2:], 3
    restored = list(cutter.restore(records(12), cutter.pending(lane)))
    assert [(numbers(batch), batch.attempts) for batch in restored] == [([6, 7], 3), ([8, 9, 10, 11], 0)]


def test_an_event_of_a_window_tells_its_state() -> None:
    event = event_of(Batch([], is_final=True), Window(120.0, {"sum": 3}), 60, "shard", "arn")
    assert event == encode(
        {
            "Records": [],
            "window": {"start": "1970-01-01T00:02:00Z", "end": "1970-01-01T00:03:00Z"},
            "state": {"sum": 3},
            "shardId": "shard",
            "eventSourceARN": "arn",
            "isFinalInvokeForWindow": True,
            "isWindowTerminatedEarly": False,
        }
    )


def test_a_state_is_an_object() -> None:
    assert find_state(b'{"state": {"a": 1}}') == {"a": 1}
    for payload in (b"", b"null", b"{}", b'{"state": null}', b'{"state": "text"}', b"[1]"):
        assert find_state(payload) is None
