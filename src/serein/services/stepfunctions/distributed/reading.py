"""From a map run's dataset to portions, each the input of one child."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from itertools import islice
from typing import NamedTuple

from serein.kernel.call import Platform
from serein.kernel.compressed import MalformedData
from serein.services.stepfunctions.distributed.batching import Batcher, Portion, select
from serein.services.stepfunctions.distributed.beginning import Progress
from serein.services.stepfunctions.distributed.children import state_of
from serein.services.stepfunctions.distributed.formats import Item, members_of
from serein.services.stepfunctions.distributed.plan import READER_FAILED, Plan
from serein.services.stepfunctions.distributed.runs import MapRun
from serein.services.stepfunctions.distributed.sources import Dataset, Position
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.language import Map
from serein.services.stepfunctions.store import map_runs
from serein.services.stepfunctions.store.machines import require_revision

__all__ = ["Portion", "portions_of"]

_AT_ONCE, _EXPRESSIONS_AT_ONCE = 250, 25
"""How many items are prepared before others have the event loop; an expression takes its time."""
_BYTES_AT_ONCE = 1024 * 1024


class Read(NamedTuple):
    item: Item
    position: Position


async def portions_of(platform: Platform, run: MapRun) -> AsyncGenerator[tuple[list[Portion], Progress], None]:
    """Portions of the items that aren't in one yet, a list at a time, each with the progress behind it.

    The last progress is complete. Raises StateFailed.
    """
    plan, state = await load(platform, run)
    progress = Progress.decode(run.position)
    maker = Maker(state, plan, progress)
    try:
        size = _EXPRESSIONS_AT_ONCE if state.query_language == "JSONata" else _AT_ONCE
        async for read in _chunks(_items(platform, run, state, plan, progress), size):
            for portions in _slices(maker.feed(read)):
                yield portions, maker.progress_behind(portions)
    except MalformedData as error:
        raise StateFailed(READER_FAILED, str(error)) from None
    portions = maker.close()
    behind = maker.progress_behind(portions)
    behind.is_complete = True
    yield portions, behind


async def load(platform: Platform, run: MapRun) -> tuple[Plan, Map]:
    """The plan of a map run, and its state."""
    plan = await platform.database.read(lambda tx: map_runs.find_plan(tx, run.id))
    revision = await platform.database.read(lambda tx: require_revision(tx, run.revision))
    return Plan.decode(plan), state_of(run, revision)


class Maker:
    """Makes portions of items, and knows which items are in them."""

    def __init__(self, state: Map, plan: Plan, progress: Progress) -> None:
        self._state = state
        self._plan = plan
        self._progress = progress
        self._index = progress.items
        self._batcher = Batcher(plan)
        self._positions: list[Position] = []
        """Of the items that are read but not in a portion."""

    def feed(self, read: list[Read]) -> list[Portion]:
        values = select(self._state, self._plan, (entry.item for entry in read), self._index)
        made = list(self._batcher.feed(values))
        self._index += len(read)
        self._positions += [entry.position for entry in read]
        return made

    def close(self) -> list[Portion]:
        return list(self._batcher.close())

    def progress_behind(self, portions: list[Portion]) -> Progress:
        """The progress once these portions are kept, which are the next ones."""
        items = sum(portion.item_count for portion in portions)
        position = self._positions[items - 1] if items else self._progress.position
        del self._positions[:items]
        self._progress = Progress(position, self._progress.items + items, self._progress.portions + len(portions))
        return self._progress


async def _items(platform: Platform, run: MapRun, state: Map, plan: Plan, progress: Progress) -> AsyncIterator[Read]:
    if plan.reader is None or state.item_reader is None:
        for done, item in enumerate(islice(members_of(plan.items), progress.items, None), progress.items + 1):
            yield Read(item, Position("", done))
        return
    left = None if plan.max_items is None else plan.max_items - progress.items
    if left is not None and left <= 0:
        return
    dataset = Dataset(platform, run.scope, state.item_reader, plan.reader)
    async for item, position in dataset.read(progress.position):
        yield Read(item, position)
        if left is not None:
            left -= 1
            if left == 0:
                return


async def _chunks(items: AsyncIterator[Read], size: int) -> AsyncIterator[list[Read]]:
    chunk: list[Read] = []
    async for item in items:
        chunk.append(item)
        if len(chunk) >= size:
            yield chunk
            chunk = []
            # Why: items of a state's input come without a wait, and others want the event loop.
            await asyncio.sleep(0)
    if chunk:
        yield chunk


def _slices(portions: list[Portion]) -> Iterator[list[Portion]]:
    """The portions in lists that one transaction takes."""
    taken: list[Portion] = []
    size = 0
    for portion in portions:
        taken.append(portion)
        size += len(portion.input)
        if size >= _BYTES_AT_ONCE:
            yield taken
            taken, size = [], 0
    if taken:
        yield taken
