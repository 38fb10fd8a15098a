"""Items out of the bytes of one object: CSV, JSON and JSON Lines."""

import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any, NamedTuple

import msgspec

from serein.kernel.compressed import MalformedData
from serein.services.stepfunctions.distributed.csvrows import (
    DELIMITERS,
    LARGEST_HEADER_BYTES,
    item_of,
    lines_of,
    rows_of,
)
from serein.services.stepfunctions.language import ReaderConfig

NOT_ITERABLE = "Attempting to map over non-iterable node."
_BOM = b"\xef\xbb\xbf"


class Item(NamedTuple):
    """One item of a dataset: `$$.Map.Item`."""

    value: Any
    key: str | None = None
    """Of an object's member."""
    source: str = "STATE_DATA"
    """AWS: `STATE_DATA`, or the URI of the object (of the bucket, for a listing) with a capital S3."""


def members_of(collection: Any, source: str = "STATE_DATA") -> Iterator[Item]:
    """The items of an array or an object. Raises MalformedData for anything else."""
    if isinstance(collection, list):
        return (Item(value, None, source) for value in collection)
    if isinstance(collection, dict):
        return (Item(value, key, source) for key, value in collection.items())
    raise MalformedData(NOT_ITERABLE)


async def items_in(chunks: AsyncIterator[bytes], config: ReaderConfig, source: str) -> AsyncIterator[Item]:
    """The items of an object in the format of the reader. Raises MalformedData."""
    if config.input_type == "CSV":
        async for row in _csv_items(chunks, config):
            yield Item(row, None, source)
    elif config.input_type == "JSONL":
        async for value in json_lines(chunks):
            yield Item(value, None, source)
    elif config.input_type == "JSON":
        document = _decoded(b"".join([chunk async for chunk in chunks]).removeprefix(_BOM))
        for item in members_of(_pointed(document, config.items_pointer), source):
            yield item
    else:
        # Why refused: nothing that reads Parquet is among the platform's libraries.
        raise MalformedData(f"Serein does not read datasets of the input type {config.input_type}")


async def json_lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[Any]:
    """A value a line; blank lines are passed over. Raises MalformedData."""
    async for line in lines_of(chunks):
        if line and not line.isspace():
            yield _decoded(line)


async def _csv_items(chunks: AsyncIterator[bytes], config: ReaderConfig) -> AsyncIterator[dict[str, str]]:
    rows = rows_of(chunks, DELIMITERS[config.csv_delimiter])
    if config.csv_header_location == "GIVEN":
        header = list(config.csv_headers or ())
    else:
        header = await anext(rows, [])
    if sum(len(name.encode()) for name in header) > LARGEST_HEADER_BYTES:
        raise MalformedData("The header of the CSV dataset is larger than 10 KB")
    make = functools.partial(item_of, header)
    async for row in rows:
        yield make(row)


def _decoded(content: bytes) -> Any:
    try:
        return msgspec.json.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise MalformedData(f"The dataset is not valid JSON: {error}") from None


def _pointed(document: Any, pointer: str | None) -> Any:
    """What a JSON pointer (RFC 6901) points to. Raises MalformedData where there is nothing."""
    if not pointer:
        return document
    found = document
    for raw in pointer.removeprefix("/").split("/"):
        step = raw.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            raise MalformedData(f"The ItemsPointer {pointer} points to nothing in the dataset")
    return found
