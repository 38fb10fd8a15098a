"""Timestamps as the Amazon States Language takes them: RFC 3339 with `T` and an offset, `2016-03-14T01:59:00Z`."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

_TIMESTAMP = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):(\d\d)(?::\d\d)?)", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def find_nanoseconds(text: str) -> int | None:
    """Nanoseconds since the epoch; None of a text that is no timestamp."""
    found = _TIMESTAMP.fullmatch(text)
    if found is None:
        return None
    year, month, day, hour, minute, second, fraction, sign, hours, minutes = found.groups()
    offset = timedelta()
    if sign:
        offset = timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if sign == "-" else 1)
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=timezone(offset)
        )
    except (ValueError, OverflowError):
        return None
    whole = moment - _EPOCH
    return (whole.days * 86_400 + whole.seconds) * 10**9 + int((fraction or "0").ljust(9, "0"))
