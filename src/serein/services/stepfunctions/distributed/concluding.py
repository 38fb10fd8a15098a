"""The end of a map run: its results exported or put together, and its state told."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.distributed import children, runs
from serein.services.stepfunctions.distributed.exporting import Export
from serein.services.stepfunctions.distributed.plan import WRITER_FAILED
from serein.services.stepfunctions.distributed.reading import load
from serein.services.stepfunctions.distributed.results import COMPACT, Child, texts_of
from serein.services.stepfunctions.distributed.runs import ABORTED, FAILED, PENDING, REDRIVE, SUCCEEDED, MapRun
from serein.services.stepfunctions.execution import resuming
from serein.services.stepfunctions.failure import DATA_LIMIT_EXCEEDED, StateFailed
from serein.services.stepfunctions.interpreter.outcomes import Done, Failed
from serein.services.stepfunctions.language import ResultWriter
from serein.services.stepfunctions.store import map_runs

LARGEST_OUTPUT_BYTES = 262_144
_AT_ONCE = 100
_KINDS = {
    "SUCCEEDED": (runs.SUCCEEDED,),
    "FAILED": runs.UNSUCCESSFUL,
    "PENDING": (PENDING, REDRIVE),
}


async def prepare_export(platform: Platform, run: MapRun) -> None:
    """See that results can be written. Raises StateFailed.

    AWS: a map run whose results can't be exported fails before any child is started.
    """
    plan, state = await load(platform, run)
    if plan.writer is not None and state.result_writer is not None:
        await _export(platform, run, plan.writer, state.result_writer).finish(run.arn)


async def conclude(platform: Platform, run: MapRun, lease_seconds: float) -> None:
    """Export or collect the results, and end the state unless it was given up."""
    collecting = _Collecting(platform, run, lease_seconds)
    failure = None if run.error is None else StateFailed(run.error, run.cause)
    output: Any = None
    try:
        if run.error != WRITER_FAILED:
            output = await collecting.export() or (None if failure else await collecting.collect())
    except StateFailed as other:
        failure = failure or other
    effects = await platform.database.write(lambda tx: _end(tx, platform, run, output, failure, collecting.written))
    children.launch(platform, effects)


class _Collecting:
    """The results of a run, page after page."""

    def __init__(self, platform: Platform, run: MapRun, lease_seconds: float) -> None:
        self._platform = platform
        self._run = run
        self._lease_seconds = lease_seconds
        self.written = (0, 0)
        """How many executions were exported, and how many items in them."""

    async def export(self) -> dict[str, Any] | None:
        """Write the results to S3; None when nobody wants that. Raises StateFailed."""
        plan, state = await load(self._platform, self._run)
        writer = state.result_writer
        if plan.writer is None or writer is None:
            return None
        export = _export(self._platform, self._run, plan.writer, writer)
        for kind, statuses in _KINDS.items():
            await export.write(kind, self._texts(statuses, writer.transformation))
        return await export.finish(self._run.arn)

    async def collect(self) -> Any:
        """The array of all results. Raises StateFailed when it is larger than a state's output may be."""
        _, state = await load(self._platform, self._run)
        writer = state.result_writer
        texts: list[bytes] = []
        size = 1
        async for text in self._texts((), writer.transformation if writer else COMPACT):
            texts.append(text)
            size += len(text) + 1
            if size > LARGEST_OUTPUT_BYTES:
                raise StateFailed(
                    DATA_LIMIT_EXCEEDED,
                    f"The state/task '{self._run.state_name}' returned a result with a size exceeding the maximum "
                    "number of bytes service limit.",
                )
        return msgspec.json.decode(b"[" + b",".join(texts) + b"]")

    async def _texts(self, statuses: tuple[str, ...], transformation: str) -> AsyncIterator[bytes]:
        after = -1
        while page := await self._page(statuses, after):
            for text in texts_of(page, transformation):
                yield text
            after = page[-1].number
            ended = [child for child in page if child.arn]
            executions, items = self.written
            self.written = (executions + len(ended), items + sum(child.item_count for child in ended))

    async def _page(self, statuses: tuple[str, ...], after: int) -> list[Child]:
        run_id = self._run.id
        await self._platform.database.write(lambda tx: map_runs.renew(tx, run_id, self._lease_seconds))
        return await self._platform.database.read(
            lambda tx: map_runs.children_of(tx, run_id, statuses, after, _AT_ONCE)
        )


def _export(platform: Platform, run: MapRun, arguments: dict[str, Any], writer: ResultWriter) -> Export:
    return Export(platform, run.scope, arguments, run.id, writer.output_type)


def _end(
    tx: Transaction,
    platform: Platform,
    run: MapRun,
    output: Any,
    failure: StateFailed | None,
    written: tuple[int, int],
) -> list[Any]:
    """The run is over. Returns effects to launch."""
    current = map_runs.find_run(tx, run.id)
    if current is None or current.phase != runs.WRITING:
        return []
    if isinstance(output, dict):
        map_runs.count(tx, run.id, runs.WRITTEN, *written)
    if current.status == ABORTED:
        map_runs.change_run(tx, run.id, phase=runs.OVER)
        return []
    status = SUCCEEDED if failure is None else FAILED
    map_runs.change_run(
        tx,
        run.id,
        phase=runs.OVER,
        status=status,
        error=failure.error if failure else None,
        cause=failure.cause if failure else None,
        stopped_at=tx.now,
    )
    place = children.place_of(run)
    if failure is None:
        return list(resuming.end_wait(tx, platform, place, Done(output), [{"type": "MapRunSucceeded"}]))
    details = {name: value for name, value in (("error", failure.error), ("cause", failure.cause)) if value is not None}
    event = {"type": "MapRunFailed", "mapRunFailedEventDetails": details}
    return list(resuming.end_wait(tx, platform, place, Failed(failure.error, failure.cause), [event]))
