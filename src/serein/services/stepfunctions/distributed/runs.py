"""Map runs as they are kept, and what is shown of them."""

import hashlib
from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import Arn, find_arn
from serein.kernel.scope import Scope
from serein.services.stepfunctions.errors import InvalidArn
from serein.services.stepfunctions.machines import parse_arn

RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED = "RUNNING", "SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED"
PENDING = "PENDING"
"""A portion whose child hasn't been started."""
REDRIVE = "PENDING_REDRIVE"
"""A portion whose child failed and is to go on."""
TOTAL, STARTED, WRITTEN = "TOTAL", "STARTED", "WRITTEN"
"""Counts besides those of the statuses that a child ends with: all, those that aren't pending, those exported."""
UNSUCCESSFUL = (FAILED, TIMED_OUT, ABORTED)

_REDRIVABLE_SECONDS = 14 * 86_400
MOST_AT_ONCE = 10_000
"""How many children of a map run go side by side when nothing else is said; no more on AWS."""

BEGINNING, READING, FINISHING, STOPPING, WRITING, OVER = (
    "beginning",
    "reading",
    "finishing",
    "stopping",
    "writing",
    "over",
)
"""Phases: nothing done yet; items are left in the dataset; all are known; no child may run on; results are due."""


@dataclass(frozen=True, slots=True)
class MapRun:
    """A map run, without its plan."""

    id: str
    arn: str
    execution_id: int
    frame_id: int
    task: int
    execution_arn: str
    machine_arn: str
    revision: str
    state_name: str
    phase: str
    status: str
    position: str
    """JSON of a `sources.Position` and of how many items were read."""
    max_concurrency: int
    tolerated_count: int | None
    tolerated_percentage: float | None
    error: str | None
    cause: str | None
    started_at: float
    stopped_at: float
    """0 while it goes on."""
    redrive_count: int
    redriven_at: float

    @property
    def scope(self) -> Scope:
        return _require_arn(self.arn).scope

    @property
    def concurrency(self) -> int:
        """How many children may run at once."""
        return min(self.max_concurrency or MOST_AT_ONCE, MOST_AT_ONCE)

    @property
    def labelled_machine_arn(self) -> str:
        """The ARN that the children's state machine has: `…:stateMachine:NAME/LABEL`."""
        return f"{self.machine_arn.partition('/')[0]}/{self.label}"

    @property
    def label(self) -> str:
        """What tells the state's map runs and children from those of other states of the machine."""
        return self.arn.rsplit(":", 2)[1].partition("/")[2]


@dataclass(frozen=True, slots=True)
class Counts:
    """How many executions, or items in them, a map run has of each status."""

    numbers: dict[str, int]

    def of(self, status: str) -> int:
        return self.numbers.get(status, 0)

    @property
    def ended(self) -> int:
        return sum(self.of(status) for status in (SUCCEEDED, *UNSUCCESSFUL))

    @property
    def running(self) -> int:
        return self.of(STARTED) - self.ended

    @property
    def pending(self) -> int:
        return self.of(TOTAL) - self.of(STARTED) - self.of(REDRIVE)

    @property
    def is_waiting(self) -> bool:
        """Whether any are to be started, or to go on."""
        return self.pending > 0 or self.of(REDRIVE) > 0

    @property
    def failed(self) -> int:
        """Those that count for the tolerated failures."""
        return self.of(FAILED) + self.of(TIMED_OUT)

    def shown(self, *, is_redrivable: bool) -> dict[str, int]:
        """`itemCounts` and `executionCounts` of the API."""
        unsuccessful = sum(self.of(status) for status in UNSUCCESSFUL)
        return {
            "pending": self.pending,
            "running": self.running,
            "succeeded": self.of(SUCCEEDED),
            "failed": self.of(FAILED),
            "timedOut": self.of(TIMED_OUT),
            "aborted": self.of(ABORTED),
            "total": self.of(TOTAL),
            "resultsWritten": self.of(WRITTEN),
            "failuresNotRedrivable": 0 if is_redrivable else unsuccessful,
            "pendingRedrive": self.of(REDRIVE),
        }


def machine_name_of(machine_arn: str) -> str:
    """The name of the state machine, without a label."""
    return _name(_require_arn(machine_arn))


def map_run_arn(machine_arn: str, label: str, run_id: str) -> str:
    """`arn:aws:states:REGION:ACCOUNT:mapRun:NAME/LABEL:UUID`."""
    found = _require_arn(machine_arn)
    return str(Arn(found.partition, "states", found.region, found.account, f"mapRun:{_name(found)}/{label}:{run_id}"))


def child_arn(machine_arn: str, label: str, name: str, express_id: str = "") -> str:
    """The ARN of a child execution; those of Express children have an id behind their name."""
    found = _require_arn(machine_arn)
    kind, rest = ("express", f"{name}:{express_id}") if express_id else ("execution", name)
    return str(Arn(found.partition, "states", found.region, found.account, f"{kind}:{_name(found)}/{label}:{rest}"))


def label_of(said: str | None, machine_arn: str, state_name: str) -> str:
    """The label that a state was given, or one of its own that stays the same.

    AWS: "If you don't include a label, Step Functions automatically generates a unique label."
    """
    if said:
        return said
    digits = hashlib.sha256(f"{machine_arn}\n{state_name}".encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"


def parse_map_run_arn(text: str) -> tuple[Scope, str]:
    """The account and region, and the id, of a map run's ARN. Raises InvalidArn."""
    place, _, run_id = parse_arn(text, "mapRun").partition(":")
    if "/" not in place or not run_id:
        raise InvalidArn(f"Invalid Arn: '{text}'")
    return _require_arn(text).scope, run_id


def described(run: MapRun, executions: Counts, items: Counts, now: float) -> dict[str, Any]:
    """DescribeMapRun's reply."""
    is_redrivable = run.status != SUCCEEDED and (not run.stopped_at or now - run.stopped_at <= _REDRIVABLE_SECONDS)
    shown: dict[str, Any] = {
        "mapRunArn": run.arn,
        "executionArn": run.execution_arn,
        "status": run.status,
        "startDate": run.started_at,
        "maxConcurrency": run.max_concurrency,
        "toleratedFailurePercentage": run.tolerated_percentage or 0.0,
        "toleratedFailureCount": run.tolerated_count or 0,
        "itemCounts": items.shown(is_redrivable=is_redrivable),
        "executionCounts": executions.shown(is_redrivable=is_redrivable),
        "redriveCount": run.redrive_count,
    }
    if run.stopped_at:
        shown["stopDate"] = run.stopped_at
    if run.redriven_at:
        shown["redriveDate"] = run.redriven_at
    return shown


def _require_arn(text: str) -> Arn:
    found = find_arn(text)
    if found is None:
        raise InvalidArn(f"Invalid Arn: 'Invalid ARN prefix: {text}'")
    return found


def _name(machine: Arn) -> str:
    """Why without a label: the maps within a child's machine are those of the whole definition."""
    return machine.resource.split(":")[1].partition("/")[0]
