"""The formats of exports and imports: records out of bytes, items out of records, Ion."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import zstandard
from amazon.ion import simpleion
from hypothesis import given
from hypothesis import strategies as st

from serein.kernel.compressed import MalformedData
from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.jobs.exportformats import item_line
from serein.services.dynamodb.jobs.importbytes import decompressed, records
from serein.services.dynamodb.jobs.importformats import csv_parser, ion_parser, parse_json_record, parse_row
from serein.services.dynamodb.numbers import parse_number
from serein.services.dynamodb.values import encode_json, equal_items, parse_item

PACK = {"NONE": bytes, "GZIP": gzip.compress, "ZSTD": zstandard.compress}


async def chunks_of(content: bytes, size: int) -> AsyncIterator[bytes]:
    for at in range(0, len(content), size):
        yield content[at : at + size]


def expand(content: bytes, compression: str, size: int) -> bytes:
    async def run() -> bytes:
        return b"".join([piece async for piece in decompressed(chunks_of(content, size), compression)])

    return asyncio.run(run())


def cut(content: bytes, size: int, *, is_csv: bool = False) -> list[bytes]:
    async def run() -> list[bytes]:
        return [record async for record in records(chunks_of(content, size), is_csv=is_csv)]

    return asyncio.run(run())


@pytest.mark.parametrize("compression", PACK)
@pytest.mark.parametrize("size", [1, 7, 100_000])
def test_bytes_are_expanded_in_pieces_of_any_size(compression: str, size: int) -> None:
    content = b"some text that repeats, " * 500
    packed = PACK[compression](content) + PACK[compression](b"and more")
    assert expand(packed, compression, size) == content + b"and more"


@pytest.mark.parametrize("compression", ["GZIP", "ZSTD"])
def test_bytes_that_end_early_or_are_no_such_data_are_malformed(compression: str) -> None:
    packed = PACK[compression](b"text" * 100)
    for content in (packed[:-3], b"plain text that is not compressed", packed + b"junk that follows"):
        with pytest.raises(MalformedData):
            expand(content, compression, 1000)


def test_a_bomb_comes_out_in_pieces() -> None:
    largest = 0

    async def run(content: bytes, compression: str) -> None:
        nonlocal largest
        async for piece in decompressed(chunks_of(content, 64 * 1024), compression):
            largest = max(largest, len(piece))

    zeros = bytes(64 * 1024 * 1024)
    asyncio.run(run(gzip.compress(zeros), "GZIP"))
    assert largest <= 1024 * 1024
    asyncio.run(run(zstandard.compress(zeros), "ZSTD"))
    assert largest <= 64 * 1024 * 1024


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_records_are_lines_that_are_not_blank(size: int) -> None:
    assert cut(b"one\n\ntwo\r\n\r\nthree", size) == [b"one", b"two", b"three"]
    assert cut(b"", size) == []


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_quoted_columns_hold_newlines(size: int) -> None:
    content = b'a,"one\ntwo"\r\nb,"say ""hi"""\nc,plain\n'
    found = cut(content, size, is_csv=True)
    assert found == [b'a,"one\ntwo"', b'b,"say ""hi"""', b"c,plain"]
    assert [parse_row(record, ",") for record in found] == [["a", "one\ntwo"], ["b", 'say "hi"'], ["c", "plain"]]


def test_a_record_without_an_end_is_malformed() -> None:
    with pytest.raises(MalformedData):
        cut(b"x" * (17 * 1024 * 1024), 1024 * 1024)


def test_columns_get_the_types_of_key_attributes() -> None:
    parse = csv_parser(";", ["pk", "sk", "other"], {"pk": "S", "sk": "N"})
    assert parse(b"a;1;x,y") == {"pk": {"S": "a"}, "sk": {"N": "1"}, "other": {"S": "x,y"}}
    with pytest.raises(ValidationException, match="expected 3, found 2"):
        parse(b"a;1")


SCALARS = st.one_of(
    st.text(max_size=20).map(lambda text: {"S": text}),
    st.decimals(allow_nan=False, allow_infinity=False, places=5, min_value=-(10**20), max_value=10**20).map(
        lambda number: {"N": parse_number(str(number))}
    ),
    st.binary(max_size=10).map(lambda content: {"B": content}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
    st.sets(st.text(max_size=5), min_size=1).map(lambda members: {"SS": sorted(members)}),
    st.sets(st.integers(-1000, 1000), min_size=1).map(lambda members: {"NS": [str(one) for one in members]}),
    st.sets(st.binary(max_size=5), min_size=1).map(lambda members: {"BS": sorted(members)}),
)
NAMES = st.text(min_size=1, max_size=12)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda members: {"L": members}),
        st.dictionaries(NAMES, inner, max_size=3).map(lambda members: {"M": members}),
    ),
    max_leaves=8,
)
ITEMS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=5)
PARSE_ION = ion_parser()


@given(ITEMS)
def test_items_survive_dynamodb_json_and_ion(item: dict[str, Any]) -> None:
    stored = parse_item(item)
    body = encode_json(stored)
    for is_ion, parse in ((False, parse_json_record), (True, PARSE_ION)):
        line = item_line(body, is_ion=is_ion)
        assert line.count(b"\n") == 1
        assert equal_items(parse_item(parse(line.strip(b"\n"))), stored)


@pytest.mark.parametrize(
    "name", ["null", "true", "nan", "$ion", "$10", "it's", 'quo"te', "back\\slash", "", "ü", "a.b"]
)
def test_names_that_are_no_plain_symbols_are_quoted(name: str) -> None:
    line = item_line(json.dumps({name: {"S": "x"}}).encode(), is_ion=True)
    assert dict(simpleion.loads(line.decode())["Item"]) == {name: "x"}


@pytest.mark.parametrize(
    "record", [b"", b"{", b"[]", b'{"Item":[]}', b'{"item":{}}', b"\xff\xfe", b"null", b"[" * 5000]
)
def test_records_that_are_no_items_are_refused(record: bytes) -> None:
    for parse in (parse_json_record, PARSE_ION):
        with pytest.raises((ValidationException, RecursionError)):
            parse(record)


@pytest.mark.parametrize("value", ["{}", '{"S":"x","N":"1"}', '{"X":"x"}', '{"S":1}', '{"SS":"x"}', '{"B":"?"}', "1"])
def test_values_that_are_none_are_refused(value: str) -> None:
    with pytest.raises(ValidationException):
        parse_json_record(b'{"Item":{"a":%b}}' % value.encode())
