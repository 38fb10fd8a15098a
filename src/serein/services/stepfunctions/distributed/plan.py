"""What a map run is to do, worked out of a Map state and its input before anything runs.

A plan is JSON, so that it outlives the server that made it: datasets are read, and children started, by its word alone
and the state's definition.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from serein.services.stepfunctions.failure import RUNTIME, StateFailed
from serein.services.stepfunctions.language import ABSENT, Map
from serein.services.stepfunctions.query.failures import EvaluationFailed, json_text
from serein.services.stepfunctions.query.jsonata_data import evaluate
from serein.services.stepfunctions.query.jsonpath_data import fill_template, read_integer, read_path
from serein.services.stepfunctions.query.scope import Scope

READER_FAILED = "States.ItemReaderFailed"
WRITER_FAILED = "States.ResultWriterFailed"
_LARGEST_DATASET = 100_000_000
_LARGEST_BATCH_BYTES = 262_144


class Plan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Numbers are what paths and expressions said; None where nothing is said."""

    max_concurrency: int = 0
    """0 is as many as there may be."""
    tolerated_count: int | None = None
    tolerated_percentage: float | None = None
    max_items: int | None = None
    batch_items: int | None = None
    batch_bytes: int | None = None
    batch_input: Any = None
    """Absent when None: AWS leaves the member out."""
    reader: dict[str, Any] | None = None
    """The arguments of the reader's call, if the items are in S3."""
    items: Any = None
    """The array or object of the state's input that holds the items, when there is no reader."""
    writer: dict[str, Any] | None = None
    """The arguments of the writer's call, if results go to S3."""
    document: Any = None
    """What an item selector sees besides the item: the state's input, the context object and the variables."""
    context: Mapping[str, Any] = {}
    variables: Mapping[str, Any] = {}

    @property
    def length(self) -> int:
        """How many items the state's input has. AWS: with a reader `MapStateStarted` says 0."""
        return 0 if self.reader is not None else len(self.items)

    def encode(self) -> bytes:
        return msgspec.json.encode(self)

    @staticmethod
    def decode(content: bytes) -> "Plan":
        return msgspec.json.decode(content, type=Plan)


def make_plan(state: Map, document: Any, scope: Scope) -> Plan:
    """The plan for a distributed Map state whose input (after InputPath) is `document`. Raises StateFailed."""
    sight = _Sight(state, document, scope)
    batcher, reader, writer = state.item_batcher, state.item_reader, state.result_writer
    percentage = sight.number(
        "ToleratedFailurePercentage", state.tolerated_failure_percentage, state.tolerated_failure_percentage_path
    )
    if percentage is not None and not 0 <= percentage <= 100:
        raise StateFailed(RUNTIME, "ToleratedFailurePercentage must be between 0 and 100.")
    batch_input = batcher.batch_input if batcher else ABSENT
    selects = state.item_selector is not ABSENT
    return Plan(
        max_concurrency=sight.whole("MaxConcurrency", state.max_concurrency, state.max_concurrency_path) or 0,
        tolerated_count=sight.whole(
            "ToleratedFailureCount", state.tolerated_failure_count, state.tolerated_failure_count_path
        ),
        tolerated_percentage=None if percentage is None else float(percentage),
        max_items=_positive(
            "MaxItems",
            sight.whole("MaxItems", reader.config.max_items, reader.config.max_items_path) if reader else None,
            _LARGEST_DATASET,
        ),
        batch_items=_positive(
            "MaxItemsPerBatch",
            sight.whole("MaxItemsPerBatch", batcher.max_items_per_batch, batcher.max_items_per_batch_path)
            if batcher
            else None,
        ),
        batch_bytes=_positive(
            "MaxInputBytesPerBatch",
            sight.whole(
                "MaxInputBytesPerBatch", batcher.max_input_bytes_per_batch, batcher.max_input_bytes_per_batch_path
            )
            if batcher
            else None,
            _LARGEST_BATCH_BYTES,
        ),
        batch_input=None if batch_input is ABSENT else sight.filled("ItemBatcher/BatchInput", batch_input),
        reader=None if reader is None else sight.arguments("ItemReader", reader.parameters, reader.arguments),
        items=sight.items() if reader is None else None,
        writer=None
        if writer is None or writer.resource is None
        else sight.arguments("ResultWriter", writer.parameters, writer.arguments),
        document=document if selects else None,
        context=scope.context if selects else {},
        variables=scope.variables if selects else {},
    )


