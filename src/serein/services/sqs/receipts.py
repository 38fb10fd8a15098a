"""Receipt handles: opaque, self-contained and valid across restarts.

A handle names the queue, the message and which receipt of it this was; a checksum tells handles from anything else.
"""

import struct
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import NamedTuple
from zlib import crc32

from serein.services.sqs.errors import ReceiptHandleIsInvalid
from serein.services.sqs.queues import Queue

_FORM = struct.Struct(">QQI")
_CHECK = struct.Struct(">I")
_SEED = b"serein.sqs"


class Receipt(NamedTuple):
    """What a handle says: the queue, the message, and its receive count when it was handed out."""

    handle: str
    queue_id: int
    message_key: int
    receive_count: int


def handle_of(queue: Queue, message_key: int, receive_count: int) -> str:
    """The handle for a receipt of a message."""
    content = _FORM.pack(queue.id, message_key, receive_count)
    return b64encode(content + _CHECK.pack(crc32(_SEED + content))).decode()


def find_receipt(handle: str) -> Receipt | None:
    """Return what a handle says, or None when it isn't one."""
    try:
        decoded = b64decode(handle, validate=True)
    except (NotBase64, ValueError):
        return None
    content, check = decoded[: _FORM.size], decoded[_FORM.size :]
    if len(decoded) != _FORM.size + _CHECK.size or _CHECK.unpack(check)[0] != crc32(_SEED + content):
        return None
    return Receipt(handle, *_FORM.unpack(content))


def not_a_receipt(handle: str) -> ReceiptHandleIsInvalid:
    return ReceiptHandleIsInvalid(f'The input receipt handle "{handle}" is not a valid receipt handle.')
