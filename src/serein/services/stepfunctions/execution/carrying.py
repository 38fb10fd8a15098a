"""The effects of a run: most are rows of the same transaction, the rest is launched once it has committed."""

from serein.kernel.database import Delivery, Policy, Target, Transaction
from serein.services.stepfunctions.activities import ActivityTask
from serein.services.stepfunctions.distributed.beginning import MapRunWanted, begin_map_run
from serein.services.stepfunctions.distributed.ending import abort_map_runs
from serein.services.stepfunctions.execution.launches import Launch, Launches, PollJob
from serein.services.stepfunctions.interpreter.effects import Abandon, BeginMapRun, OfferActivity, Perform, Watch
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import Map
from serein.services.stepfunctions.store.activities import append_task, delete_task
from serein.services.stepfunctions.store.executions import Execution
from serein.services.stepfunctions.store.timers import watch
from serein.services.stepfunctions.tasks import TaskRequest, parse_resource, watched_topic

_STOPPING = Policy(maximum_attempts=5)


def carry_out(tx: Transaction, execution: Execution, run: Run) -> Launches:
    """Write what a run's effects are; returns those that are calls."""
    launches: Launches = []
    for effect in run.effects:
        if isinstance(effect, Perform):
            if run.wants(effect):
                launches.append(launch_of(execution, run, effect))
        elif isinstance(effect, OfferActivity):
            task = ActivityTask(execution.id, effect.frame_id, effect.task, effect.token, effect.input)
            append_task(tx, effect.resource, task)
        elif isinstance(effect, Watch):
            watch(tx, _topic(execution, run, effect), execution.id, effect.frame_id)
        elif isinstance(effect, BeginMapRun):
            _begin_map_run(tx, execution, effect)
        else:
            _abandon(tx, execution, effect)
    return launches


def launch_of(execution: Execution, run: Run, what: Perform | PollJob) -> Launch:
    origin = execution.origin
    return Launch(execution.id, execution.arn, execution.scope, run.facts.role_arn, origin.trace_id, what)


def _topic(execution: Execution, run: Run, effect: Watch) -> str:
    resource = parse_resource(effect.state.resource)
    request = TaskRequest(resource, None, execution.arn, effect.state.name, run.facts.role_arn)
    return watched_topic(request, effect.submitted)


def _begin_map_run(tx: Transaction, execution: Execution, effect: BeginMapRun) -> None:
    wanted = MapRunWanted(
        execution_id=execution.id,
        frame_id=effect.frame_id,
        task=effect.task,
        execution_arn=execution.arn,
        machine_arn=execution.machine_arn,
        revision=execution.origin.revision_id,
        state=effect.state,
        plan=effect.plan,
        is_redriven=effect.is_redriven,
    )
    begin_map_run(tx, wanted)


def _abandon(tx: Transaction, execution: Execution, effect: Abandon) -> None:
    if isinstance(effect.state, Map):
        abort_map_runs(tx, execution.id, effect.frame_id)
        return
    resource = parse_resource(effect.state.resource)
    if resource.kind == "activity":
        delete_task(tx, execution.id, effect.frame_id, effect.task)
    elif resource.waits_for_job and effect.submitted is not None:
        # Why a delivery: it is owed, whatever becomes of this server.
        target = Target("stepfunctions", "StopExecution", execution.scope)
        tx.send(Delivery(target, {"executionArn": effect.submitted["ExecutionArn"]}, _STOPPING))
