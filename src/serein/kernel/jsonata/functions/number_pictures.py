"""Numbers by a picture: `#,##0.00`, as in XPath's `format-number`."""

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.functions.integer_pictures import regular_distance
from serein.kernel.jsonata.values import UNDEFINED

_DEFAULTS = {
    "decimal-separator": ".",
    "grouping-separator": ",",
    "exponent-separator": "e",
    "infinity": "Infinity",
    "minus-sign": "-",
    "NaN": "NaN",
    "percent": "%",
    "per-mille": "‰",
    "zero-digit": "0",
    "digit": "#",
    "pattern-separator": ";",
}


class _Symbols:
    """The characters that mean something in a picture."""

    def __init__(self, options: dict[str, str]) -> None:
        named = {**_DEFAULTS, **options}
        self.decimal = named["decimal-separator"]
        self.grouping = named["grouping-separator"]
        self.exponent = named["exponent-separator"]
        self.minus = named["minus-sign"]
        self.percent = named["percent"]
        self.per_mille = named["per-mille"]
        self.zero = named["zero-digit"]
        self.optional = named["digit"]
        self.alternative = named["pattern-separator"]
        self.digits = "".join([chr(ord(self.zero[:1] or "0") + at) for at in range(10)])
        self.active = {*self.digits, self.decimal, self.exponent, self.grouping, self.optional, self.alternative}

    def mandatory(self, text: str) -> int:
        return sum(character in self.digits for character in text)

    def places(self, text: str) -> int:
        return sum(character in self.digits or character == self.optional for character in text)


@dataclass(slots=True)
class _Picture:
    """One half of a picture: what stands around the number, and how the number is written."""

    text: str
    prefix: str
    suffix: str
    active: str
    mantissa: str
    exponent: str | None
    integer: str
    fraction: str


