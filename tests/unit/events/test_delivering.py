"""What becomes of deliveries that fail."""

from serein.kernel.errors import AccessDenied, AwsError, InternalFailure, NotImplementedHere
from serein.services.events.delivering import MOST_ATTEMPTS, OLDEST_SECONDS, failure_of, wait_after


class QueueDoesNotExist(AwsError):
    """Gone."""


class ThrottlingException(AwsError):
    """Too fast."""


class InvalidParameterValue(AwsError):
    """Wrong."""


class Refused(AwsError):
    """No."""


def test_only_failures_that_may_pass_are_tried_again() -> None:
    told = [
        (failure.error_code, failure.is_retriable)
        for failure in map(
            failure_of,
            (
                QueueDoesNotExist(),
                ThrottlingException(),
                InvalidParameterValue(),
                Refused(),
                AccessDenied(),
                InternalFailure(),
                NotImplementedHere("no"),
            ),
        )
    ]
    assert told == [
        ("NO_RESOURCE", False),
        ("THROTTLING", True),
        ("INVALID_PARAMETER", False),
        ("ERROR_FROM_TARGET", False),
        ("NO_PERMISSIONS", False),
        ("INTERNAL_ERROR", True),
        ("SDK_CLIENT_ERROR", False),
    ]


def test_the_attempts_take_most_of_a_day() -> None:
    waits = [wait_after(attempts) for attempts in range(MOST_ATTEMPTS)]
    assert 0.5 <= waits[0] <= 1
    assert max(waits) <= 480
    assert OLDEST_SECONDS / 2 < sum(waits) < OLDEST_SECONDS
