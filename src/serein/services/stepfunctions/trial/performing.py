"""What a state under test performs: its mock, or its task for real."""

import asyncio
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from serein.kernel.call import Call
from serein.kernel.operation import Reply
from serein.services.stepfunctions.failure import RUNTIME, TIMEOUT, StateFailed
from serein.services.stepfunctions.interpreter.payloads import encode, require_small
from serein.services.stepfunctions.language import ABSENT, Task
from serein.services.stepfunctions.query.jsonpath_data import read_integer
from serein.services.stepfunctions.tasks import TaskRequest, parse_resource, submit
from serein.services.stepfunctions.tasks.exchanges import status_text
from serein.services.stepfunctions.trial.asking import Trial
from serein.services.stepfunctions.trial.mocking import check_mock
from serein.services.stepfunctions.trial.reporting import Inspection
from serein.services.stepfunctions.trial.sight import Sight


async def perform(
    call: Call, trial: Trial, sight: Sight, inspection: Inspection, parameters: Any, patience_seconds: float
) -> Any:
    """The result of the state. Raises StateFailed, and ValidationException for a mock that can't be its result."""
    mock = trial.mock
    if mock is not None:
        if mock.is_failure:
            raise StateFailed(mock.error, mock.cause)
        check_mock(call.platform, trial.state, mock)
        return mock.result
    state = trial.state
    assert isinstance(state, Task), "Map and Parallel states have a mock"
    request = TaskRequest(
        resource=parse_resource(state.resource),
        parameters=parameters,
        execution_arn=sight.execution_arn,
        state_name=state.name,
        role_arn=trial.role_arn,
        credentials_role_arn=_role_of(sight, state),
        on_exchange=partial(_show_exchange, inspection, trial) if inspection.is_tracing else None,
    )
    result = await _in_time(call, request, min(_limit_of(sight, state) or patience_seconds, patience_seconds))
    require_small(encode(result), f"The state/task '{state.resource}' returned a result with a size")
    return result


async def _in_time(call: Call, request: TaskRequest, seconds: float) -> Any:
    """Raises StateFailed (States.Timeout) when the task takes longer, by the platform's clock."""
    task = asyncio.ensure_future(submit(call, request))
    timer = asyncio.ensure_future(call.platform.clock.sleep_until(call.now + seconds))
    try:
        await asyncio.wait({task, timer}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise StateFailed(TIMEOUT)
        return task.result()
    finally:
        for pending in (task, timer):
            pending.cancel()


def _show_exchange(inspection: Inspection, trial: Trial, reply: Reply) -> None:
    """Show an HTTP task's request, without what the connection added unless secrets are wanted, and its answer."""
    if "Sent" not in reply:
        return
    sent = reply["Sent" if trial.reveals_secrets else "Shown"]
    protocol = urlsplit(sent["Url"]).scheme
    request = {"protocol": protocol, "method": sent["Method"], "url": sent["Url"], "headers": _headers(sent["Headers"])}
    if sent["Body"]:
        request["body"] = sent["Body"].decode("utf-8", "replace")
    inspection.note("request", request)
    response = {
        "protocol": protocol,
        "statusCode": str(reply["Status"]),
        "statusMessage": status_text(reply["Status"]),
        "headers": _headers(reply["Headers"]),
        "body": reply["Body"].decode("utf-8", "replace"),
    }
    inspection.note("response", response)


def _headers(pairs: list[tuple[str, str]]) -> str:
    return "[" + ", ".join(f"{name}: {value}" for name, value in pairs) + "]"


def _limit_of(sight: Sight, state: Task) -> float | None:
    if state.timeout_seconds_path is not None:
        document = sight.effective_input()
        return float(read_integer("TimeoutSecondsPath", state.timeout_seconds_path, document, sight.scope))
    if isinstance(state.timeout_seconds, str):
        return float(sight.typed(state.timeout_seconds, "TimeoutSeconds", "number"))
    return state.timeout_seconds


def _role_of(sight: Sight, state: Task) -> str:
    """The role that the state names in Credentials; empty when it names none."""
    if state.credentials is ABSENT:
        return ""
    if sight.is_jsonata:
        found = sight.evaluated(state.credentials, "Credentials")
    else:
        found = sight.filled(state.credentials, sight.effective_input())
    role = found.get("RoleArn") if isinstance(found, dict) else None
    if not isinstance(role, str):
        raise StateFailed(RUNTIME, "The RoleArn of the Credentials field is not a string.")
    return role
