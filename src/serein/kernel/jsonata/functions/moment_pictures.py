"""Pictures of dates and times, `[Y0001]-[M01]-[D01]`, and moments written by them, as in XPath's `format-dateTime`."""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.functions.integer_pictures import IntegerPicture, formatted, integer_picture

ISO_8601 = "[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_DEFAULTS = {
    **dict.fromkeys("YMDdWwXxHhf", "1"),
    **dict.fromkeys("FPCE", "n"),
    "m": "01",
    "s": "01",
    "Z": "01:01",
    "z": "01:01",
}
_NUMERIC = "YMDdFWwXxHhmsf"


@dataclass(slots=True)
class Part:
    """A literal, or a marker such as `[M01]`."""

    component: str
    """The letter of a marker; "" of a literal."""
    text: str = ""
    case: str = ""
    """Of a name: upper, lower or title; "" of a number."""
    modifier: str = ""
    longest: int | None = None
    integer: IntegerPicture | None = None
    year_digits: int = -1


@lru_cache(maxsize=256)
def moment_picture(text: str) -> tuple[Part, ...]:
    """Read a picture. Raises D3130 to D3135."""
    parts: list[Part] = []
    start = position = 0
    while position < len(text):
        if text[position] != "[":
            position += 1
            continue
        _add_literal(parts, text[start:position])
        if text.startswith("[[", position):
            _add_literal(parts, "[")
            position += 2
        else:
            end = text.find("]", position)
            if end < 0:
                raise JsonataError("D3135")
            parts.append(_marker("".join(text[position + 1 : end].split()), parts))
            position = end + 1
        start = position
    _add_literal(parts, text[start:])
    return tuple(parts)


def _add_literal(parts: list[Part], text: str) -> None:
    if text:
        parts.append(Part("", text.replace("]]", "]")))


def _width(text: str) -> int | None:
    found = re.match(r"\d{1,4}", text, re.ASCII)
    return int(found[0]) if found else None


def _marker(text: str, before: list[Part]) -> Part:
    component = text[:1]
    presentation, comma, width = text[1:].rpartition(",")
    if not comma:
        presentation, width = text[1:], ""
    shortest_text, _, longest_text = width.partition("-")
    shortest, longest = _width(shortest_text), _width(longest_text)
    modifier = ""
    if len(presentation) > 1 and presentation[-1] in "atco":
        presentation, modifier = presentation[:-1], presentation[-1]
    if not presentation:
        if component not in _DEFAULTS:
            raise JsonataError("D3132", value=component)
        presentation = _DEFAULTS[component]
    part = Part(component, modifier=modifier, longest=longest)
    if presentation[0] in "nN":
        part.case = "lower" if presentation[0] == "n" else "title" if presentation[1:2] == "n" else "upper"
    elif component in _NUMERIC:
        _make_numeric(part, presentation, shortest, before)
    if component in "Zz" and component:
        part.integer = integer_picture(presentation)
    return part


def _make_numeric(part: Part, presentation: str, shortest: int | None, before: list[Part]) -> None:
    picture = replace(integer_picture(presentation + (f";{part.modifier}" if part.modifier else "")))
    picture.mandatory = max(picture.mandatory, shortest or 0)
    if part.component == "Y":
        if part.longest is not None:
            part.year_digits = picture.mandatory = part.longest
        elif picture.mandatory + picture.optional >= 2:
            part.year_digits = picture.mandatory + picture.optional
    part.integer = picture
    if before and before[-1].integer is not None:
        before[-1].integer = replace(before[-1].integer, parse_width=before[-1].integer.mandatory)


def write_moment(moment: datetime, offset_minutes: int, parts: tuple[Part, ...]) -> str:
    """A moment, already moved by its offset from UTC, by a picture."""
    return "".join([part.text if not part.component else _written(moment, offset_minutes, part) for part in parts])


def _written(moment: datetime, offset_minutes: int, part: Part) -> str:
    if part.component in "Zz":
        return _written_offset(offset_minutes, part)
    value = component_of(moment, part.component)
    if part.component == "P":
        return str(value).upper() if part.case == "upper" else str(value)
    if isinstance(value, str):
        return value
    if part.case and part.component != "f":
        return _named(value, part)
    if part.year_digits != -1:
        value %= 10**part.year_digits
    return formatted(value, part.integer or integer_picture("1"))


def _named(value: int, part: Part) -> str:
    if part.component in "Mx":
        name = MONTHS[value - 1]
    elif part.component == "F":
        name = DAYS[value - 1]
    else:
        raise JsonataError("D3133", value=part.component)
    name = name.upper() if part.case == "upper" else name.lower() if part.case == "lower" else name
    return name[: part.longest] if part.longest is not None else name


def _written_offset(offset_minutes: int, part: Part) -> str:
    picture = part.integer or integer_picture("01:01")
    sign = -1 if offset_minutes < 0 else 1
    hours, minutes = divmod(abs(offset_minutes), 60)
    whole = sign * (hours * 100 + minutes)
    if offset_minutes == 0 and part.modifier == "t":
        return "Z"
    if picture.grouping or picture.mandatory in (3, 4):
        text = formatted(whole, picture)
    elif picture.mandatory in (1, 2):
        text = formatted(sign * hours, picture) + (f":{minutes:02}" if minutes else "")
    else:
        raise JsonataError("D3134", value=picture.mandatory)
    return ("GMT" if part.component == "z" else "") + ("+" if whole >= 0 else "") + text


def component_of(moment: datetime, component: str) -> Any:
    """What a marker's letter stands for: a number, or a text for the calendar, the era and the half of the day."""
    simple = {
        "Y": moment.year,
        "M": moment.month,
        "D": moment.day,
        "F": moment.isoweekday(),
        "H": moment.hour,
        "h": moment.hour % 12 or 12,
        "P": "pm" if moment.hour >= 12 else "am",
        "m": moment.minute,
        "s": moment.second,
        "f": moment.microsecond // 1000,
        "C": "ISO",
        "E": "ISO",
    }
    if component in simple:
        return simple[component]
    return _calendar_component(moment.date(), component)


def _calendar_component(today: date, component: str) -> Any:
    if component == "d":
        return today.timetuple().tm_yday
    if component == "W":
        return today.isocalendar().week
    if component == "X":
        return today.isocalendar().year
    # A week belongs to the month that its Thursday is in.
    thursday = today + timedelta(days=4 - today.isoweekday())
    if component == "w":
        return (thursday.day - 1) // 7 + 1
    if component == "x":
        return thursday.month
    raise JsonataError("D3132", value=component)
