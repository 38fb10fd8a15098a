"""Functions that durable functions invoke, and wait for without a process."""

from collections.abc import Callable
from typing import Any

import pytest

Define = Callable[..., Any]
INVOKES = """
@durable_execution
def handler(event, context):
    try:
        return {"reply": context.invoke(event["target"], event.get("payload"), name="other")}
    except Exception as error:
        return {"error": str(error)}
"""
DURABLE = """
@durable_execution
def handler(event, context):
    context.wait(Duration.from_seconds(event["seconds"]))
    if event.get("fails"):
        raise ValueError("inside")
    return event["seconds"] * 2
"""
PLAIN = """
def handler(event, context):
    if event == "fail":
        raise ValueError("plainly")
    return {"got": event}
"""


def started(durable: Any, arn: str) -> Any:
    (event,) = [event for event in durable.history(arn) if event["EventType"] == "ChainedInvokeStarted"]
    return event["ChainedInvokeStartedDetails"]


def test_a_plain_function_is_invoked_and_waited_for(define: Define, durable: Any) -> None:
    define(INVOKES)
    define(PLAIN, name="plain", DurableConfig=None)
    arn = durable.start({"target": "plain", "payload": {"a": 1}})
    assert durable.result(arn) == {"reply": {"got": {"a": 1}}}
    # Why sorted: the function may be done before the invocation that asked for it has ended.
    assert sorted(durable.event_types(arn)[2:-2]) == ["ChainedInvokeSucceeded", "InvocationCompleted"]
    assert durable.event_types(arn)[1] == "ChainedInvokeStarted"
    assert started(durable, arn) == {
        "FunctionName": "plain",
        "ExecutedVersion": "$LATEST",
        "Input": {"Payload": '{"a": 1}', "Truncated": False},
    }


def test_the_error_of_a_plain_function_is_raised(define: Define, durable: Any) -> None:
    define(INVOKES)
    define(PLAIN, name="plain", DurableConfig=None)
    arn = durable.start({"target": "plain", "payload": "fail"})
    assert "plainly" in durable.result(arn)["error"]


def test_a_durable_function_becomes_an_execution_of_its_own(aws: Any, define: Define, durable: Any) -> None:
    define(INVOKES)
    define(DURABLE, name="inner")
    arn = durable.start({"target": "inner:$LATEST", "payload": {"seconds": 30}})
    child = started(durable, arn)["DurableExecutionArn"]
    assert (durable.status(arn), durable.status(child)) == ("RUNNING", "RUNNING")
    aws.advance(31)
    assert durable.result(arn) == {"reply": 60}
    assert durable.result(child) == 60


def test_the_failure_of_a_durable_function_is_raised(aws: Any, define: Define, durable: Any) -> None:
    define(INVOKES)
    define(DURABLE, name="inner")
    arn = durable.start({"target": "inner:$LATEST", "payload": {"seconds": 1, "fails": True}})
    aws.advance(2)
    assert "inside" in durable.result(arn)["error"]


def test_a_durable_function_that_times_out_is_told_of(aws: Any, define: Define, durable: Any) -> None:
    define(INVOKES)
    define(DURABLE, name="inner", DurableConfig={"ExecutionTimeout": 10})
    arn = durable.start({"target": "inner:$LATEST", "payload": {"seconds": 60}})
    aws.advance(11)
    assert "CHAINED_INVOKE timed out after 10 seconds." in durable.result(arn)["error"]
    assert "ChainedInvokeTimedOut" in durable.event_types(arn)


def test_a_durable_function_that_is_stopped_is_told_of(define: Define, functions: Any, durable: Any) -> None:
    define(INVOKES)
    define(DURABLE, name="inner")
    arn = durable.start({"target": "inner:$LATEST", "payload": {"seconds": 60}})
    child = started(durable, arn)["DurableExecutionArn"]
    functions.stop_durable_execution(DurableExecutionArn=child, Error={"ErrorMessage": "enough"})
    durable.settle()
    assert "enough" in durable.result(arn)["error"]
    assert "ChainedInvokeStopped" in durable.event_types(arn)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("nobody", "Function not found"),
        ("inner", "You cannot invoke a durable function using an unqualified ARN."),
        ("inner:none", "Function not found"),
        ("inner:7", "Function not found"),
    ],
)
def test_a_target_that_cannot_be_invoked_fails_at_once(define: Define, durable: Any, target: str, message: str) -> None:
    define(INVOKES)
    define(DURABLE, name="inner")
    arn = durable.start({"target": target})
    assert message in durable.result(arn)["error"]
    assert durable.event_types(arn).count("InvocationCompleted") == 1


def test_a_version_of_a_function_is_invoked_by_its_alias(define: Define, functions: Any, durable: Any) -> None:
    define(INVOKES)
    define(PLAIN, name="plain", DurableConfig=None)
    functions.publish_version(FunctionName="plain")
    functions.create_alias(FunctionName="plain", Name="live", FunctionVersion="1")
    arn = durable.start({"target": "plain:live", "payload": 1})
    assert durable.result(arn) == {"reply": {"got": 1}}
    assert started(durable, arn)["ExecutedVersion"] == "1"
