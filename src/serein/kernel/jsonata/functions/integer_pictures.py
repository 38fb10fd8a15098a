"""Whole numbers by a picture: digits, letters, Roman numerals or words, as in XPath's `format-integer`."""

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache, reduce
from typing import Any

from serein.kernel.jsonata.errors import JsonataError
from serein.kernel.jsonata.functions.number_words import WORDS, from_words, to_words
from serein.kernel.jsonata.values import UNDEFINED, number

_ROMAN = (
    *((1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc")),
    *((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i")),
)
_ROMAN_VALUES = {"M": 1000, "D": 500, "C": 100, "L": 50, "X": 10, "V": 5, "I": 1}
_ZEROS = (
    *(0x30, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66),
    *(0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50),
    *(0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10),
)
"""The zeros of Unicode's families of decimal digits."""
_NAMED = {"A": "letters", "a": "letters", "I": "roman", "i": "roman", "W": "words", "Ww": "words", "w": "words"}
_LARGEST_ROMAN = 1_000_000


@dataclass(slots=True)
class IntegerPicture:
    primary: str
    """decimal, letters, roman or words."""
    case: str = "lower"
    is_ordinal: bool = False
    zero: int = 0x30
    mandatory: int = 0
    optional: int = 0
    grouping: int = 0
    """Every so many digits are separated; 0 where separators stand irregularly."""
    separators: tuple[tuple[int, str], ...] = ()
    """From the right: after how many digits, and with what."""
    parse_width: int = 0


def format_integer(value: Any, picture: Any) -> Any:
    if value is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise JsonataError("T0410", index=2)
    # Why by its digits: a large float stands for the shortest number that reads as it.
    whole = math.floor(Decimal(repr(value))) if isinstance(value, float) else value
    return formatted(whole, integer_picture(picture))


def parse_integer(text: Any, picture: Any) -> Any:
    if text is UNDEFINED:
        return UNDEFINED
    if picture is UNDEFINED:
        raise JsonataError("T0410", index=2)
    return parsed(text, integer_picture(picture))


@lru_cache(maxsize=512)
def integer_picture(text: str) -> IntegerPicture:
    """Read a picture; treat what this gives as constant. Raises D3130, D3131."""
    primary, semicolon, modifier = text.rpartition(";")
    if not semicolon:
        primary, modifier = text, ""
    is_ordinal = modifier.startswith("o")
    if primary in _NAMED:
        case = "title" if primary == "Ww" else "upper" if primary.isupper() else "lower"
        return IntegerPicture(_NAMED[primary], case, is_ordinal)
    return _decimal_picture(primary, is_ordinal)


def _decimal_picture(text: str, is_ordinal: bool) -> IntegerPicture:
    picture = IntegerPicture("decimal", is_ordinal=is_ordinal)
    zero: int | None = None
    position = 0
    separators: list[tuple[int, str]] = []
    for character in reversed(text):
        family = next((start for start in _ZEROS if start <= ord(character) <= start + 9), None)
        if family is None and character != "#":
            separators.append((position, character))
            continue
        position += 1
        if family is None:
            picture.optional += 1
            continue
        picture.mandatory += 1
        if zero not in (None, family):
            raise JsonataError("D3131")
        zero = family
    if zero is None:
        raise JsonataError("D3130", value=text)
    picture.zero = zero
    picture.separators = tuple(separators)
    if separators and len({character for _, character in separators}) == 1:
        picture.grouping = regular_distance([at for at, _ in separators])
    return picture


def regular_distance(positions: list[int]) -> int:
    """The distance when the positions are all its multiples from the first on, else 0."""
    if not positions:
        return 0
    distance = reduce(math.gcd, positions)
    is_regular = all(index * distance in positions for index in range(1, len(positions) + 1))
    return distance if is_regular else 0


def formatted(value: int, picture: IntegerPicture) -> str:
    """A whole number by a picture that was read."""
    size = abs(value)
    if picture.primary == "letters":
        text = _letters(size, "A" if picture.case == "upper" else "a")
    elif picture.primary == "roman":
        text = _roman(min(size, _LARGEST_ROMAN))
        text = text.upper() if picture.case == "upper" else text
    elif picture.primary == "words":
        text = to_words(size, picture.is_ordinal)
        text = text.upper() if picture.case == "upper" else text.lower() if picture.case == "lower" else text
    else:
        text = _decimal(size, picture)
    return "-" + text if value < 0 else text


def _decimal(value: int, picture: IntegerPicture) -> str:
    digits = str(value).rjust(picture.mandatory, "0")
    ordinal = _ordinal_suffix(digits) if picture.is_ordinal else ""
    text = "".join([chr(int(digit) + picture.zero) for digit in digits])
    if picture.grouping:
        separator = picture.separators[0][1]
        places = range(picture.grouping, len(text), picture.grouping)
        cuts = [(place, separator) for place in places]
    else:
        cuts = [(place, separator) for place, separator in picture.separators if place <= len(text)]
    for place, separator in reversed(cuts):
        text = text[: len(text) - place] + separator + text[len(text) - place :] if place else text + separator
    return text + ordinal


def _ordinal_suffix(digits: str) -> str:
    if digits[-2:-1] == "1":
        return "th"
    return {"1": "st", "2": "nd", "3": "rd"}.get(digits[-1], "th")


def _letters(value: int, first: str) -> str:
    text = ""
    while value > 0:
        value, digit = divmod(value - 1, 26)
        text = chr(ord(first) + digit) + text
    return text


def _roman(value: int) -> str:
    text = ""
    for size, numeral in _ROMAN:
        count, value = divmod(value, size)
        text += numeral * count
    return text


def pattern_of(picture: IntegerPicture) -> str:
    """What a number by the picture looks like, as a regular expression."""
    if picture.primary == "letters":
        return "[A-Z]+" if picture.case == "upper" else "[a-z]+"
    if picture.primary == "roman":
        return "[MDCLXVI]+" if picture.case == "upper" else "[mdclxvi]+"
    if picture.primary == "words":
        return WORDS
    digits = f"[0-9]{{{picture.parse_width}}}" if picture.parse_width else "[0-9]+"
    return digits + ("(?:th|st|nd|rd)" if picture.is_ordinal else "")


def parsed(text: str, picture: IntegerPicture) -> Any:
    """The number that a text means by a picture; undefined of one that means none."""
    if picture.primary == "letters":
        first = ord("A" if picture.case == "upper" else "a")
        return number(sum((ord(letter) - first + 1) * 26**at for at, letter in enumerate(reversed(text))))
    if picture.primary == "roman":
        return _from_roman(text.upper())
    if picture.primary == "words":
        return from_words(text.lower())
    digits = text[:-2] if picture.is_ordinal else text
    for _, separator in picture.separators:
        digits = digits.replace(separator, "")
    digits = "".join([chr(ord(digit) - picture.zero + 0x30) for digit in digits])
    found = re.match(r"\s*-?[0-9]{1,400}", digits)
    return number(int(found[0])) if found else UNDEFINED


def _from_roman(text: str) -> Any:
    total, largest = 0, 1
    for letter in reversed(text):
        value = _ROMAN_VALUES.get(letter)
        if value is None:
            return UNDEFINED
        if value < largest:
            total -= value
        else:
            largest = value
            total += value
    return total
