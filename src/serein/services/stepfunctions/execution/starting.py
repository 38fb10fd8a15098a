"""Starting executions, in the transaction of whoever wants them."""

from dataclasses import dataclass

from serein.kernel.arn import arn_of
from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.stepfunctions.errors import ExecutionAlreadyExists
from serein.services.stepfunctions.execution.launches import Launch, Launches, RunExpress
from serein.services.stepfunctions.execution.memory import memory_of
from serein.services.stepfunctions.execution.stepping import LONGEST_SECONDS, close_run, open_run, set_lifetime
from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.outcomes import RUNNING
from serein.services.stepfunctions.machines import Revision
from serein.services.stepfunctions.store.executions import (
    Execution,
    Origin,
    Progress,
    append_execution,
    find_by_arn,
    find_input,
)
from serein.services.stepfunctions.store.frames import append_claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """An execution that is to be."""

    arn: str
    machine_arn: str
    """Without a version or an alias; of a child of a map run with its label: `…:stateMachine:NAME/LABEL`."""
    machine_name: str
    name: str
    revision: Revision
    input: str
    """JSON text."""
    is_express: bool = False
    version_arn: str = ""
    alias_arn: str = ""
    trace_id: str = ""
    map_run_arn: str = ""
    state_name: str = ""
    """The Map state whose processor a child of a map run runs."""
    item_count: int = 0


@dataclass(frozen=True, slots=True)
class Started:
    """`effects` are to be launched once the transaction has committed."""

    execution_id: int
    arn: str
    started_at: float
    effects: Launches


def execution_arn(scope: Scope, machine_name: str, name: str) -> str:
    """The ARN of a Standard execution; of a map run's child the machine's name has the label: `NAME/LABEL`."""
    return arn_of("states", scope, f"execution:{machine_name}:{name}")


def express_arn(scope: Scope, machine_name: str, name: str, unique: str) -> str:
    """The ARN of an Express execution: names may be used again at once."""
    return arn_of("states", scope, f"express:{machine_name}:{name}:{unique}")


def start(tx: Transaction, platform: Platform, wanted: Start) -> Started:
    """Begin an execution.

    The one of that name is returned when it runs and was given the same input. Raises ExecutionAlreadyExists.
    """
    memory = memory_of(platform)
    origin = Origin(
        wanted.revision.id,
        wanted.machine_name,
        wanted.version_arn,
        wanted.alias_arn,
        wanted.trace_id,
        wanted.state_name,
        wanted.item_count,
    )
    execution = Execution(
        memory.next_id(tx),
        wanted.arn,
        wanted.machine_arn,
        wanted.name,
        RUNNING,
        wanted.is_express,
        tx.now,
        0.0,
        wanted.map_run_arn,
        origin,
        Progress(),
    )
    if not append_execution(tx, execution, wanted.input):
        return _found(tx, wanted)
    if wanted.is_express:
        append_claim(tx, execution.id, memory.server)
        launch = Launch(
            execution.id, wanted.arn, execution.scope, wanted.revision.role_arn, wanted.trace_id, RunExpress()
        )
        return Started(execution.id, wanted.arn, tx.now, [launch])
    run = open_run(tx, platform, execution)
    seconds = min(run.machine.timeout_seconds or LONGEST_SECONDS, LONGEST_SECONDS)
    set_lifetime(tx, memory, execution.id, tx.now + seconds)
    interpreting.begin(run)
    return Started(execution.id, wanted.arn, tx.now, close_run(tx, platform, execution, run))


def _found(tx: Transaction, wanted: Start) -> Started:
    found = find_by_arn(tx, wanted.arn)
    if found is None or found.status != RUNNING or find_input(tx, found.id) != wanted.input:
        raise ExecutionAlreadyExists(f"Execution Already Exists: '{wanted.arn}'")
    return Started(found.id, found.arn, found.started_at, [])
