"""Numbers: up to 38 significant digits between 1E-130 and 9.99…E+125, in AWS's plain notation.

A number is kept as canonical text (no exponent, no needless zeros), so that equal numbers are equal texts.
`encode_number` turns it into bytes whose order is the order of the numbers.
"""

import re
from decimal import Context, Decimal, InvalidOperation

from serein.services.dynamodb.errors import ValidationException

_FORM = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?", re.ASCII)
_CANONICAL = re.compile(r"-?(?:[1-9][0-9]*(?:\.[0-9]*[1-9])?|0\.[0-9]*[1-9])|0", re.ASCII)
_LARGEST_EXPONENT = 125
_SMALLEST_EXPONENT = -130
_DIGITS = 38
_EXACT = Context(prec=2 * (_LARGEST_EXPONENT - _SMALLEST_EXPONENT), Emax=999_999, Emin=-999_999)
_COMPLEMENT = bytes((0xFE - value) & 0xFF for value in range(256))
_ZERO, _NEGATIVE, _POSITIVE = b"\x80", b"\x40", b"\xc0"
_END_OF_NEGATIVE = b"\xff"


def parse_number(text: str) -> str:
    """Return the canonical text of a number. Raises ValidationException when it is none or out of range."""
    if text.isdecimal() and text.isascii() and len(text) <= _DIGITS and (text[0] != "0" or text == "0"):
        return text
    if len(text) <= _DIGITS and _CANONICAL.fullmatch(text):
        return text
    if not text:
        raise ValidationException("The parameter cannot be converted to a numeric value")
    if _FORM.fullmatch(text) is None:
        raise ValidationException(f"The parameter cannot be converted to a numeric value: {text}")
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValidationException(_overflow() if "-" not in text.lower().partition("e")[2] else _underflow()) from None
    return canonical(number)


def canonical(number: Decimal) -> str:
    """Return the canonical text of an exact decimal. Raises ValidationException when it can't be stored."""
    if not number:
        return "0"
    magnitude = number.adjusted()
    if magnitude > _LARGEST_EXPONENT:
        raise ValidationException(_overflow())
    if magnitude < _SMALLEST_EXPONENT:
        raise ValidationException(_underflow())
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    if len(digits) > _DIGITS:
        raise ValidationException("Attempting to store more than 38 significant digits in a Number")
    sign = "-" if number.is_signed() else ""
    if magnitude < 0:
        return f"{sign}0.{'0' * (-magnitude - 1)}{digits}"
    whole = digits[: magnitude + 1].ljust(magnitude + 1, "0")
    fraction = digits[magnitude + 1 :]
    return f"{sign}{whole}.{fraction}" if fraction else sign + whole


def encode_number(text: str) -> bytes:
    """Bytes of a canonical number that sort as the numbers do."""
    if text == "0":
        return _ZERO
    is_negative = text[0] == "-"
    whole, _, fraction = (text[1:] if is_negative else text).partition(".")
    if whole == "0":
        digits = fraction.lstrip("0")
        exponent = len(digits) - len(fraction) - 1
    else:
        digits = whole + fraction
        exponent = len(whole) - 1
    digits = digits.rstrip("0")
    if len(digits) % 2:
        digits += "0"
    # Why: two decimal digits a byte, so a shorter number is a prefix of, and sorts before, the longer ones it begins.
    packed = bytes((exponent - _SMALLEST_EXPONENT,)) + bytes.fromhex(digits)
    if not is_negative:
        return _POSITIVE + packed
    exponent_byte = bytes((0xFF - packed[0],))
    return _NEGATIVE + exponent_byte + packed[1:].translate(_COMPLEMENT) + _END_OF_NEGATIVE


def add(left: str, right: str) -> str:
    """The sum of two canonical numbers. Raises ValidationException when it can't be stored."""
    if left.isdecimal() and right.isdecimal():
        return parse_number(str(int(left) + int(right)))
    return canonical(_EXACT.add(Decimal(left), Decimal(right)))


def subtract(left: str, right: str) -> str:
    """The difference of two canonical numbers. Raises ValidationException when it can't be stored."""
    return canonical(_EXACT.subtract(Decimal(left), Decimal(right)))


def size_of_number(text: str) -> int:
    """Bytes that a canonical number counts for: about one for two significant digits, plus one."""
    if text == "0":
        return 1
    is_negative = text[0] == "-"
    whole, _, fraction = (text[1:] if is_negative else text).partition(".")
    if whole == "0":
        digits = fraction.lstrip("0")
        exponent = len(digits) - len(fraction) - 1
        count = len(digits)
    else:
        exponent = len(whole) - 1
        count = len((whole + fraction).rstrip("0")) if fraction else len(whole.rstrip("0"))
    return 1 + (count + 1) // 2 + (0 if count % 2 or exponent % 2 else 1) + (1 if is_negative else 0)


def _overflow() -> str:
    return "Number overflow. Attempting to store a number with magnitude larger than supported range"


def _underflow() -> str:
    return "Number underflow. Attempting to store a number with magnitude smaller than supported range"
