"""What a Map state under test makes of its items, up to the point at which it would begin with them."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

from serein.kernel.compressed import MalformedData
from serein.services.stepfunctions.distributed.batching import Batcher, select
from serein.services.stepfunctions.distributed.formats import Item, items_in, members_of
from serein.services.stepfunctions.distributed.plan import READER_FAILED, Plan, make_plan
from serein.services.stepfunctions.distributed.thresholds import EXCEEDED, EXCEEDED_CAUSE, is_exceeded
from serein.services.stepfunctions.errors import ValidationException
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.language import ItemReader, Map
from serein.services.stepfunctions.trial.asking import Trial
from serein.services.stepfunctions.trial.reporting import Inspection
from serein.services.stepfunctions.trial.sight import Sight

_SOURCE = "S3://TestState"


async def prepare_items(trial: Trial, sight: Sight, inspection: Inspection, state: Map, document: Any) -> None:
    """Show how items are read, selected and batched, and fail the state when too many of them have failed.

    Raises StateFailed, and ValidationException when more items have failed than there are.
    """
    plan = make_plan(state, document, sight.scope)
    items = await _read_items(trial, inspection, state, plan)
    _show_limits(inspection, state, plan)
    if items is not None:
        _show_children(inspection, state, plan, items)
        if trial.failed_iterations > len(items):
            raise ValidationException(
                f"MapIterationFailureCount {trial.failed_iterations} exceeds the number of iterations {len(items)}"
            )
    total = None if items is None else len(items)
    if is_exceeded(trial.failed_iterations, total, plan.tolerated_count, plan.tolerated_percentage):
        raise StateFailed(EXCEEDED, EXCEEDED_CAUSE)


async def _read_items(trial: Trial, inspection: Inspection, state: Map, plan: Plan) -> list[Item] | None:
    """The items; None when they would be read from S3 and the test doesn't say what is there."""
    if plan.reader is None:
        if state.query_language == "JSONPath":
            inspection.show("afterItemsPath", plan.items)
        return list(members_of(plan.items))
    assert state.item_reader is not None, "a plan has a reader when the state has one"
    if trial.reader_data is None:
        return None
    try:
        items = [item async for item in _items_of(state.item_reader, trial.reader_data)]
    except MalformedData as malformed:
        raise StateFailed(READER_FAILED, str(malformed)) from malformed
    if state.item_reader.config.items_pointer:
        is_object = bool(items) and items[0].key is not None
        pointed = {item.key: item.value for item in items} if is_object else [item.value for item in items]
        inspection.show("afterItemsPointer", pointed)
    return items if plan.max_items is None else items[: plan.max_items]


def _items_of(reader: ItemReader, text: str) -> AsyncIterator[Item]:
    config = reader.config
    if reader.resource.endswith(":listObjectsV2"):
        # AWS: the items are the objects of the listing, and their contents when they are loaded.
        config = replace(config, input_type="JSON")
    return items_in(_chunks(text), config, _SOURCE)


async def _chunks(text: str) -> AsyncIterator[bytes]:
    yield text.encode()


def _show_limits(inspection: Inspection, state: Map, plan: Plan) -> None:
    inspection.note("maxConcurrency", plan.max_concurrency)
    if state.is_distributed:
        if plan.tolerated_count is not None:
            inspection.note("toleratedFailureCount", plan.tolerated_count)
        if plan.tolerated_percentage is not None:
            inspection.note("toleratedFailurePercentage", plan.tolerated_percentage)


def _show_children(inspection: Inspection, state: Map, plan: Plan, items: list[Item]) -> None:
    selected = list(select(state, plan, items, 0))
    inspection.show("afterItemSelector", selected)
    if state.item_batcher is not None:
        batcher = Batcher(plan)
        portions = [*batcher.feed(selected), *batcher.close()]
        inspection.show("afterItemBatcher", [json.loads(portion.input) for portion in portions])
