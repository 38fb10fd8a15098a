"""Token buckets."""

from serein.execute_api.throttling import TokenBucket, TokenBuckets


def test_a_new_bucket_is_full_and_empties() -> None:
    bucket = TokenBucket(rate=1, burst=2, now=0)
    assert [bucket.take(0), bucket.take(0), bucket.take(0)] == [True, True, False]


def test_a_bucket_fills_at_its_rate_up_to_its_burst() -> None:
    bucket = TokenBucket(rate=2, burst=3, now=0)
    for _ in range(3):
        assert bucket.take(0)
    assert not bucket.take(0.4)
    assert bucket.take(0.5)
    assert bucket.refill(100) == 3


def test_a_clock_that_goes_back_takes_nothing_away() -> None:
    bucket = TokenBucket(rate=1, burst=1, now=10)
    assert bucket.take(5)
    assert not bucket.take(9)


def test_a_rate_and_a_burst_of_nothing_let_nothing_through() -> None:
    assert not TokenBucket(rate=0, burst=0, now=0).take(1000)


def test_a_token_given_back_can_be_taken_again() -> None:
    bucket = TokenBucket(rate=0, burst=1, now=0)
    assert bucket.take(0)
    bucket.give_back()
    assert bucket.take(0)


def test_buckets_are_kept_apart_by_key() -> None:
    buckets = TokenBuckets()
    assert buckets.take(("a", 1), 0, 1, 0)
    assert not buckets.take(("a", 1), 0, 1, 0)
    assert buckets.take(("b", 1), 0, 1, 0)


def test_changed_limits_hold_at_once_for_a_bucket_that_is_there() -> None:
    buckets = TokenBuckets()
    assert buckets.take("a", 1, 10, 0)
    assert buckets.take("a", 1, 1, 0)
    assert not buckets.take("a", 1, 1, 0)
    assert not buckets.take("a", 5, 1, 0.2)
    assert buckets.take("a", 5, 1, 0.4)
