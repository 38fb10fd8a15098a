"""Moments: `$now`, `$millis`, `$fromMillis` and `$toMillis`."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.frames import Frame
from serein.kernel.jsonata.functions.moment_pictures import ISO_8601, moment_picture, write_moment
from serein.kernel.jsonata.functions.moment_reading import read_moment
from serein.kernel.jsonata.values import UNDEFINED, number

_ISO = re.compile(
    r"(\d{4})(?:-([01]\d))?(?:-([0-3]\d))?(?:T([0-2]\d):([0-5]\d):([0-5]\d))?(?:\.(\d+))?"
    r"(?:([+-])([0-2]\d):?([0-5]\d)|(Z))?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def millis(frame: Frame) -> int:
    return int(frame.run.now * 1000)


def now(frame: Frame, picture: Any, timezone: Any) -> Any:
    return from_millis(millis(frame), picture, timezone)


def from_millis(value: Any, picture: Any, timezone: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    offset = 0 if timezone is UNDEFINED else _offset_minutes(timezone)
    try:
        moment = _EPOCH + timedelta(milliseconds=int(value), minutes=offset)
    except OverflowError as error:
        raise JsonataError("D1001", value=value) from error
    return write_moment(moment, offset, moment_picture(ISO_8601 if picture is UNDEFINED else picture))


def _offset_minutes(text: str) -> int:
    """Of an offset such as `+0530`."""
    found = re.match(r"\s*([+-]?)(\d{1,6})", text, re.ASCII)
    if found is None:
        return 0
    hours, minutes = divmod(int(found[2]), 100)
    return (hours * 60 + minutes) * (-1 if found[1] == "-" else 1)


def to_millis(frame: Frame, text: Any, picture: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if picture is not UNDEFINED:
        return read_moment(text, moment_picture(picture), _EPOCH + timedelta(seconds=frame.run.now))
    found = _ISO.fullmatch(text)
    if found is None:
        raise JsonataError("D3110", value=text)
    year, month, day, hour, minute, second, fraction, sign, hours, minutes, _ = found.groups()
    try:
        moment = datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
    except ValueError as error:
        raise JsonataError("D3110", value=text) from error
    whole = moment - _EPOCH
    total = (whole.days * 86_400 + whole.seconds) * 1000 + int((fraction or "0").ljust(3, "0")[:3])
    if sign:
        total -= (int(hours) * 60 + int(minutes)) * 60_000 * (-1 if sign == "-" else 1)
    return number(total)


FUNCTIONS: dict[str, tuple[Any, str]] = {"fromMillis": (from_millis, "<n-s?s?:s>")}
WITH_FRAME: dict[str, tuple[Any, str]] = {
    "millis": (millis, "<:n>"),
    "now": (now, "<s?s?:s>"),
    "toMillis": (to_millis, "<s-s?:n>"),
}
