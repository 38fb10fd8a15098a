"""StartSyncExecution: run an execution of an Express machine, and return how it ended."""

import math
from collections.abc import Mapping
from typing import Any

from serein.kernel.call import Call
from serein.kernel.ids import new_request_id, new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.stepfunctions.errors import StateMachineTypeNotSupported
from serein.services.stepfunctions.execution.express import Flown, fly
from serein.services.stepfunctions.execution.launches import Launch, RunExpress
from serein.services.stepfunctions.execution.performing import perform_task
from serein.services.stepfunctions.execution.starting import express_arn
from serein.services.stepfunctions.execution.stepping import machine_of
from serein.services.stepfunctions.execution.stored_express import facts_of, seen_of
from serein.services.stepfunctions.interpreter.effects import Perform
from serein.services.stepfunctions.interpreter.outcomes import RUNNING, Outcome, Submitted
from serein.services.stepfunctions.machines import EXPRESS, Target
from serein.services.stepfunctions.metrics import count
from serein.services.stepfunctions.names import require_name
from serein.services.stepfunctions.observation import Seen, observe
from serein.services.stepfunctions.payload_checks import require_input
from serein.services.stepfunctions.store.executions import Execution, Origin, Progress
from serein.services.stepfunctions.store.machines import require_target

_BILLED_MILLISECONDS, _BILLED_MEGABYTES = 100, 64


@operation("StartSyncExecution")
async def start_sync_execution(call: Call, request: Request) -> Reply:
    """AWS: an execution that fails is a reply, too."""
    name = require_name(request["name"]) if "name" in request else new_uuid()
    text = require_input(request.get("input", "{}"))
    target = await call.read(lambda tx: require_target(tx, call.scope, request["stateMachineArn"]))
    if target.type != EXPRESS:
        raise StateMachineTypeNotSupported("This operation is not supported by this type of state machine")
    execution = _execution(call, target, name, call.trace_id or request.get("traceHeader", ""))
    launch = Launch(0, execution.arn, call.scope, target.role_arn, execution.origin.trace_id, RunExpress())
    request_id = new_request_id()

    async def perform(effect: Perform) -> Outcome | Submitted:
        return await perform_task(call.platform, launch, effect, f"{request_id}/{effect.frame_id}/{effect.task}")

    facts = facts_of(execution, target.revision, text)
    flight = fly(call.platform, facts, machine_of(target.definition), perform)
    # Why in the background: what a request waits for isn't known to go on, and time would pass it by.
    flown = await call.platform.workers.activities.start(f"execution {execution.arn}", flight)
    await _tell(call, target, seen_of(execution, text, flown))
    return _reply(execution, text, flown, request)


def _execution(call: Call, target: Target, name: str, trace_id: str) -> Execution:
    arn = express_arn(call.scope, target.name, name, new_uuid())
    origin = Origin(target.revision.id, target.name, target.version_arn, target.alias_arn, trace_id)
    return Execution(0, arn, target.machine_arn, name, RUNNING, True, call.now, 0.0, "", origin, Progress())


async def _tell(call: Call, target: Target, seen: Seen) -> None:
    """Why not always `observe`: most machines have no logs, and a transaction costs more than all the rest."""
    if target.revision.logging["level"] == "OFF":
        count(call.platform, seen)
    else:
        await call.write(lambda tx: observe(tx, call.platform, seen))


def _reply(execution: Execution, text: str, flown: Flown, request: Mapping[str, Any]) -> Reply:
    is_included = request.get("includedData") != "METADATA_ONLY"
    milliseconds = max((flown.stopped_at - flown.started_at) * 1000, 1)
    details = {"included": is_included}
    ended = flown.ended
    reply: Reply = {
        "executionArn": execution.arn,
        "stateMachineArn": execution.machine_arn,
        "name": execution.name,
        "startDate": flown.started_at,
        "stopDate": flown.stopped_at,
        "status": ended.status,
        "inputDetails": details,
        "billingDetails": {
            "billedMemoryUsedInMB": _BILLED_MEGABYTES,
            "billedDurationInMilliseconds": math.ceil(milliseconds / _BILLED_MILLISECONDS) * _BILLED_MILLISECONDS,
        },
    }
    if ended.output is not None:
        reply["outputDetails"] = details
    if execution.origin.trace_id:
        reply["traceHeader"] = execution.origin.trace_id
    if is_included:
        reply["input"] = text
        shown = {"output": ended.output, "error": ended.error, "cause": ended.cause}
        reply |= {member: value for member, value in shown.items() if value is not None}
    return reply
