"""Kinesis streaming destinations where resources change as slowly as on AWS."""

import pytest

from serein.kernel.scope import Scope
from serein.services.dynamodb.destinations import (
    MICROSECOND,
    MILLISECOND,
    Destination,
    described,
    disabled,
    enabled,
    require_stream_arn,
    updated,
)
from serein.services.dynamodb.errors import LimitExceededException, ValidationException

ARN = "arn:aws:kinesis:us-east-1:123456789012:stream/s"
DAY = 24 * 3600


def statuses(found: list[Destination], now: float) -> list[str]:
    return [one["DestinationStatus"] for one in described(found, now, is_gradual=True)]


def test_a_destination_goes_through_all_states() -> None:
    found = enabled([], ARN, MILLISECOND, 0, is_gradual=True)
    assert (statuses(found, 1), statuses(found, 5)) == (["ENABLING"], ["ACTIVE"])
    found = updated(found, ARN, MICROSECOND, "t", "id", 10, is_gradual=True)
    assert (statuses(found, 11), statuses(found, 15)) == (["UPDATING"], ["ACTIVE"])
    found = disabled(found, ARN, 20, is_gradual=True)
    assert (statuses(found, 21), statuses(found, 25)) == (["DISABLING"], ["DISABLED"])
    assert found[0].precision == MICROSECOND
    assert statuses(found, 20 + DAY) == []
    assert statuses(enabled(found, ARN, MILLISECOND, 30, is_gradual=True), 36) == ["ACTIVE"]


def test_what_is_under_way_cannot_be_changed() -> None:
    found = enabled([], ARN, MILLISECOND, 0, is_gradual=True)
    with pytest.raises(ValidationException, match="must be DISABLED or ENABLE_FAILED to perform ENABLE operation"):
        enabled(found, ARN, MILLISECOND, 1, is_gradual=True)
    with pytest.raises(ValidationException, match="must be ACTIVE to perform DISABLE operation"):
        disabled(found, ARN, 1, is_gradual=True)
    with pytest.raises(ValidationException, match="must be ACTIVE to perform UPDATE operation"):
        updated(found, ARN, MICROSECOND, "t", "id", 1, is_gradual=True)


def test_disabled_destinations_do_not_count_towards_the_limit() -> None:
    found: list[Destination] = []
    for at in range(4):
        found = enabled(found, f"{ARN}{at}", MILLISECOND, 10 * at, is_gradual=False)
        found = disabled(found, f"{ARN}{at}", 10 * at + 6, is_gradual=False) if at < 2 else found
    assert len(found) == 4
    with pytest.raises(LimitExceededException):
        enabled(found, ARN, MILLISECOND, 100, is_gradual=False)


@pytest.mark.parametrize(
    "arn",
    ["stream/s", ARN.replace("kinesis", "dynamodb"), ARN.replace("stream/", ""), ARN.replace("-1", "-2")],
)
def test_only_data_streams_of_the_same_account_and_region_will_do(arn: str) -> None:
    require_stream_arn(ARN, Scope("123456789012", "us-east-1"))
    with pytest.raises(ValidationException):
        require_stream_arn(arn, Scope("123456789012", "us-east-1"))
