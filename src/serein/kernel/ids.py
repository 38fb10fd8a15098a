"""Identifiers in the forms AWS gives them. The only place that draws random bits."""

import os
import random
import string

_UPPER = string.ascii_uppercase + string.digits
_LOWER = string.ascii_lowercase + string.digits
_generator = random.Random()
_draw = _generator.getrandbits
"""Seeded by the operating system, which isn't asked again: that would be a system call for each request."""
os.register_at_fork(after_in_child=_generator.seed)


def new_uuid() -> str:
    """A random UUID (version 4) in the canonical form: message ids, event ids."""
    # Why by hand: every message draws one, and the standard library's takes three times as long.
    digits = os.urandom(16).hex()
    variant = "89ab"[int(digits[16], 16) & 3]
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def new_request_id() -> str:
    """An identifier for a request, in the form of a UUID: unique, but not beyond guessing."""
    digits = f"{_draw(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


def random_bytes(size_bytes: int) -> bytes:
    return os.urandom(size_bytes)


def random_hex(length: int) -> str:
    return os.urandom((length + 1) // 2).hex()[:length]


def random_upper(length: int) -> str:
    """Upper-case letters and digits: CloudFormation's name suffixes, access keys, IAM ids."""
    return "".join([_UPPER[byte % len(_UPPER)] for byte in os.urandom(length)])


def random_lower(length: int) -> str:
    """Lower-case letters and digits: API ids, bucket name suffixes."""
    return "".join([_LOWER[byte % len(_LOWER)] for byte in os.urandom(length)])


def random_fraction() -> float:
    """A number in [0, 1): jitter, sampling."""
    return int.from_bytes(os.urandom(7)) / (1 << 56)
