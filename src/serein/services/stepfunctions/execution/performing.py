"""Doing what steps want done: calls of tasks, looks at jobs, Express executions. All of it may be done twice.

A call is made while its frame belongs to this server; its outcome is a step, and what that launches goes on here.
"""

from typing import Any

from serein.kernel.call import Call, Platform
from serein.kernel.ids import new_request_id
from serein.kernel.scope import Caller
from serein.services.stepfunctions.execution.launches import Launch, Launches, PollJob, RunExpress
from serein.services.stepfunctions.execution.resuming import settle
from serein.services.stepfunctions.execution.stored_express import run_stored
from serein.services.stepfunctions.failure import RUNTIME, StateFailed
from serein.services.stepfunctions.interpreter.effects import Perform
from serein.services.stepfunctions.interpreter.frames import POLL
from serein.services.stepfunctions.interpreter.outcomes import Done, Failed, Outcome, Submitted
from serein.services.stepfunctions.interpreter.tokens import Place
from serein.services.stepfunctions.store.timers import Timer, drop_timer
from serein.services.stepfunctions.tasks import TaskRequest, find_outcome, parse_resource, submit
from serein.services.stepfunctions.tasks.executions import Over

_BROKEN_OFF = "The call of the task broke off within Serein; the server's log says why."


def launch(platform: Platform, launches: Launches) -> None:
    """Begin to do what a transaction that has committed wants done."""
    for each in launches:
        platform.workers.activities.start(f"execution {each.arn}", _carry_on(platform, each))


async def _carry_on(platform: Platform, first: Launch) -> None:
    following: Launches = [first]
    while following:
        current, *others = following
        launch(platform, others)
        try:
            following = await _perform(platform, current)
        except Exception:
            # Why: an execution must not wait for ever for a call that broke off; the log tells what it was.
            await _give_up(platform, current)
            raise


async def _give_up(platform: Platform, current: Launch) -> None:
    what = current.what
    if isinstance(what, Perform):
        place, failed = Place(current.execution_id, what.frame_id, what.task), Failed(RUNTIME, _BROKEN_OFF)
        launch(platform, await platform.database.write(lambda tx: settle(tx, platform, place, failed)))


async def _perform(platform: Platform, current: Launch) -> Launches:
    what = current.what
    if isinstance(what, RunExpress):
        run = current.execution_id

        async def perform(effect: Perform) -> Outcome | Submitted:
            return await perform_task(platform, current, effect, f"{run}/{effect.frame_id}/{effect.task}")

        await run_stored(platform, run, perform)
        return []
    place = Place(current.execution_id, what.frame_id, what.task)
    outcome: Outcome | Submitted | None
    if isinstance(what, PollJob):
        outcome = await _look(platform, current, what)
        if outcome is None:
            timer, again_at = Timer(current.execution_id, what.frame_id, POLL), what.again_at
            await platform.database.write(lambda tx: drop_timer(tx, timer, again_at))
            return []
    else:
        outcome = await perform_task(platform, current, what, "/".join(map(str, place)))
    came = outcome
    return await platform.database.write(lambda tx: settle(tx, platform, place, came))


async def perform_task(platform: Platform, current: Launch, what: Perform, task_id: str) -> Outcome | Submitted:
    """Make the call of a task; `task_id` tells the attempt from all others."""
    resource = parse_resource(what.state.resource)
    request = TaskRequest(
        resource,
        what.parameters,
        current.arn,
        what.state.name,
        current.role_arn,
        what.credentials_role_arn,
        task_id=task_id,
    )
    try:
        output = await submit(_call(platform, current), request)
    except StateFailed as failure:
        return Failed(failure.error, failure.cause)
    if isinstance(output, Over):
        return Done(output.output)
    return Submitted(output) if resource.pattern else Done(output)


async def _look(platform: Platform, current: Launch, what: PollJob) -> Outcome | None:
    """See whether a job is over; None while it runs."""
    resource = parse_resource(what.state.resource)
    request = TaskRequest(resource, None, current.arn, what.state.name, current.role_arn, what.credentials_role_arn)
    try:
        output: Any = await find_outcome(_call(platform, current), request, what.submitted)
    except StateFailed as failure:
        return Failed(failure.error, failure.cause)
    return None if output is None else Done(output)


def _call(platform: Platform, current: Launch) -> Call:
    caller = Caller.of_service("states", current.scope)
    scope = current.scope
    return Call(platform, "stepfunctions", "StartExecution", scope, caller, new_request_id(), current.trace_id)
