"""`states:startExecution`: tasks that start an execution of another state machine, and may wait for its end.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html
"""

import hashlib
from typing import Any, NamedTuple

import msgspec

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.kernel.ids import new_request_id
from serein.kernel.operation import Reply
from serein.services.stepfunctions.failure import TASK_FAILED, StateFailed
from serein.services.stepfunctions.machines import EXPRESS
from serein.services.stepfunctions.store.machines import require_target
from serein.services.stepfunctions.tasks.failures import failure_of
from serein.services.stepfunctions.tasks.metadata import sdk_metadata
from serein.services.stepfunctions.tasks.requests import TaskRequest, call_service
from serein.services.stepfunctions.tasks.resources import SYNC, SYNC_JSON

_SERVICE = "stepfunctions"
_INCLUDED = {"Included": True}
_MEMBERS = (
    ("Cause", "cause"),
    ("Error", "error"),
    ("ExecutionArn", "executionArn"),
    ("Input", "input"),
    ("InputDetails", ""),
    ("Name", "name"),
    ("Output", "output"),
    ("OutputDetails", ""),
    ("StartDate", "startDate"),
    ("StateMachineArn", "stateMachineArn"),
    ("Status", "status"),
    ("StopDate", "stopDate"),
)
"""What a job's outcome has, in AWS's order, by the members of DescribeExecution."""
_encode = msgspec.json.Encoder().encode


class Over(NamedTuple):
    """The result of a job that was over before its start returned."""

    output: Any


async def start_execution(call: Call, request: TaskRequest) -> Any:
    """What StartExecution replied; Over for an Express execution that the task waits for. Raises StateFailed."""
    parameters = request.parameters
    body = {"stateMachineArn": parameters["StateMachineArn"]}
    name, own_name = parameters.get("Name"), ""
    if name is None and request.task_id:
        # Why: a start that is repeated after a crash finds the execution that it made before.
        name = own_name = _name_for(request.task_id)
    if name is not None:
        body["name"] = name
    if "Input" in parameters:
        given = parameters["Input"]
        body["input"] = given if isinstance(given, str) else _encode(given).decode()
    if request.resource.pattern in (SYNC, SYNC_JSON) and await _is_express(call, body["stateMachineArn"]):
        # AWS: a Standard execution may wait for an Express one
        # (https://docs.aws.amazon.com/step-functions/latest/dg/sample-project-express-selective-checkpointing.html).
        return Over(_outcome(request, await _call(call, request, "StartSyncExecution", body)))
    started = await _start(call, request, body, own_name)
    shown = {"ExecutionArn": started["executionArn"], "StartDate": _milliseconds(started["startDate"])}
    metadata = sdk_metadata(call.now, new_request_id(), "application/x-amz-json-1.0", len(_encode(shown)))
    return {**shown, **metadata}


async def _is_express(call: Call, arn: Any) -> bool:
    try:
        target = await call.read(lambda tx: require_target(tx, call.scope, str(arn)))
    except AwsError:
        return False  # StartExecution says what is wrong with it.
    return target.type == EXPRESS


async def _start(call: Call, request: TaskRequest, body: dict[str, Any], own_name: str) -> Reply:
    """The execution's ARN and start; that of an earlier start, if there was one and it is over by now."""
    try:
        return await call_service(call, request, _SERVICE, "StartExecution", body)
    except AwsError as error:
        machine = find_arn(str(body["stateMachineArn"]))
        if error.code != "ExecutionAlreadyExists" or not own_name or machine is None:
            raise failure_of(call.platform, _SERVICE, "StartExecution", error) from error
        name = machine.resource.split(":")[1]
        arn = arn_of("states", machine.scope, f"execution:{name}:{own_name}")
        return await _call(call, request, "DescribeExecution", {"executionArn": arn})


async def find_end(call: Call, request: TaskRequest, submitted: Any) -> Any | None:
    """How an execution that a task waits for has ended; None while it runs. Raises StateFailed when it failed."""
    described = await _call(call, request, "DescribeExecution", {"executionArn": submitted["ExecutionArn"]})
    return None if described["status"] in ("RUNNING", "PENDING_REDRIVE") else _outcome(request, described)


def _outcome(request: TaskRequest, described: Reply) -> Any:
    shown = _shown(described)
    if described["status"] != "SUCCEEDED":
        raise StateFailed(TASK_FAILED, _encode(shown).decode())
    if request.resource.pattern == SYNC_JSON:
        for name in ("Input", "Output"):
            if name in shown:
                shown[name] = msgspec.json.decode(shown[name])
    return shown


def topic_of(submitted: Any) -> str:
    """What is woken when the execution ends."""
    return f"stepfunctions:execution:{submitted['ExecutionArn']}"


async def _call(call: Call, request: TaskRequest, operation: str, body: dict[str, Any]) -> Reply:
    try:
        return await call_service(call, request, _SERVICE, operation, body)
    except AwsError as error:
        raise failure_of(call.platform, _SERVICE, operation, error) from error


def _shown(described: Reply) -> dict[str, Any]:
    """AWS: as the event of the execution's end has it, times in milliseconds."""
    shown: dict[str, Any] = {}
    for name, member in _MEMBERS:
        if not member:
            if name.removesuffix("Details") in shown:
                shown[name] = _INCLUDED
        elif described.get(member) is not None:
            shown[name] = _milliseconds(described[member]) if name.endswith("Date") else described[member]
    return shown


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _name_for(task_id: str) -> str:
    digits = hashlib.sha256(task_id.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}"
