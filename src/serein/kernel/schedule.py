"""Schedule expressions, `at(…)`, `rate(…)` and `cron(…)`: when they are due, in a time zone.

Several services have them, in the same form. AWS's cron has six fields (minutes, hours, day of month, month, day of
week, year), counts weekdays from Sunday as 1 and knows `?`, `L`, `W` and `#`, which libraries for Unix's cron don't.
AWS: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from math import floor
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_EXPRESSION = re.compile(r"(at|rate|cron)\((.*)\)\Z", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\Z", re.ASCII)
_RATE = re.compile(r"([1-9]\d{0,8}) (minute|hour|day)(s?)\Z", re.ASCII)
_UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86_400}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIRST_YEAR, _LAST_YEAR = 1970, 2199
_START, _END = (datetime(year, 1, day, tzinfo=UTC).timestamp() for year, day in ((_FIRST_YEAR, 1), (_LAST_YEAR + 1, 2)))
"""The moments between which there are those years, wherever on earth."""
_CRON_FIELDS = 6
_ONLY_DIGITS = re.compile(r"\d{1,4}\Z", re.ASCII)

DaysOfMonth = Callable[[int, int], set[int]]
"""The days of a month, given year and month."""


class InvalidSchedule(ValueError):
    """The text is no schedule expression, or names no time zone; the message says what is wrong."""


@dataclass(frozen=True, slots=True)
class At:
    """Due once."""

    moment: float

    def next_after(self, time: float, anchor: float) -> float | None:
        """The moment, unless it is not after `time`. `anchor` doesn't matter."""
        del anchor
        return self.moment if self.moment > time else None


@dataclass(frozen=True, slots=True)
class Rate:
    """Due every so many seconds."""

    seconds: int

    def next_after(self, time: float, anchor: float) -> float | None:
        """The first moment after `time` that is a whole number of intervals, none included, after `anchor`."""
        if time < anchor:
            return anchor
        return anchor + (floor((time - anchor) / self.seconds) + 1) * self.seconds


