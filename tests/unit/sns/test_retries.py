"""The waits that a delivery policy asks for."""

import json

import pytest

from serein.services.sns.retries import retry_policy


def waits(**healthy):
    policy = retry_policy("", json.dumps({"healthyRetryPolicy": healthy}))
    assert policy.maximum_attempts == len(policy.backoff_seconds) + 1
    return policy.backoff_seconds


def test_without_a_policy_three_retries_come_twenty_seconds_apart():
    assert retry_policy("", "").backoff_seconds == (20, 20, 20)


def test_the_phases_follow_one_another():
    found = waits(
        minDelayTarget=1,
        maxDelayTarget=5,
        numRetries=9,
        numNoDelayRetries=1,
        numMinDelayRetries=2,
        numMaxDelayRetries=1,
    )
    assert found == (0, 1, 1, 1, 2, 3, 4, 5, 5)


@pytest.mark.parametrize("function", ["linear", "arithmetic", "geometric", "exponential"])
def test_every_function_grows_from_the_shortest_wait_to_the_longest(function):
    found = waits(minDelayTarget=2, maxDelayTarget=50, numRetries=6, backoffFunction=function)
    assert found == tuple(sorted(found))
    assert (found[0], found[-1]) == pytest.approx((2, 50))


def test_a_topic_can_overrule_its_subscriptions():
    topic = {"http": {"defaultHealthyRetryPolicy": {"numRetries": 1}, "disableSubscriptionOverrides": True}}
    own = {"healthyRetryPolicy": {"numRetries": 7}}
    assert retry_policy(json.dumps(topic), json.dumps(own)).maximum_attempts == 2


def test_a_stored_policy_that_was_never_checked_counts_as_none():
    assert waits(numRetries="many") == (20, 20, 20)
