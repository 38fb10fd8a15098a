"""PutLogEvents' batch rules and GetLogEvents' tokens."""

import pytest

from serein.services.logs.errors import InvalidParameterException
from serein.services.logs.events import Position, parse_batch, parse_stream_token, stream_token

NOW = 1_760_000_000.0
NOW_MS = int(NOW * 1000)
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def event(timestamp_ms: int, message: str = "m") -> dict[str, object]:
    return {"timestamp": timestamp_ms, "message": message}


def test_events_too_old_or_too_new_are_rejected_with_their_indexes() -> None:
    old = parse_batch([event(NOW_MS - 15 * DAY_MS), event(NOW_MS - 14 * DAY_MS)], NOW, 0)
    assert old.rejected == {"tooOldLogEventEndIndex": 1}
    assert len(old.events) == 1
    new = parse_batch([event(NOW_MS + 2 * HOUR_MS), event(NOW_MS + 2 * HOUR_MS + 1)], NOW, 0)
    assert new.rejected == {"tooNewLogEventStartIndex": 1}


def test_events_older_than_the_retention_are_rejected_as_expired() -> None:
    accepted = parse_batch([event(NOW_MS - DAY_MS - 5), event(NOW_MS - DAY_MS + 5)], NOW, 1)
    assert accepted.rejected == {"expiredLogEventEndIndex": 1}
    assert [each.timestamp_ms for each in accepted.events] == [NOW_MS - DAY_MS + 5]


def test_a_batch_must_be_in_order_and_within_a_day() -> None:
    with pytest.raises(InvalidParameterException, match="chronological order"):
        parse_batch([event(NOW_MS), event(NOW_MS - 1)], NOW, 0)
    with pytest.raises(InvalidParameterException, match="cannot span more than 24 hours"):
        parse_batch([event(NOW_MS - DAY_MS - 1), event(NOW_MS)], NOW, 0)


def test_a_batch_and_an_event_are_limited_in_bytes() -> None:
    with pytest.raises(InvalidParameterException, match="Log event too large: 1048577 bytes exceeds limit of 1048576"):
        parse_batch([event(NOW_MS, "x" * 1_048_551)], NOW, 0)
    with pytest.raises(InvalidParameterException, match="Upload too large: 1200052 bytes exceeds limit of 1048576"):
        parse_batch([event(NOW_MS, "x" * 600_000)] * 2, NOW, 0)


def test_a_stream_token_keeps_direction_and_position() -> None:
    token = stream_token("f", Position(NOW_MS, 7))
    assert len(token) == 60
    assert parse_stream_token(token) == ("f", Position(NOW_MS, 7))


@pytest.mark.parametrize(
    "token", ["", "x", "f/12/s", "g/" + "0" * 56 + "/s", "f/" + "9" * 56 + "/s", "f/" + "²" * 56 + "/s"]
)
def test_a_foreign_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidParameterException, match="nextToken"):
        parse_stream_token(token)