class _Sight:
    """The fields of a state as they are for one input."""

    def __init__(self, state: Map, document: Any, scope: Scope) -> None:
        self._state = state
        self._document = document
        self._scope = scope
        self._is_jsonata = state.query_language == "JSONata"
        self._states = {"input": document, "context": scope.context}

    def number(self, name: str, said: float | str | None, path: str | None) -> float | None:
        """A number that isn't negative, or None. Raises StateFailed."""
        if path is not None:
            return read_integer(f"{name}Path", path, self._document, self._scope)
        value: float | None = self._evaluated(name, said, "number", _is_number) if isinstance(said, str) else said
        if value is not None and value < 0:
            raise StateFailed(RUNTIME, f"{name} cannot be negative.")
        return value

    def whole(self, name: str, said: int | str | None, path: str | None) -> int | None:
        value = self.number(name, said, path)
        if value is not None and value != int(value):
            raise StateFailed(RUNTIME, f"Expected integer for {name}, but got '{value}' instead.")
        return None if value is None else int(value)

    def filled(self, name: str, template: Any) -> Any:
        if self._is_jsonata:
            return evaluate(template, self._states, self._scope, name)
        return fill_template(template, self._document, self._scope)

    def arguments(self, name: str, parameters: Any, arguments: Any) -> dict[str, Any]:
        """What the reader or the writer is called with. Raises StateFailed."""
        template = arguments if self._is_jsonata else parameters
        filled = {} if template is ABSENT else self.filled(f"{name}/{'Arguments' * self._is_jsonata}", template)
        if not isinstance(filled, dict):
            raise _unexpected(f"{name}/Arguments", template, "object", filled)
        return filled

    def items(self) -> Any:
        """The array or the object whose elements are the items. Raises StateFailed."""
        state = self._state
        if self._is_jsonata:
            if state.items is ABSENT:
                found = self._document
            elif isinstance(state.items, str):
                return self._evaluated("Items", state.items, "array", _is_collection)
            else:
                found = self.filled("Items", state.items)
        else:
            found = read_path(state.items_path or "$", self._document, self._scope)
        if not _is_collection(found):
            path = "$" if self._is_jsonata else state.items_path
            raise StateFailed(RUNTIME, f'Reference path "{path}" must point to array or object.')
        return found

    def _evaluated(self, name: str, expression: str, expected: str, fits: Any) -> Any:
        value = evaluate(expression, self._states, self._scope, name)
        if not fits(value):
            raise _unexpected(name, expression, expected, value)
        return value


def _unexpected(name: str, expression: Any, expected: str, value: Any) -> StateFailed:
    text = expression[2:-2].strip() if isinstance(expression, str) else json_text(expression)
    return EvaluationFailed(
        f"The JSONata expression '{text}' specified for the field '{name}' returned an unexpected result type. "
        f"Expected '{expected}', but was '{_kind(value)}' for value: {json_text(value)}",
        name,
    )


def _kind(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    kinds = {str: "string", int: "number", float: "number", list: "array"}
    return kinds.get(type(value), "object")


def _positive(name: str, value: int | None, largest: int | None = None) -> int | None:
    """A count that is one at least; AWS takes 0 for absent, and what is too large for the largest."""
    if not value:
        return None
    return value if largest is None else min(value, largest)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_collection(value: Any) -> bool:
    return isinstance(value, list | dict)
