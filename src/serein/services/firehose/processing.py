"""What is done to records before they reach a buffer: unpacking, splitting, keys of partitions, delimiters.

AWS: https://docs.aws.amazon.com/firehose/latest/dev/dynamic-partitioning.html. Records are split first, then
transformed by a function, and then given their partition.
"""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from serein.services.firehose.errors import InvalidArgumentException
from serein.services.firehose.records import Record

DEFAULT_RETRIES = 3
_DEFAULT_MEGABYTES, _MOST_MEGABYTES = 1.0, 3.0
_DEFAULT_SECONDS, _MOST_SECONDS = 60, 900
_ESCAPES = {"\\n": "\n", "\\t": "\t", "\\r": "\r"}
_PARAMETERS = {
    "Lambda": {"LambdaArn", "NumberOfRetries", "RoleArn", "BufferSizeInMBs", "BufferIntervalInSeconds"},
    "MetadataExtraction": {"MetadataExtractionQuery", "JsonParsingEngine"},
    "RecordDeAggregation": {"SubRecordType", "Delimiter"},
    "AppendDelimiterToRecord": {"Delimiter"},
    "Decompression": {"CompressionFormat"},
    "CloudWatchLogProcessing": {"DataMessageExtraction"},
}


class Transformation(NamedTuple):
    """The function that transforms records, and how many it gets at once."""

    function_arn: str
    retries: int
    size_bytes: int
    seconds: float


