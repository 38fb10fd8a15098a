"""Datasets of distributed maps: bytes in, items out."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import zstandard

from serein.kernel.compressed import MalformedData
from serein.services.stepfunctions.distributed.csvrows import RowParser, item_of, rows_of
from serein.services.stepfunctions.distributed.expanding import expanded
from serein.services.stepfunctions.distributed.formats import Item, items_in, members_of
from serein.services.stepfunctions.language import ReaderConfig


async def in_chunks(content: bytes, size: int = 7) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


def items(content: bytes, size: int = 7, **config: Any) -> list[Item]:
    async def read() -> list[Item]:
        chunks = expanded(in_chunks(content, size))
        return [item async for item in items_in(chunks, ReaderConfig(**config), "S3://b/k")]

    return asyncio.run(read())


def values(content: bytes, size: int = 7, **config: Any) -> list[Any]:
    return [item.value for item in items(content, size, **config)]


def rows(text: str, delimiter: str = ",") -> list[list[str]]:
    async def read() -> list[list[str]]:
        return [row async for row in rows_of(in_chunks(text.encode()), delimiter)]

    return asyncio.run(read())


def test_rows_of_csv_are_text_whatever_the_chunks() -> None:
    assert rows("a,b\r\n1, 2\n\nx,é\n") == [["a", "b"], ["1", " 2"], ["x", "é"]]


def test_a_quoted_field_holds_delimiters_newlines_and_doubled_quotes() -> None:
    assert rows('"a,1","line 1\nline 2","say ""hi"""\nz') == [["a,1", "line 1\nline 2", 'say "hi"'], ["z"]]


def test_a_backslash_escapes_itself_quotes_and_the_delimiter_and_is_dropped_before_anything_else() -> None:
    assert rows("C:\\\\Program Files\\\\MyApp.exe,1") == [["C:\\Program Files\\MyApp.exe", "1"]]
    assert rows('a\\,b,c\\"d,\\n') == [["a,b", 'c"d', "n"]]
    assert rows("ends\\") == [["ends"]]


def test_delimiters_other_than_commas_leave_commas_alone() -> None:
    assert rows("a|b,c\\|d", "|") == [["a", "b,c|d"]]


def test_a_quote_that_is_never_closed_ends_with_the_data() -> None:
    assert rows('"open,still\nmore') == [["open,still\nmore"]]
    assert RowParser(",").close() == []


def test_rows_fit_their_header() -> None:
    assert item_of(["a", "b"], ["1"]) == {"a": "1", "b": ""}
    assert item_of(["a"], ["1", "2"]) == {"a": "1"}


def test_a_csv_has_its_header_in_the_first_row() -> None:
    assert values(b"\xef\xbb\xbfname,n\nx,1\ny,2", input_type="CSV", csv_header_location="FIRST_ROW") == [
        {"name": "x", "n": "1"},
        {"name": "y", "n": "2"},
    ]


def test_a_csv_without_a_header_is_given_one() -> None:
    config = {"csv_header_location": "GIVEN", "csv_headers": ("a", "b"), "csv_delimiter": "TAB"}
    assert values(b"1\t2\n3\t4\n", input_type="CSV", **config) == [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]


def test_an_empty_csv_has_no_items() -> None:
    assert values(b"", input_type="CSV", csv_header_location="FIRST_ROW") == []
    assert values(b"a,b\n", input_type="CSV", csv_header_location="FIRST_ROW") == []


def test_a_header_of_more_than_10_kb_is_refused() -> None:
    with pytest.raises(MalformedData, match="header"):
        values(b"x" * 10_241 + b"\n1\n", size=4096, input_type="CSV")


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    with pytest.raises(MalformedData, match="UTF-8"):
        values(b"a\n\xff\xfe\n", input_type="CSV")
    with pytest.raises(MalformedData):
        values(b'["\xff"]', input_type="JSON")


def test_json_that_nests_too_deep_is_refused() -> None:
    for input_type in ("JSON", "JSONL"):
        with pytest.raises(MalformedData, match="not valid JSON"):
            values(b"[" * 100_000, 4096, input_type=input_type)


def test_json_lines_are_values_of_any_kind() -> None:
    assert values(b'{"a":1}\n\n  \n2\r\n"x"', input_type="JSONL") == [{"a": 1}, 2, "x"]
    with pytest.raises(MalformedData, match="not valid JSON"):
        values(b'{"a":1}\n{', input_type="JSONL")


def test_a_json_array_is_its_elements_and_an_object_its_members() -> None:
    assert items(b"[1,[2]]", input_type="JSON") == [Item(1, None, "S3://b/k"), Item([2], None, "S3://b/k")]
    assert items(b'{"k":{"v":1}}', input_type="JSON") == [Item({"v": 1}, "k", "S3://b/k")]


def test_a_pointer_finds_the_items_within_a_json_document() -> None:
    document = {"a/b": {"~": [0, {"rows": [1, 2]}]}}
    content = json.dumps(document).encode()
    assert values(content, input_type="JSON", items_pointer="/a~1b/~0/1/rows") == [1, 2]
    for pointer in ("/nothing", "/a~1b/~0/7", "/a~1b/~0/1/rows/0/x"):
        with pytest.raises(MalformedData, match="points to nothing"):
            values(content, input_type="JSON", items_pointer=pointer)


def test_what_is_no_collection_has_no_items() -> None:
    for content in (b"1", b'"text"', b"null"):
        with pytest.raises(MalformedData, match="Attempting to map over non-iterable node"):
            values(content, input_type="JSON")
    assert [*members_of({"a": 1})] == [Item(1, "a", "STATE_DATA")]


def test_parquet_is_refused_by_name() -> None:
    with pytest.raises(MalformedData, match="PARQUET"):
        values(b"PAR1", input_type="PARQUET")


@pytest.mark.parametrize("size", [1, 5, 4096])
def test_compressed_datasets_are_read_whatever_the_chunks(size: int) -> None:
    plain = b"a,b\n" + b"".join(b"%d,x\n" % number for number in range(2000))
    expected = [{"a": str(number), "b": "x"} for number in range(2000)]
    for content in (
        gzip.compress(plain),
        zstandard.compress(plain),
        gzip.compress(plain[:99]) + gzip.compress(plain[99:]),
    ):
        assert values(content, size, input_type="CSV") == expected


def test_a_compressed_dataset_that_is_cut_off_or_damaged_is_refused() -> None:
    for compress in (gzip.compress, zstandard.compress):
        content = compress(b"a\n1\n2\n" * 1000)
        with pytest.raises(MalformedData, match="ends before"):
            values(content[:-9], 64, input_type="CSV")
        with pytest.raises(MalformedData):
            values(content[:12] + b"\x00\x01\x02\x03" * 4 + content[28:], 64, input_type="CSV")
