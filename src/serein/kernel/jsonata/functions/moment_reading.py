"""Texts read as moments by a picture."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.functions.integer_pictures import parsed, pattern_of
from serein.kernel.jsonata.functions.moment_pictures import DAYS, MONTHS, Part, component_of
from serein.kernel.jsonata.values import UNDEFINED

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Parse = Callable[[str], Any]


def read_moment(text: str, parts: tuple[Part, ...], now: datetime) -> Any:
    """Milliseconds since the epoch; undefined of a text of another form. Raises D3133, D3136."""
    pattern, parsers = _reader(parts)
    found = pattern.fullmatch(text)
    if found is None:
        return UNDEFINED
    components: dict[str, Any] = {}
    for (component, parse), part in zip(parsers, found.groups(), strict=True):
        if component:
            components[component] = parse(part)
    if not components:
        return UNDEFINED
    _complete(components, now)
    return _milliseconds(components)


def _reader(parts: tuple[Part, ...]) -> tuple[re.Pattern[str], list[tuple[str, _Parse]]]:
    pattern, parsers = "", []
    for part in parts:
        expected, parse = _part_reader(part)
        pattern += f"({expected})"
        parsers.append((part.component, parse))
    return _compiled(pattern), parsers


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


def _part_reader(part: Part) -> tuple[str, _Parse]:
    integer = part.integer
    if not part.component:
        return re.escape(part.text), str
    if part.component in "Zz" and integer is not None:
        separator = integer.separators[0][1] if integer.grouping else ""
        pattern = ("GMT" if part.component == "z" else "") + "[-+][0-9]+"
        if separator:
            pattern += re.escape(separator) + "[0-9]+"
        return pattern, lambda text: _offset(text, separator)
    if part.component == "f":
        return "[0-9]+", lambda text: int(text[:3].ljust(3, "0"))
    if integer is not None:
        return pattern_of(integer), lambda text: parsed(text, integer)
    names = _names(part)
    return "[a-zA-Z]+", lambda text: names.get(text, UNDEFINED)


def _names(part: Part) -> dict[str, int]:
    if part.component in "Mx":
        return {name[: part.longest]: at + 1 for at, name in enumerate(MONTHS)}
    if part.component == "F":
        return {name[: part.longest]: at + 1 for at, name in enumerate(DAYS)}
    if part.component == "P":
        return {"am": 0, "AM": 0, "pm": 1, "PM": 1}
    raise JsonataError("D3133", value=part.component)


def _offset(text: str, separator: str) -> int:
    """Minutes."""
    digits = text.removeprefix("GMT").removeprefix("gmt")
    sign = -1 if digits.startswith("-") else 1
    digits = digits[1:]
    if separator:
        hours, _, minutes = digits.partition(separator)
    else:
        hours, minutes = digits[:2], digits[2:]
    return sign * (int(hours) * 60 + int(minutes or 0))


def _complete(components: dict[str, Any], now: datetime) -> None:
    """Add what the text doesn't say: greater units are those of now, smaller ones the first."""
    known = {name for name, value in components.items() if value is not UNDEFINED and value != 0}
    if known & set("xw") or (known & set("XW") and not known & set("YM")):
        raise JsonataError("D3136")
    is_by_day = "d" in known and not known & set("MD")
    is_halved = bool(known & set("Ph")) and "H" not in known
    is_begun = is_over = False
    for name in ("Yd" if is_by_day else "YMD") + ("Phmsf" if is_halved else "Hmsf"):
        if components.get(name, UNDEFINED) is not UNDEFINED:
            if is_over:
                raise JsonataError("D3136")
            is_begun = True
        elif is_begun:
            components[name] = 1 if name in "MDd" else 0
            is_over = True
        else:
            components[name] = component_of(now, name)
    if is_halved:
        components["H"] = components["h"] % 12 + (12 if components["P"] == 1 else 0)
    components["is_by_day"] = is_by_day


def _milliseconds(components: dict[str, Any]) -> Any:
    by_day = components["is_by_day"]
    month, day = (1, components["d"]) if by_day else (max(components["M"], 1), components["D"])
    try:
        moment = datetime(components["Y"], 1, 1, tzinfo=UTC).replace(month=month) + timedelta(
            days=day - 1, hours=components["H"], minutes=components["m"], seconds=components["s"]
        )
    except (ValueError, OverflowError):
        return UNDEFINED
    offset = components.get("Z") or components.get("z") or 0
    whole = moment - _EPOCH
    return (whole.days * 86_400 + whole.seconds) * 1000 + components["f"] - offset * 60_000
