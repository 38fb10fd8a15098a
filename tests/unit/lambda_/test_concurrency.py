"""How many batches of a queue are sent at the same time, as AWS's developer guide says."""

from serein.services.lambda_.pollers.concurrency import Concurrency


def test_it_begins_with_five_and_grows_by_300_a_minute_to_1250() -> None:
    concurrency = Concurrency(None)
    assert concurrency.allowed == 5
    assert concurrency.press(0.0) == 0.2
    concurrency.press(60.0)
    assert concurrency.allowed == 305
    assert concurrency.press(600.0) is None
    assert concurrency.allowed == 1250


def test_it_grows_only_while_messages_are_left_over() -> None:
    concurrency = Concurrency(None)
    concurrency.press(0.0)
    concurrency.press(10.0)
    assert concurrency.allowed == 55
    concurrency.relax()
    assert concurrency.allowed == 5
    concurrency.press(100.0)
    assert concurrency.allowed == 5


def test_a_mapping_sets_its_own_bound() -> None:
    assert Concurrency(2).allowed == 2
    concurrency = Concurrency(7)
    concurrency.press(0.0)
    assert concurrency.press(60.0) is None
    assert concurrency.allowed == 7


def test_failures_reduce_it_and_successes_bring_it_back() -> None:
    concurrency = Concurrency(None)
    for _ in range(10):
        concurrency.back_off()
    assert concurrency.allowed == 1
    for _ in range(10):
        concurrency.recover()
    assert concurrency.allowed == 5
