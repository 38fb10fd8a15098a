"""How map runs begin, and begin anew."""

from dataclasses import dataclass
from typing import Any

import msgspec

from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.services.stepfunctions.distributed.plan import Plan
from serein.services.stepfunctions.distributed.runs import (
    ABORTED,
    BEGINNING,
    FAILED,
    RUNNING,
    STOPPING,
    WRITTEN,
    MapRun,
    label_of,
    map_run_arn,
)
from serein.services.stepfunctions.distributed.sources import Position
from serein.services.stepfunctions.failure import RUNTIME
from serein.services.stepfunctions.language import Map
from serein.services.stepfunctions.store import map_runs

MOST_REDRIVES = 1000
"""AWS: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html"""


class Progress(msgspec.Struct, array_like=True):
    """How far a dataset has become portions; what is read but not in a portion is read again."""

    position: Position = Position()
    items: int = 0
    portions: int = 0
    is_complete: bool = False
    is_untold: bool = False
    """Whether the history doesn't have the state's `MapStateStarted` yet."""

    def encode(self) -> str:
        return msgspec.json.encode(self).decode()

    @staticmethod
    def decode(text: str) -> "Progress":
        return msgspec.json.decode(text, type=Progress)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapRunWanted:
    """What a distributed Map state wants that was entered, and by which its end is told: `task` of that frame."""

    execution_id: int
    frame_id: int
    task: int
    execution_arn: str
    machine_arn: str
    """Of the state machine, without version or alias."""
    revision: str
    """The id of the machine's revision that the execution runs."""
    state: Map
    plan: Plan
    is_redriven: bool = False
    """Whether the state has been entered before: its `MapStateStarted` isn't told again."""


def begin_map_run(tx: Transaction, wanted: MapRunWanted) -> None:
    """Begin a map run. A state that is redriven goes on with the one it had, if it came to that."""
    if wanted.is_redriven and _redrive(tx, wanted):
        return
    run_id, plan = new_uuid(), wanted.plan
    label = label_of(wanted.state.label, wanted.machine_arn, wanted.state.name)
    run = MapRun(
        id=run_id,
        arn=map_run_arn(wanted.machine_arn, label, run_id),
        execution_id=wanted.execution_id,
        frame_id=wanted.frame_id,
        task=wanted.task,
        execution_arn=wanted.execution_arn,
        machine_arn=wanted.machine_arn,
        revision=wanted.revision,
        state_name=wanted.state.name,
        phase=BEGINNING,
        status=RUNNING,
        position=Progress(is_untold=wanted.is_redriven).encode(),
        max_concurrency=plan.max_concurrency,
        tolerated_count=plan.tolerated_count,
        tolerated_percentage=plan.tolerated_percentage,
        error=None,
        cause=None,
        started_at=tx.now,
        stopped_at=0.0,
        redrive_count=0,
        redriven_at=0.0,
    )
    map_runs.insert_run(tx, run, plan.encode())


def _redrive(tx: Transaction, wanted: MapRunWanted) -> bool:
    """Go on with the map run of a state: with the children that failed, and those that were never started."""
    run = map_runs.find_run_of(tx, wanted.execution_id, wanted.frame_id)
    if run is None or run.state_name != wanted.state.name or run.status not in (FAILED, ABORTED):
        return False
    values: dict[str, Any] = {"task": wanted.task, "status": RUNNING, "stopped_at": 0.0}
    if run.redrive_count >= MOST_REDRIVES:
        values |= {
            "phase": STOPPING,
            "error": RUNTIME,
            "cause": f"A Map Run can't be redriven more than {MOST_REDRIVES} times.",
        }
    else:
        progress = Progress.decode(run.position)
        # Why without the tag: what was wrong with a dataset may have been mended.
        progress.position = progress.position._replace(etag="")
        map_runs.redrive_portions(tx, run.id)
        map_runs.forget_count(tx, run.id, WRITTEN)
        values |= {"phase": BEGINNING, "error": None, "cause": None}
        values |= {"redrive_count": run.redrive_count + 1, "redriven_at": tx.now, "position": progress.encode()}
    map_runs.change_run(tx, run.id, **values)
    map_runs.make_due(tx, run.id)
    return True
