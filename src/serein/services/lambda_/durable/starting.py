"""Starting a durable execution by invoking its function, and waiting for its end.

AWS: https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html and durable-execution-idempotency.html
"""

from typing import TYPE_CHECKING

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply
from serein.kernel.runner import Invocation, Outcome
from serein.services.lambda_.durable import executions
from serein.services.lambda_.durable.advancing import begin_execution
from serein.services.lambda_.durable.chaining import UNQUALIFIED
from serein.services.lambda_.durable.executions import (
    RUNNING,
    Execution,
    Origin,
    Progress,
    encoded_error,
    execution_arn,
)
from serein.services.lambda_.durable.limits import LONGEST_SYNCHRONOUS_SECONDS
from serein.services.lambda_.durable.settings import DurableSettings, find_settings
from serein.services.lambda_.errors import DurableExecutionAlreadyStartedException, invalid
from serein.services.lambda_.store import durable

if TYPE_CHECKING:
    from serein.services.lambda_.invocation import Executable


async def invoke_durable(
    platform: Platform, executable: "Executable", invocation: Invocation, name: str, *, is_event: bool
) -> Reply:
    """Start an execution, or find the one of that name, and reply as Invoke does.

    Raises InvalidParameterValueException, and DurableExecutionAlreadyStartedException when the one of that name was
    given something else.
    """
    execution = await _start(platform, executable, invocation, name, is_event=is_event)
    reply: Reply = {"DurableExecutionArn": execution.arn, "ExecutedVersion": execution.version}
    if is_event:
        return {"StatusCode": 202, "Payload": b"", **reply}
    outcome = await _outcome(platform, execution)
    reply |= {"StatusCode": 200, "Payload": outcome.payload}
    if outcome.function_error:
        reply["FunctionError"] = outcome.function_error
    return reply


async def run_durable(platform: Platform, executable: "Executable", invocation: Invocation) -> Outcome:
    """Start an execution and return its outcome: for those who invoke functions without the Invoke operation."""
    return await _outcome(platform, await _start(platform, executable, invocation, "", is_event=False))


async def _start(
    platform: Platform, executable: "Executable", invocation: Invocation, name: str, *, is_event: bool
) -> Execution:
    settings = find_settings(executable.configuration)
    if settings is None:
        raise invalid("The function is not a durable function.")
    if not executable.reference.qualifier:
        raise invalid(UNQUALIFIED)
    if not is_event and settings.timeout_seconds > LONGEST_SYNCHRONOUS_SECONDS:
        raise invalid(
            "You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes."
        )
    execution = _new(platform, executable, settings, invocation, name, is_event=is_event)
    return await platform.database.write(lambda tx: _find_or_begin(tx, execution, invocation.event))


def _new(
    platform: Platform,
    executable: "Executable",
    settings: DurableSettings,
    invocation: Invocation,
    name: str,
    *,
    is_event: bool,
) -> Execution:
    reference = executable.reference
    name = name or new_uuid()
    return Execution(
        execution_arn(reference.scope, reference.name, executable.version, name, new_uuid()),
        reference.scope,
        reference.name,
        executable.version,
        name,
        RUNNING,
        platform.clock.now(),
        Origin(
            reference.arn,
            settings.timeout_seconds,
            settings.retention_days,
            settings.kms_key_arn,
            invocation.trace_id,
            executable.tenant_id,
            is_event=is_event,
        ),
        Progress(),
    )


def _find_or_begin(tx: Transaction, execution: Execution, input: bytes) -> Execution:
    execution.progress = Progress()
    if begin_execution(tx, execution, input):
        return execution
    found = durable.find_named(tx, execution.scope, execution.function_name, execution.name)
    if found is None or durable.find_input(tx, found.arn) != input:
        raise DurableExecutionAlreadyStartedException(Type="User")
    return found


async def _outcome(platform: Platform, execution: Execution) -> Outcome:
    """Wait for the end of an execution, as long as an invocation may last."""
    until = platform.clock.now() + LONGEST_SYNCHRONOUS_SECONDS
    subscription = platform.bus.subscribe(durable.end_topic(execution.arn))
    try:
        while True:
            found = await platform.database.read(lambda tx: durable.find_execution(tx, execution.arn))
            if found is None or found.is_ended:
                break
            if not await subscription.wait(until):
                seconds = f"{LONGEST_SYNCHRONOUS_SECONDS:.2f}"
                late = {"ErrorType": "Sandbox.Timedout", "ErrorMessage": f"Task timed out after {seconds} seconds"}
                return Outcome(encoded_error(late), "Unhandled")
    finally:
        subscription.close()
    result, error = await platform.database.read(lambda tx: durable.find_outcome(tx, execution.arn))
    if found is None or found.status != executions.SUCCEEDED:
        return Outcome(encoded_error(error or {}), "Unhandled")
    return Outcome(b"" if result is None else result.encode())
