"""How the children of map runs end, and how map runs are given up."""

from typing import Protocol

from serein.kernel.database import Transaction
from serein.services.stepfunctions.distributed.runs import ABORTED, OVER, STOPPING, UNSUCCESSFUL
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
    """A child of a map run has ended."""
    run_id = execution.map_run_arn.rpartition(":")[2]
    items = map_runs.portion_ended(tx, run_id, execution.id, execution.status)
    if items is not None:
        map_runs.append_end(tx, run_id, execution.id, execution.status, items)


def count_ends(tx: Transaction, limit: int) -> None:
    """Count the children that have ended, of some map runs; those are due which that changes anything for."""
    for run_id in map_runs.runs_with_ends(tx, limit):
        map_runs.count_ends(tx, run_id)
        run = map_runs.find_run(tx, run_id)
        if run is None or run.phase == OVER:
            continue
        executions, _ = map_runs.counts_of(tx, run_id)
        # Why not always: of many children that succeed while none is left to start, the last one matters.
        unsuccessful = any(executions.of(status) for status in UNSUCCESSFUL)
        if unsuccessful or executions.is_waiting or not executions.running:
            map_runs.make_due(tx, run_id)


def abort_map_runs(tx: Transaction, execution_id: int, frame_id: int = 0) -> None:
    """Give up the map runs of an execution, or of one of its frames: no child is started, running ones are stopped."""
    for run in map_runs.open_runs_of(tx, execution_id, frame_id):
        map_runs.change_run(tx, run.id, phase=STOPPING, status=ABORTED, stopped_at=tx.now)
        map_runs.make_due(tx, run.id)
