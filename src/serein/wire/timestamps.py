"""Timestamps in the three forms that AWS's protocols write them."""

import calendar
import re
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_tz

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(\.\d+)?)?)?\s*(?:[Zz]|([+-])(\d\d):?(\d\d))?\Z", re.ASCII
)


def find_timestamp(value: object) -> float | None:
    """Seconds since the epoch from a number or a text in any of the forms, or None when it is none of them.

    AWS: services read whichever form a client sends, not only the one of the model.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return _within_range(float(value)) if abs(value) < 1e18 else None
    if not isinstance(value, str) or len(value) > 64:
        return None
    found = _ISO.match(value)
    if found is not None:
        return _iso(found)
    try:
        return _within_range(float(value))
    except ValueError:
        return _http_date(value)


def _within_range(seconds: float) -> float | None:
    return seconds if -62_135_596_800 <= seconds < 253_402_300_800 else None


def _iso(found: "re.Match[str]") -> float | None:
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    try:
        moment = datetime(year, month, day, hour, minute, min(second, 59), tzinfo=UTC)
    except ValueError:
        return None
    seconds = calendar.timegm(moment.timetuple()) + float(found[7] or 0)
    if found[8]:
        offset = int(found[9]) * 3600 + int(found[10]) * 60
        seconds -= offset if found[8] == "+" else -offset
    return seconds


def _http_date(value: str) -> float | None:
    try:
        parsed = parsedate_tz(re.sub(r"\.\d+", "", value))
        if parsed is None:
            return None
        fraction = re.search(r"\.\d+", value)
        moment = datetime(*parsed[:6], tzinfo=UTC)
    except (ValueError, IndexError, TypeError):
        return None
    return calendar.timegm(moment.timetuple()) - (parsed[9] or 0) + (float(fraction[0]) if fraction else 0)


def iso8601(seconds: float) -> str:
    """`2015-01-25T08:00:00Z`, with milliseconds when there are any."""
    whole = int(seconds // 1)
    milliseconds = round((seconds - whole) * 1000)
    if milliseconds == 1000:
        whole, milliseconds = whole + 1, 0
    text = datetime.fromtimestamp(whole, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    text = text.rjust(19, "0")
    return f"{text}.{milliseconds:03d}Z" if milliseconds else f"{text}Z"


def http_date(seconds: float) -> str:
    """`Sun, 25 Jan 2015 08:00:00 GMT`."""
    return formatdate(int(seconds // 1), usegmt=True)


def epoch(seconds: float) -> str:
    """`1422172800`, with a fraction when there is one."""
    return str(int(seconds)) if seconds == int(seconds) else repr(round(seconds, 6))


def write_timestamp(seconds: float, form: str) -> str:
    """Write a timestamp as `iso8601`, `rfc822` or `unixTimestamp`."""
    if form == "rfc822":
        return http_date(seconds)
    return epoch(seconds) if form == "unixTimestamp" else iso8601(seconds)
