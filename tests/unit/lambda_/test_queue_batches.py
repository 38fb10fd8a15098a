"""Messages are gathered until there are enough for a batch, or the batching window has passed."""

from serein.services.lambda_.pollers.queue_batches import Gathered, Gathering


def message(number: int, size_bytes: int = 2) -> Gathered:
    return Gathered(str(number), f"receipt{number}", b'"' + b"x" * (size_bytes - 2) + b'"', f"trace{number}")


def test_without_a_window_whatever_there_is_is_a_batch() -> None:
    gathering = Gathering(10, 0)
    assert gathering.take(0.0) is None
    gathering.add(message(1), 5.0)
    batch = gathering.take(5.0)
    assert batch is not None
    assert (batch.payload, batch.received_at) == (b'{"Records":[""]}', 5.0)
    assert gathering.room == 10


def test_a_batch_waits_for_its_window_unless_it_is_full() -> None:
    gathering = Gathering(2, 10)
    gathering.add(message(1), 5.0)
    assert (gathering.take(14.9), gathering.room, gathering.ready_at) == (None, 1, 15.0)
    gathering.add(message(2), 6.0)
    full = gathering.take(6.0)
    assert full is not None
    assert [each.id for each in full.messages] == ["1", "2"]
    gathering.add(message(3), 20.0)
    late = gathering.take(30.0)
    assert late is not None
    assert [each.id for each in late.messages] == ["3"]


def test_a_batch_is_no_larger_than_an_event_may_be() -> None:
    gathering = Gathering(10, 0)
    for number in range(10):
        gathering.add(message(number, 1_000_000), 0.0)
    assert gathering.room == 0
    sizes = []
    while (batch := gathering.take(0.0)) is not None:
        sizes.append(len(batch.messages))
        assert len(batch.payload) <= 6_291_456
    assert sizes == [6, 4]


def test_what_was_gathered_is_given_up_at_the_end() -> None:
    gathering = Gathering(10, 100)
    gathering.add(message(1), 0.0)
    assert gathering.take(0.0) is None
    assert gathering.take(0.0, is_last=True) is not None
    assert gathering.take(0.0, is_last=True) is None
