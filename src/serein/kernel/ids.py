"""Identifiers in the forms AWS gives them. The only place that draws random bits."""

import os
import random
import string
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_UPPER = string.ascii_uppercase + string.digits
_LOWER = string.ascii_lowercase + string.digits
_VARIANTS = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}
_VERSION_BYTES = bytes(0x40 | byte & 0x0F for byte in range(256))
_VARIANT_BYTES = bytes(0x80 | byte & 0x3F for byte in range(256))
_generator = random.Random()
_draw = _generator.getrandbits
"""Seeded by the operating system, which isn't asked again: that would be a system call for each request."""
os.register_at_fork(after_in_child=_generator.seed)
Source = Callable[[int], bytes]
SYSTEM: Source = os.urandom
_source: ContextVar[Source] = ContextVar("where random bytes come from", default=SYSTEM)


@contextmanager
def drawing_from(source: Source) -> Iterator[None]:
    """While this lasts ids are made of what `source(size)` gives: bytes that may have to be drawn once more."""
    token = _source.set(source)
    try:
        yield
    finally:
        _source.reset(token)


def new_uuid() -> str:
    """A random UUID (version 4) in the canonical form: message ids, event ids."""
    # Why by hand: every message draws one, and the standard library's takes three times as long.
    digits = _source.get()(16).hex()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{_VARIANTS[digits[16]]}{digits[17:20]}-{digits[20:]}"


def new_uuids(count: int) -> list[str]:
    """As many random UUIDs, for the system's price of one, and half of the time for each."""
    if count == 1:
        return [new_uuid()]
    drawn = bytearray(_source.get()(16 * count))
    drawn[6::16] = drawn[6::16].translate(_VERSION_BYTES)
    drawn[8::16] = drawn[8::16].translate(_VARIANT_BYTES)
    # Eight groups of four digits each, with the dash of the next id after them.
    text = drawn.hex("-", 2)
    return [
        f"{text[at : at + 4]}{text[at + 5 : at + 29]}{text[at + 30 : at + 34]}{text[at + 35 : at + 39]}"
        for at in range(0, 40 * count, 40)
    ]


def new_request_id() -> str:
    """An identifier for a request, in the form of a UUID: unique, but not beyond guessing."""
    digits = f"{_draw(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def guessable_bits(count: int) -> int:
    """Random bits that tell things apart, but not beyond guessing."""
    return _draw(count)


def random_bytes(size_bytes: int) -> bytes:
    return _source.get()(size_bytes)


def random_hex(length: int) -> str:
    return _source.get()((length + 1) // 2).hex()[:length]


def unrepeated_hex(length: int) -> str:
    """As `random_hex`, wherever bytes come from: for the names of files, which whoever draws them may delete."""
    return SYSTEM((length + 1) // 2).hex()[:length]


def random_upper(length: int) -> str:
    """Upper-case letters and digits: CloudFormation's name suffixes, access keys, IAM ids."""
    return "".join([_UPPER[byte % len(_UPPER)] for byte in _source.get()(length)])


def random_lower(length: int) -> str:
    """Lower-case letters and digits: API ids, bucket name suffixes."""
    return "".join([_LOWER[byte % len(_LOWER)] for byte in _source.get()(length)])


def random_fraction() -> float:
    """A number in [0, 1): jitter, sampling."""
    return int.from_bytes(_source.get()(7)) / (1 << 56)
