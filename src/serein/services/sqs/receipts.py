"""Receipt handles: opaque, self-contained and valid across restarts.

A handle names the queue, the message and which receipt of it this was; a checksum tells handles from anything else.
"""

import struct
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from zlib import crc32

from serein.services.sqs.errors import ReceiptHandleIsInvalid
from serein.services.sqs.queues import Queue

_FORM = struct.Struct(">QQI")
_CHECK = struct.Struct(">I")
_SEED = b"serein.sqs"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a handle says: the message, and its receive count when it was handed out."""

    handle: str
    message_key: int
    receive_count: int


def handle_of(queue: Queue, message_key: int, receive_count: int) -> str:
    """The handle for a receipt of a message."""
    content = _FORM.pack(queue.id, message_key, receive_count)
    return b64encode(content + _CHECK.pack(crc32(_SEED + content))).decode()


def require_receipt(queue: Queue, handle: str) -> Receipt:
    """What a handle says. Raises ReceiptHandleIsInvalid when it isn't one of this queue's."""
    try:
        decoded = b64decode(handle, validate=True)
    except (NotBase64, ValueError):
        decoded = b""
    content, check = decoded[: _FORM.size], decoded[_FORM.size :]
    if len(decoded) != _FORM.size + _CHECK.size or _CHECK.unpack(check)[0] != crc32(_SEED + content):
        raise ReceiptHandleIsInvalid(f'The input receipt handle "{handle}" is not a valid receipt handle.')
    queue_key, message_key, receive_count = _FORM.unpack(content)
    if queue_key != queue.id:
        raise ReceiptHandleIsInvalid(f'The input receipt handle "{handle}" is not a valid receipt handle.')
    return Receipt(handle, message_key, receive_count)