@dataclass(frozen=True, slots=True)
class Cron:
    """Due whenever the clocks of a time zone show what the fields say.

    AWS: a local time that is skipped when clocks go forward is not due; one that comes twice when they go back is due
    once (https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time).
    """

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: DaysOfMonth
    months: tuple[int, ...]
    years: tuple[int, ...]
    zone: tzinfo

    def next_after(self, time: float, anchor: float) -> float | None:
        """The first moment after `time`, or None when there is none. `anchor` doesn't matter."""
        del anchor
        if time >= _END:
            return None
        start = datetime.fromtimestamp(max(time, _START), self.zone)
        today = (start.year, start.month, start.day)
        for date in self._dates(today):
            for hour in self.hours:
                if date == today and hour < start.hour:
                    continue
                for minute in self.minutes:
                    moment = datetime(*date, hour, minute, tzinfo=self.zone).timestamp()
                    if moment > time and self._shows(moment, hour, minute):
                        return moment
        return None

    def _shows(self, moment: float, hour: int, minute: int) -> bool:
        """Whether there is that local time at all."""
        local = datetime.fromtimestamp(moment, self.zone)
        return (local.hour, local.minute) == (hour, minute)

    def _dates(self, first: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
        """The days that fit, from the first on."""
        for year in self.years:
            if year < first[0]:
                continue
            for month in self.months:
                if (year, month) < first[:2]:
                    continue
                for day in sorted(self.days(year, month)):
                    if (year, month, day) >= first:
                        yield year, month, day


Schedule = At | Rate | Cron


@lru_cache(maxsize=1024)
def parse_schedule(text: str, zone_name: str = "UTC", *, any_number: bool = False) -> Schedule:
    """Parse `at(yyyy-mm-ddThh:mm:ss)`, `rate(value unit)` or `cron(fields)`. Raises InvalidSchedule.

    With `any_number` a rate's unit may be singular and plural for any value; else it is singular for 1 only.
    """
    found = _EXPRESSION.match(text)
    if found is None:
        raise InvalidSchedule(f"{text} is neither at(…) nor rate(…) nor cron(…)")
    kind, inner = found.groups()
    zone = parse_zone(zone_name)
    if kind == "at":
        return _parse_at(inner, zone)
    return _parse_rate(inner, any_number=any_number) if kind == "rate" else _parse_cron(inner, zone)


def parse_zone(name: str) -> tzinfo:
    """The time zone with an IANA name. Raises InvalidSchedule."""
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidSchedule(f"{name} is not the name of a time zone") from error


def _parse_at(text: str, zone: tzinfo) -> At:
    if _MOMENT.match(text) is None:
        raise InvalidSchedule(f"{text} is not of the form yyyy-mm-ddThh:mm:ss")
    try:
        return At(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp())
    except (ValueError, OverflowError) as error:
        raise InvalidSchedule(f"{text} is not a date and time") from error


def _parse_rate(text: str, *, any_number: bool) -> Rate:
    found = _RATE.match(text)
    if found is None:
        raise InvalidSchedule(f"{text} is not a value and a unit of minutes, hours or days")
    value, unit, plural = found.groups()
    if not any_number and (plural == "s") == (value == "1"):
        raise InvalidSchedule("the unit is singular for 1, and plural for any other value")
    return Rate(int(value) * _UNIT_SECONDS[unit])


def _parse_cron(text: str, zone: tzinfo) -> Cron:
    fields = text.upper().split()
    if len(fields) != _CRON_FIELDS:
        raise InvalidSchedule(f"cron has {_CRON_FIELDS} fields")
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if (day_of_month == "?") == (day_of_week == "?"):
        raise InvalidSchedule("one of day of month and day of week must be ?, and only one")
    return Cron(
        _parse_field(minutes, 0, 59),
        _parse_field(hours, 0, 23),
        _parse_weekdays(day_of_week) if day_of_month == "?" else _parse_days(day_of_month),
        _parse_field(month, 1, 12, _MONTHS),
        _parse_field(year, _FIRST_YEAR, _LAST_YEAR),
        zone,
    )


def _parse_field(text: str, low: int, high: int, names: tuple[str, ...] = ()) -> tuple[int, ...]:
    """The values that a field names, in order. Raises InvalidSchedule."""
    values: set[int] = set()
    for part in text.split(","):
        span, slash, step_text = part.partition("/")
        step = 1
        if slash:
            step = _number(step_text, 1, high)
        first_text, dash, last_text = span.partition("-")
        if span == "*":
            first, last = low, high
        elif dash:
            first, last = _value(first_text, low, high, names), _value(last_text, low, high, names)
        else:
            first = _value(first_text, low, high, names)
            last = high if slash else first
        size = high - low + 1
        length = last - first if last >= first else last - first + size
        values.update(low + (first - low + offset) % size for offset in range(0, length + 1, step))
    return tuple(sorted(values))


def _value(text: str, low: int, high: int, names: tuple[str, ...]) -> int:
    return names.index(text) + low if text in names else _number(text, low, high)


def _number(text: str, low: int, high: int) -> int:
    if _ONLY_DIGITS.match(text) is None or not low <= int(text) <= high:
        raise InvalidSchedule(f"{text} is not a number from {low} to {high}")
    return int(text)


def _last_day(year: int, month: int) -> int:
    return monthrange(year, month)[1]


def _weekday(year: int, month: int, day: int) -> int:
    """1 is Sunday."""
    return (monthrange(year, month)[0] + day) % 7 + 1


def _nearest_weekday(year: int, month: int, day: int) -> int:
    """Monday to Friday, in the same month."""
    last = _last_day(year, month)
    weekday = _weekday(year, month, day)
    if weekday == 1:
        return day + 1 if day < last else day - 2
    if weekday == len(_WEEKDAYS):
        return day - 1 if day > 1 else day + 2
    return day


def _parse_days(text: str) -> DaysOfMonth:
    if text == "L":
        return lambda year, month: {_last_day(year, month)}
    if text == "LW":
        return lambda year, month: {_nearest_weekday(year, month, _last_day(year, month))}
    if text.endswith("W"):
        wanted = _number(text[:-1], 1, 31)
        return lambda year, month: (
            {_nearest_weekday(year, month, wanted)} if wanted <= _last_day(year, month) else set()
        )
    days = _parse_field(text, 1, 31)
    return lambda year, month: {day for day in days if day <= _last_day(year, month)}


def _parse_weekdays(text: str) -> DaysOfMonth:
    if "#" in text:
        name, _, place_text = text.partition("#")
        return _nth_weekday(_value(name, 1, 7, _WEEKDAYS), _number(place_text, 1, 5))
    if text.endswith("L") and text != "L":
        wanted = _value(text[:-1], 1, 7, _WEEKDAYS)
        return lambda year, month: {max(_days_on(year, month, (wanted,)))}
    weekdays = (len(_WEEKDAYS),) if text == "L" else _parse_field(text, 1, 7, _WEEKDAYS)
    return lambda year, month: _days_on(year, month, weekdays)


def _nth_weekday(weekday: int, place: int) -> DaysOfMonth:
    return lambda year, month: set(sorted(_days_on(year, month, (weekday,)))[place - 1 : place])


def _days_on(year: int, month: int, weekdays: tuple[int, ...]) -> set[int]:
    first = _weekday(year, month, 1)
    return {day for day in range(1, _last_day(year, month) + 1) if (first + day - 2) % 7 + 1 in weekdays}
