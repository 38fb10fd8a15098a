"""How the children of map runs end, and how map runs are given up."""

from typing import Protocol

from serein.kernel.database import Transaction
from serein.services.stepfunctions.distributed.runs import ABORTED, STOPPING, SUCCEEDED
from serein.services.stepfunctions.store import map_runs


class EndedChild(Protocol):
    """An execution that has ended."""

    @property
    def id(self) -> int: ...

    @property
    def status(self) -> str: ...

    @property
    def map_run_arn(self) -> str: ...


def child_ended(tx: Transaction, execution: EndedChild) -> None:
    """A child of a map run has ended: count it, and have the run go on."""
    run_id = execution.map_run_arn.rpartition(":")[2]
    items = map_runs.portion_ended(tx, run_id, execution.id, execution.status)
    if items is None:
        return
    map_runs.count(tx, run_id, execution.status, 1, items)
    executions, _ = map_runs.counts_of(tx, run_id)
    # Why not always: of many children that succeed while none is left to start, the last one matters.
    # Why for failures: they may be too many, and two that end at once may not see each other.
    if execution.status != SUCCEEDED or executions.is_waiting or not executions.running:
        map_runs.make_due(tx, run_id)


def abort_map_runs(tx: Transaction, execution_id: int, frame_id: int = 0) -> None:
    """Give up the map runs of an execution, or of one of its frames: no child is started, running ones are stopped."""
    for run in map_runs.open_runs_of(tx, execution_id, frame_id):
        map_runs.change_run(tx, run.id, phase=STOPPING, status=ABORTED, stopped_at=tx.now)
        map_runs.make_due(tx, run.id)