def format_number(value: Any, picture: Any, options: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise JsonataError("T0410", index=2)
    chosen = {} if options is UNDEFINED else {name: str(text) for name, text in options.items()}
    symbols, halves = _pictures(picture, tuple(chosen.items()))
    half = halves[0] if value >= 0 else halves[-1]
    prefix = half.prefix if value >= 0 or len(halves) == 2 else symbols.minus + half.prefix
    return prefix + _Writer(symbols, half).written(value) + half.suffix


@lru_cache(maxsize=256)
def _pictures(text: str, options: tuple[tuple[str, str], ...]) -> tuple[_Symbols, list[_Picture]]:
    symbols = _Symbols(dict(options))
    texts = text.split(symbols.alternative)
    if len(texts) > 2:
        raise JsonataError("D3080")
    halves = [_split(each, symbols) for each in texts]
    for half in halves:
        error = _error_of(half, symbols)
        if error:
            raise JsonataError(error)
    return symbols, halves


def _split(text: str, symbols: _Symbols) -> _Picture:
    marks = [at for at, letter in enumerate(text) if letter in symbols.active and letter != symbols.exponent]
    prefix = text[: marks[0]] if marks else ""
    suffix = text[marks[-1] + 1 :] if marks else ""
    active = text[len(prefix) : len(text) - len(suffix)]
    mantissa, exponent = active, None
    at = text.find(symbols.exponent, len(prefix))
    if 0 <= at <= len(text) - len(suffix):
        at -= len(prefix)
        mantissa, exponent = active[:at], active[at + 1 :]
    integer, point, fraction = mantissa.partition(symbols.decimal)
    return _Picture(text, prefix, suffix, active, mantissa, exponent, integer, fraction if point else suffix)


def _error_of(half: _Picture, symbols: _Symbols) -> str:
    """The code of the last rule that a picture breaks, as JSONata reports it."""
    broken = [code for code, is_broken in _rules(half, symbols) if is_broken]
    return broken[-1] if broken else ""


def _rules(half: _Picture, symbols: _Symbols) -> list[tuple[str, bool]]:
    text, point = half.text, half.text.find(symbols.decimal)
    grouping = symbols.grouping
    optional = half.integer.find(symbols.optional)
    last_optional = half.fraction.rfind(symbols.optional)
    exponent = half.exponent
    is_scaled = symbols.percent in text or symbols.per_mille in text
    beside_point = point >= 0 and grouping in (text[point - 1 : point], text[point + 1 : point + 2])
    return [
        ("D3081", text.count(symbols.decimal) > 1),
        ("D3082", text.count(symbols.percent) > 1),
        ("D3083", text.count(symbols.per_mille) > 1),
        ("D3084", symbols.percent in text and symbols.per_mille in text),
        ("D3085", symbols.places(half.mantissa) == 0),
        ("D3086", any(character not in symbols.active for character in half.active)),
        ("D3087", beside_point),
        ("D3088", point < 0 and half.integer[-1:] == grouping),
        ("D3089", grouping * 2 in text),
        ("D3090", optional >= 0 and symbols.mandatory(half.integer[:optional]) > 0),
        ("D3091", last_optional >= 0 and symbols.mandatory(half.fraction[last_optional:]) > 0),
        ("D3092", bool(exponent) and is_scaled),
        ("D3093", exponent is not None and (not exponent or symbols.mandatory(exponent) < len(exponent))),
    ]


class _Writer:
    """What writes the digits of a number by one half of a picture."""

    def __init__(self, symbols: _Symbols, half: _Picture) -> None:
        self._symbols = symbols
        self._half = half
        self._scaling = self._least_integer = symbols.mandatory(half.integer)
        self._least_fraction = symbols.mandatory(half.fraction)
        self._most_fraction = symbols.places(half.fraction)
        self._least_exponent = 0 if half.exponent is None else symbols.mandatory(half.exponent)
        has_exponent = half.exponent is not None
        if self._least_integer == 0 and self._most_fraction == 0:
            if has_exponent:
                self._least_fraction = self._most_fraction = 1
            else:
                self._least_integer = 1
        if has_exponent and self._least_integer == 0 and symbols.optional in half.integer:
            self._least_integer = 1
        if self._least_integer == 0 and self._least_fraction == 0:
            self._least_fraction = 1

    def written(self, value: float) -> str:
        symbols = self._symbols
        if symbols.percent in self._half.text:
            value *= 100
        elif symbols.per_mille in self._half.text:
            value *= 1000
        mantissa, exponent = self._scaled(value)
        integer, fraction = self._digits(mantissa)
        integer = self._grouped_integer(integer)
        fraction = self._grouped_fraction(fraction)
        text = integer
        if symbols.decimal in self._half.text and fraction:
            text += symbols.decimal + fraction
        if exponent is not None:
            digits = self._translated(str(abs(exponent)).rjust(self._least_exponent, "0"))
            text += symbols.exponent + (symbols.minus if exponent < 0 else "") + digits
        return text

    def _scaled(self, value: float) -> tuple[float, int | None]:
        """The mantissa and, where the picture has one, the exponent."""
        if self._least_exponent == 0:
            return value, None
        largest, smallest = 10.0**self._scaling, 10.0 ** (self._scaling - 1)
        exponent = 0
        while value and abs(value) < smallest:
            value *= 10
            exponent -= 1
        while math.isfinite(value) and abs(value) > largest:
            value /= 10
            exponent += 1
        return value, exponent

    def _digits(self, value: float) -> tuple[str, str]:
        if not math.isfinite(value):
            raise JsonataError("D1001", value=None)
        step = Decimal(1).scaleb(-self._most_fraction)
        exact = Context(prec=400 + self._most_fraction)
        text = format(Decimal(repr(value)).quantize(step, ROUND_HALF_EVEN, context=exact), "f")
        integer, _, fraction = text.lstrip("-").partition(".")
        integer = integer.lstrip("0").rjust(self._least_integer, "0")
        fraction = fraction.rstrip("0").ljust(self._least_fraction, "0")
        return self._translated(integer), self._translated(fraction)

    def _translated(self, digits: str) -> str:
        return "".join([self._symbols.digits[int(digit)] for digit in digits])

    def _grouped_integer(self, digits: str) -> str:
        separator = self._symbols.grouping
        part = self._half.integer
        places = [self._symbols.places(part[at:]) for at, letter in enumerate(part) if letter == separator]
        distance = regular_distance(places)
        if distance:
            places = list(range(distance, len(digits), distance))
        for place in sorted(places):
            if place < len(digits) + places.index(place):
                at = len(digits) - place - sorted(places).index(place)
                digits = digits[:at] + separator + digits[at:] if at > 0 else digits
        return digits

    def _grouped_fraction(self, digits: str) -> str:
        separator = self._symbols.grouping
        part = self._half.fraction if self._symbols.decimal in self._half.text else ""
        places = [self._symbols.places(part[:at]) for at, letter in enumerate(part) if letter == separator]
        for added, place in enumerate(places):
            if place + added < len(digits):
                digits = digits[: place + added] + separator + digits[place + added :]
        return digits
