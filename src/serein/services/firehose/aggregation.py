"""Records of data streams that the Kinesis Producer Library packed into one.

AWS: https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
"""

import hashlib
from collections.abc import Iterator

_MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST_BYTES = 16
_RECORDS, _DATA = 3, 3
_VARINT, _LENGTH = 0, 2


def user_records(data: bytes) -> list[bytes]:
    """The records that were packed into one; the data itself when it isn't such a record."""
    if not data.startswith(_MAGIC) or len(data) < len(_MAGIC) + _DIGEST_BYTES:
        return [data]
    message, digest = data[len(_MAGIC) : -_DIGEST_BYTES], data[-_DIGEST_BYTES:]
    if hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return [data]
    try:
        return [
            part
            for number, record in _fields(message)
            if number == _RECORDS
            for inner, part in _fields(record)
            if inner == _DATA
        ]
    except (IndexError, ValueError):
        return [data]


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a Protocol Buffers message that have a length; others are passed over."""
    position = 0
    while position < len(message):
        tag, position = _varint(message, position)
        value, position = _varint(message, position)
        if tag & 7 == _LENGTH:
            if position + value > len(message):
                raise ValueError("a field ends beyond its message")
            yield tag >> 3, message[position : position + value]
            position += value
        elif tag & 7 != _VARINT:
            raise ValueError(f"wire type {tag & 7}")


def _varint(message: bytes, position: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = message[position]
        value |= (byte & 0x7F) << shift
        position, shift = position + 1, shift + 7
        if byte < 0x80:
            return value, position
