"""The server's name that a client of TLS asks for, read before anything is answered.

Why by hand: whether a certificate is wanted of the client is settled before OpenSSL tells the name.
RFC 8446, section 4.1.2, and RFC 6066, section 3.
"""

_HEADER_BYTES, _RANDOM_BYTES = 5, 34
_CLIENT_HELLO, _SERVER_NAME, _HOST_NAME = 1, 0, 0


def find_server_name(received: bytes) -> str:
    """The name in lower case; empty when there is none, or when not all of it has come yet."""
    try:
        return _server_name(received[_HEADER_BYTES:])
    except (IndexError, UnicodeDecodeError):
        return ""


def _server_name(message: bytes) -> str:
    if message[0] != _CLIENT_HELLO:
        return ""
    position = 4 + _RANDOM_BYTES
    position += 1 + message[position]  # the session's id
    position += 2 + _number(message, position)  # ciphers
    position += 1 + message[position]  # compressions
    end = position + 2 + _number(message, position)
    position += 2
    while position < end:
        kind, size = _number(message, position), _number(message, position + 2)
        position += 4
        if kind == _SERVER_NAME and message[position + 2] == _HOST_NAME:
            length = _number(message, position + 3)
            name = message[position + 5 : position + 5 + length]
            return name.decode("ascii").lower() if len(name) == length else ""
        position += size
    return ""


def _number(message: bytes, position: int) -> int:
    return message[position] << 8 | message[position + 1]