class Broken(Exception):
    """A record that a processor can't work on; the code is the one of AWS's error logs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Processing(NamedTuple):
    """The processors of a stream."""

    transformation: Transformation | None = None
    query: str = ""
    """The jq program that gives an object of partition keys."""
    splitter: str = ""
    """`JSON` or `DELIMITED`; empty for records that are one each."""
    split_at: bytes = b""
    delimiter: bytes = b""
    """What is appended to each record of an object."""
    is_compressed: bool = False
    """Whether records are gzip, as CloudWatch Logs sends them."""
    extracts_messages: bool = False
    """Whether of the records of CloudWatch Logs only the messages are wanted."""

    def opened(self, data: bytes) -> Iterator[bytes]:
        """What a record holds before it is transformed. Raises Broken."""
        if self.is_compressed:
            data = _decompressed(data)
        if self.extracts_messages:
            data = _messages(data)
        if self.splitter == "JSON":
            yield from _json_documents(data)
        elif self.splitter:
            yield from (part for part in data.split(self.split_at) if part)
        else:
            yield data

    def keys_of(self, record: Record) -> dict[str, str]:
        """The partition keys that the query finds. Raises Broken."""
        if not self.query:
            return {}
        try:
            found: Any = compile_query(self.query).input_text(record.data.decode()).first()
        except (ValueError, StopIteration) as error:
            raise Broken("DynamicPartitioning.MetadataExtractionFailed", str(error)) from None
        if not isinstance(found, dict):
            raise Broken("DynamicPartitioning.MetadataExtractionFailed", "The query does not give an object")
        return {name: _key_text(value) for name, value in found.items()}


def parse_processing(configuration: dict[str, Any] | None) -> Processing:
    """Raises InvalidArgumentException for processors that AWS refuses."""
    configuration = configuration or {}
    processors = configuration.get("Processors") or []
    kinds = [processor["Type"] for processor in processors]
    if len(kinds) != len(set(kinds)):
        raise InvalidArgumentException("Only one processor of each type is allowed.")
    values: dict[str, Any] = {}
    for processor in processors:
        kind, parameters = processor["Type"], _parameters(processor)
        values |= _READERS[kind](parameters)
    return Processing(**values) if configuration.get("Enabled") else Processing()


def _parameters(processor: dict[str, Any]) -> dict[str, str]:
    kind = processor["Type"]
    given = {each["ParameterName"]: each["ParameterValue"] for each in processor.get("Parameters") or ()}
    for name in given:
        if name not in _PARAMETERS[kind]:
            raise InvalidArgumentException(f"Parameter {name} is not supported for processor type {kind}.")
    return given


def _required(kind: str, parameters: dict[str, str], name: str) -> str:
    if name not in parameters:
        raise InvalidArgumentException(f"{name} is required for processor type {kind}.")
    return parameters[name]


def _lambda(parameters: dict[str, str]) -> dict[str, Any]:
    arn = _required("Lambda", parameters, "LambdaArn")
    if ":lambda:" not in arn:
        raise InvalidArgumentException(f"{arn} is not a valid ARN for a Lambda function.")
    try:
        retries = int(parameters.get("NumberOfRetries", DEFAULT_RETRIES))
        size = float(parameters.get("BufferSizeInMBs", _DEFAULT_MEGABYTES))
        seconds = int(parameters.get("BufferIntervalInSeconds", _DEFAULT_SECONDS))
    except ValueError as error:
        raise InvalidArgumentException(f"Invalid processor parameter: {error}") from None
    if not 0 <= retries <= 300:
        raise InvalidArgumentException("NumberOfRetries must be between 0 and 300.")
    if not 0.2 <= size <= _MOST_MEGABYTES or not 0 <= seconds <= _MOST_SECONDS:
        raise InvalidArgumentException(
            "BufferSizeInMBs must be between 0.2 and 3, and BufferIntervalInSeconds between 0 and 900."
        )
    return {"transformation": Transformation(arn, retries, int(size * 1024 * 1024), float(seconds))}


def _extraction(parameters: dict[str, str]) -> dict[str, Any]:
    query = _required("MetadataExtraction", parameters, "MetadataExtractionQuery")
    engine = parameters.get("JsonParsingEngine", "JQ-1.6")
    if engine != "JQ-1.6":
        raise InvalidArgumentException(f"JsonParsingEngine {engine} is not supported. Supported engines: [JQ-1.6]")
    try:
        compile_query(query)
    except ValueError as error:
        raise InvalidArgumentException(f"MetadataExtractionQuery is not valid: {error}") from None
    return {"query": query}


def _splitting(parameters: dict[str, str]) -> dict[str, Any]:
    kind = _required("RecordDeAggregation", parameters, "SubRecordType")
    if kind not in ("JSON", "DELIMITED"):
        raise InvalidArgumentException(f"SubRecordType {kind} is not supported. Supported types: [JSON, DELIMITED]")
    if kind == "JSON":
        return {"splitter": kind}
    text = _required("RecordDeAggregation", parameters, "Delimiter")
    try:
        delimiter = base64.b64decode(text, validate=True)
    except binascii.Error:
        delimiter = b""
    if not delimiter:
        raise InvalidArgumentException("Delimiter must be base64 encoded.")
    return {"splitter": kind, "split_at": delimiter}


def _appending(parameters: dict[str, str]) -> dict[str, Any]:
    text = parameters.get("Delimiter", "\\n")
    for escape, meant in _ESCAPES.items():
        text = text.replace(escape, meant)
    return {"delimiter": text.encode()}


def _decompression(parameters: dict[str, str]) -> dict[str, Any]:
    kind = _required("Decompression", parameters, "CompressionFormat")
    if kind != "GZIP":
        raise InvalidArgumentException(f"CompressionFormat {kind} is not supported for processor type Decompression.")
    return {"is_compressed": True}


def _log_processing(parameters: dict[str, str]) -> dict[str, Any]:
    return {"extracts_messages": parameters.get("DataMessageExtraction", "").lower() == "true"}


_READERS = {
    "Lambda": _lambda,
    "MetadataExtraction": _extraction,
    "RecordDeAggregation": _splitting,
    "AppendDelimiterToRecord": _appending,
    "Decompression": _decompression,
    "CloudWatchLogProcessing": _log_processing,
}


@lru_cache(maxsize=256)
def compile_query(query: str) -> Any:
    """A jq program. Raises ValueError."""
    import jq  # start-up cost: few streams have partitions

    return jq.compile(query)


def _key_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = value if isinstance(value, str) else "" if value is None else json.dumps(value, separators=(",", ":"))
    if not text:
        raise Broken("DynamicPartitioning.MetadataExtractionFailed", "partitionKeys values must not be null or empty")
    return text


def _decompressed(data: bytes) -> bytes:
    try:
        return gzip.decompress(data)
    except (OSError, EOFError, zlib.error) as error:
        raise Broken("DecompressionFailed", f"The record could not be decompressed: {error}") from None


def _messages(data: bytes) -> bytes:
    """AWS: the messages of the log events, a line each; control messages are dropped."""
    try:
        document = json.loads(data)
        events = document.get("logEvents", ()) if document.get("messageType") != "CONTROL_MESSAGE" else ()
        return "".join(f"{event['message']}\n" for event in events).encode()
    except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
        raise Broken("CloudWatchLogProcessingFailed", "The record is not a message of CloudWatch Logs") from None


def _json_documents(data: bytes) -> Iterator[bytes]:
    """Documents that follow one another, with or without white space between them."""
    decoder, position = json.JSONDecoder(), 0
    try:
        text = data.decode()
        while True:
            while position < len(text) and text[position].isspace():
                position += 1
            if position >= len(text):
                return
            _, end = decoder.raw_decode(text, position)
            yield text[position:end].encode()
            position = end
    except (ValueError, RecursionError) as error:
        raise Broken("DeAggregation.InvalidJson", f"The record is not a sequence of JSON documents: {error}") from None
