"""What an environment writes, cut into the lines that CloudWatch Logs would show.

An environment has one pipe for everything, so that order is kept. Text is cut at line ends. AWS's runtime clients
write records framed instead (a marker, a length, a time): a record is one line of the log however many line ends it
has. The marker's first byte cannot occur in UTF-8 text.
"""

import struct
from collections.abc import Callable

MAXIMUM_LINE_BYTES = 262_144
"""AWS: longer lines are cut; the limit is that of a log event."""
_MARKER = b"\xa5\x5a\x00"
_KINDS = frozenset(b"\x02\x03\x0a\x0b\x0e\x0f\x12\x13\x16\x17\x1a\x1b")
_HEAD = struct.Struct(">IIQ")


class LogLines:
    """A parser of one environment's output; lines go to `emit`, each with its line end."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        self._emit = emit
        self._text = bytearray()
        self._rest = b""

    def feed(self, data: bytes) -> None:
        """Take output as it arrives."""
        if self._rest:
            data, self._rest = self._rest + data, b""
        start = 0
        while (marker := data.find(b"\xa5", start)) >= 0:
            size = self._record_size(data, marker)
            if size is None:
                self._append(data[start : marker + 1])
                start = marker + 1
            elif marker + size > len(data):
                self._append(data[start:marker])
                self._rest = data[marker:]
                return
            else:
                self._append(data[start:marker])
                self._record(data[marker + _HEAD.size : marker + size])
                start = marker + size
        self._append(data[start:] if start else data)

    def flush(self) -> None:
        """Emit what is left, with the line end that it lacks."""
        self._text += self._rest
        self._rest = b""
        if self._text:
            self._emit(self._text.decode("utf-8", "replace") + "\n")
            self._text.clear()

    def _record_size(self, data: bytes, at: int) -> int | None:
        """The size of the record that begins there, as far as can be seen; None when none does."""
        head = data[at : at + _HEAD.size]
        if head[:3] != _MARKER[: len(head)] or (len(head) > 3 and head[3] not in _KINDS):
            return None
        if len(head) < _HEAD.size:
            return _HEAD.size
        length: int = _HEAD.unpack(head)[1]
        return None if length > 4 * MAXIMUM_LINE_BYTES else _HEAD.size + length

    def _append(self, data: bytes) -> None:
        if not data:
            return
        self._text += data
        if b"\n" in data:
            *lines, rest = self._text.split(b"\n")
            self._text = rest
            for line in lines:
                self._cut(line + b"\n")
        while len(self._text) > MAXIMUM_LINE_BYTES:
            self._emit(self._text[:MAXIMUM_LINE_BYTES].decode("utf-8", "replace"))
            del self._text[:MAXIMUM_LINE_BYTES]

    def _record(self, message: bytes) -> None:
        if not message.endswith(b"\n"):
            message += b"\n"
        self._cut(message)

    def _cut(self, line: bytes | bytearray) -> None:
        for start in range(0, len(line), MAXIMUM_LINE_BYTES):
            self._emit(line[start : start + MAXIMUM_LINE_BYTES].decode("utf-8", "replace"))
