"""From a task to its call: which module makes it, and how the end of a job is found."""

from collections.abc import Awaitable, Callable
from typing import Any

from serein.kernel.call import Call
from serein.services.stepfunctions.failure import RUNTIME, StateFailed
from serein.services.stepfunctions.tasks import executions
from serein.services.stepfunctions.tasks.apis import invoke_api
from serein.services.stepfunctions.tasks.checking import field_faults, find_resource_fault
from serein.services.stepfunctions.tasks.failures import bad_parameters, not_here
from serein.services.stepfunctions.tasks.functions import invoke, invoke_function
from serein.services.stepfunctions.tasks.integrations import find_integration
from serein.services.stepfunctions.tasks.messages import call_table, publish, put_events, send_message
from serein.services.stepfunctions.tasks.requests import TaskRequest
from serein.services.stepfunctions.tasks.sdk import call_operation
from serein.services.stepfunctions.tasks.web import invoke_endpoint

_CALLERS: dict[tuple[str, str], Callable[[Call, TaskRequest], Awaitable[Any]]] = {
    ("lambda", "invoke"): invoke,
    ("dynamodb", "getItem"): call_table,
    ("dynamodb", "putItem"): call_table,
    ("dynamodb", "deleteItem"): call_table,
    ("dynamodb", "updateItem"): call_table,
    ("sqs", "sendMessage"): send_message,
    ("sns", "publish"): publish,
    ("events", "putEvents"): put_events,
    ("states", "startExecution"): executions.start_execution,
    ("apigateway", "invoke"): invoke_api,
    ("http", "invoke"): invoke_endpoint,
}


async def submit(call: Call, request: TaskRequest) -> Any:
    """Make the call of a task, and return what it replied: the result, or of a job that goes on, how it was started.

    Raises StateFailed.
    """
    resource = request.resource
    if resource.kind == "lambda":
        return await invoke_function(call, request)
    if resource.kind == "sdk":
        return await call_operation(call, request)
    integration = find_integration(resource.service, resource.action)
    if integration is None or find_resource_fault(resource):
        raise StateFailed(RUNTIME, find_resource_fault(resource))
    if not integration.is_here:
        raise not_here(f"the integration {resource.arn}")
    parameters = request.parameters
    if not isinstance(parameters, dict):
        raise bad_parameters(parameters, ["The Parameters must be an OBJECT"])
    if faults := field_faults(integration, list(parameters), set(parameters)):
        raise bad_parameters(parameters, faults)
    return await _CALLERS[resource.service, resource.action](call, request)


async def find_outcome(call: Call, request: TaskRequest, submitted: Any) -> Any | None:
    """The result of a job that a task waits for, as `submit` started it; None while it runs. Raises StateFailed."""
    assert request.resource.service == "states", "no other job can be waited for here"
    return await executions.find_end(call, request, submitted)


def watched_topic(request: TaskRequest, submitted: Any) -> str:
    """What is woken when a job that a task waits for may be over."""
    return executions.topic_of(submitted)
