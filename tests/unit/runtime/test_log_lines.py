"""Cutting an environment's output into log lines."""

import struct

from serein.runtime.log_lines import MAXIMUM_LINE_BYTES, LogLines


def record(message: bytes, kind: int = 0xA55A0003) -> bytes:
    return struct.pack(">IIQ", kind, len(message), 0) + message


def cut(*chunks: bytes) -> list[str]:
    lines: list[str] = []
    parser = LogLines(lines.append)
    for chunk in chunks:
        parser.feed(chunk)
    parser.flush()
    return lines


def test_text_is_cut_at_line_ends_wherever_it_was_split() -> None:
    assert cut(b"on", b"e\ntw", b"o\n\nthree") == ["one\n", "two\n", "\n", "three\n"]


def test_a_record_is_one_line_wherever_it_was_split() -> None:
    data = b"before\n" + record(b"a\nb") + b"after\n" + record(b"c\n", 0xA55A0017)
    for at in range(len(data)):
        assert cut(data[:at], data[at:]) == ["before\n", "a\nb\n", "after\n", "c\n"]


def test_bytes_that_only_look_like_a_record_are_text() -> None:
    assert cut(b"\xa5\x5a\x00\x7fx\n") == ["\ufffdZ\x00\x7fx\n"]
    assert cut(struct.pack(">IIQ", 0xA55A0003, 1 << 31, 0) + b"x\n")[0].endswith("x\n")


def test_long_lines_are_cut() -> None:
    lines = cut(b"x" * (MAXIMUM_LINE_BYTES + 5) + b"\n")
    assert [len(line) for line in lines] == [MAXIMUM_LINE_BYTES, 6]
