"""Numbers in English words: "one thousand, two hundred and first"."""

import re
from typing import Any

from serein.kernel.jsonata.values import UNDEFINED

_FEW = (
    *("Zero", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten", "Eleven", "Twelve"),
    *("Thirteen", "Fourteen", "Fifteen", "Sixteen", "Seventeen", "Eighteen", "Nineteen"),
)
_ORDINALS = (
    *("Zeroth", "First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"),
    *("Eleventh", "Twelfth", "Thirteenth", "Fourteenth", "Fifteenth", "Sixteenth", "Seventeenth", "Eighteenth"),
    "Nineteenth",
)
_DECADES = ("Twenty", "Thirty", "Forty", "Fifty", "Sixty", "Seventy", "Eighty", "Ninety", "Hundred")
_MAGNITUDES = ("Thousand", "Million", "Billion", "Trillion")
_SEPARATORS = re.compile(r",\s|\sand\s|[\s\\-]")


def to_words(value: int, is_ordinal: bool) -> str:
    """A number of at least 0, each word with a capital."""
    return _words(value, False, is_ordinal)


def _words(value: int, is_after: bool, is_ordinal: bool) -> str:
    if value < 20:
        return ("" if not is_after else " and ") + (_ORDINALS if is_ordinal else _FEW)[value]
    if value < 100:
        tens, rest = divmod(value, 10)
        text = (" and " if is_after else "") + _DECADES[tens - 2]
        if rest:
            return f"{text}-{_words(rest, False, is_ordinal)}"
        return text[:-1] + "ieth" if is_ordinal else text
    if value < 1000:
        count, rest = divmod(value, 100)
        text = (", " if is_after else "") + f"{_FEW[count]} Hundred"
    else:
        magnitude = min((len(str(value)) - 1) // 3, len(_MAGNITUDES))
        count, rest = divmod(value, 1000**magnitude)
        text = (", " if is_after else "") + f"{_words(count, False, False)} {_MAGNITUDES[magnitude - 1]}"
    if rest:
        return text + _words(rest, True, is_ordinal)
    return text + "th" if is_ordinal else text


def _values() -> dict[str, int]:
    values = {word.lower(): at for words in (_FEW, _ORDINALS) for at, word in enumerate(words)}
    for at, word in enumerate(_DECADES):
        values[word.lower()] = (at + 2) * 10
        values[word.lower()[:-1] + "ieth"] = (at + 2) * 10
    values["hundredth"] = 100
    for at, word in enumerate(_MAGNITUDES):
        values[word.lower()] = values[word.lower() + "th"] = 1000 ** (at + 1)
    return values


_VALUES = _values()
WORDS = f"(?:{'|'.join(_VALUES)}|and|[\\-, ])+"
"""What numbers in words look like, as a regular expression."""


def from_words(text: str) -> Any:
    """The number that lower-case words say; undefined of other words."""
    segments = [0]
    for word in _SEPARATORS.split(text):
        value = _VALUES.get(word)
        if value is None:
            return UNDEFINED
        if value < 100:
            top = segments.pop()
            if top >= 1000:
                segments.append(top)
                top = 0
            segments.append(top + value)
        else:
            segments.append(segments.pop() * value)
    return sum(segments)
