"""Checksums of messages: clients compare them with their own."""

import struct
from base64 import b64decode

try:
    # Why not hashlib's: that is OpenSSL's, which takes twice as long to begin, and most messages are short.
    from _md5 import md5  # type: ignore[import-not-found]
except ImportError:
    from hashlib import md5

__all__ = ["md5", "md5_of_attributes"]


def md5_of_attributes(attributes: dict[str, list[str]]) -> str:
    """AWS's checksum of message attributes, given as name to [type, value].

    AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    digest = md5(usedforsecurity=False)
    for name in sorted(attributes):
        kind, value = attributes[name]
        is_binary = kind.startswith("Binary")
        content = b64decode(value) if is_binary else value.encode()
        encoded_name, encoded_kind = name.encode(), kind.encode()
        digest.update(
            struct.pack(">I", len(encoded_name))
            + encoded_name
            + struct.pack(">I", len(encoded_kind))
            + encoded_kind
            + (b"\x02" if is_binary else b"\x01")
            + struct.pack(">I", len(content))
            + content
        )
    text: str = digest.hexdigest()
    return text
