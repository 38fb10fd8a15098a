"""Callbacks of durable functions: what the outside world says ends them, or the time does."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Define = Callable[..., Any]
WAITS = """
@durable_execution
def handler(event, context):
    callback = context.create_callback(name="approval", config=CallbackConfig(
        timeout=Duration.from_seconds(event.get("timeout", 0)),
        heartbeat_timeout=Duration.from_seconds(event.get("heartbeat", 0)),
    ))
    try:
        return {"answer": callback.result()}
    except Exception as error:
        return {"error": str(error), "type": type(error).__name__}
"""


def test_the_result_of_a_callback_goes_on_with_the_execution(define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({})
    assert durable.status(arn) == "RUNNING"
    functions.send_durable_execution_callback_success(CallbackId=durable.callback(arn), Result=b'"yes"')
    durable.settle()
    assert durable.result(arn) == {"answer": '"yes"'}
    assert durable.event_types(arn) == [
        "ExecutionStarted",
        "CallbackStarted",
        "InvocationCompleted",
        "CallbackSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]


def test_a_callback_may_have_no_result(define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({})
    functions.send_durable_execution_callback_success(CallbackId=durable.callback(arn))
    durable.settle()
    assert durable.result(arn) == {"answer": None}


def test_a_callback_that_fails_raises_in_the_function(define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({})
    error = {"ErrorType": "Refused", "ErrorMessage": "not today", "ErrorData": "{}", "StackTrace": ["a"]}
    functions.send_durable_execution_callback_failure(CallbackId=durable.callback(arn), Error=error)
    durable.settle()
    assert "not today" in durable.result(arn)["error"]
    (failed,) = [event for event in durable.history(arn) if event["EventType"] == "CallbackFailed"]
    assert failed["CallbackFailedDetails"]["Error"] == {"Payload": error, "Truncated": False}


def test_a_callback_nobody_answers_times_out(aws: Any, define: Define, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({"timeout": 120})
    aws.advance(119)
    assert durable.status(arn) == "RUNNING"
    aws.advance(2)
    assert "timed out" in durable.result(arn)["error"]
    (event,) = [event for event in durable.history(arn) if event["EventType"] == "CallbackTimedOut"]
    assert event["CallbackTimedOutDetails"]["Error"]["Payload"]["ErrorType"] == "Callback.Timeout"


def test_a_callback_without_heartbeats_times_out(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({"timeout": 300, "heartbeat": 30})
    id = durable.callback(arn)
    for _ in range(3):
        aws.advance(25)
        functions.send_durable_execution_callback_heartbeat(CallbackId=id)
    assert durable.status(arn) == "RUNNING"
    aws.advance(31)
    assert "heartbeat" in durable.result(arn)["error"]
    (event,) = [event for event in durable.history(arn) if event["EventType"] == "CallbackTimedOut"]
    assert event["CallbackTimedOutDetails"]["Error"]["Payload"]["ErrorType"] == "Callback.Heartbeat"
    (started,) = [event for event in durable.history(arn) if event["EventType"] == "CallbackStarted"]
    assert started["CallbackStartedDetails"]["HeartbeatTimeout"] == 30
    assert started["CallbackStartedDetails"]["Timeout"] == 300


def test_a_closed_callback_is_refused(define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({})
    id = durable.callback(arn)
    functions.send_durable_execution_callback_success(CallbackId=id, Result=b"1")
    with pytest.raises(functions.exceptions.CallbackTimeoutException):
        functions.send_durable_execution_callback_success(CallbackId=id, Result=b"2")
    with pytest.raises(functions.exceptions.CallbackTimeoutException):
        functions.send_durable_execution_callback_failure(CallbackId=id)
    with pytest.raises(functions.exceptions.CallbackTimeoutException):
        functions.send_durable_execution_callback_heartbeat(CallbackId=id)


def test_a_callback_that_is_none_is_refused(define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({})
    unknown = base64.b64encode(f"{arn}#none".encode()).decode()
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.send_durable_execution_callback_success(CallbackId=unknown)
    for malformed in ("AAAA", base64.b64encode(b"no execution").decode()):
        with pytest.raises(functions.exceptions.InvalidParameterValueException):
            functions.send_durable_execution_callback_heartbeat(CallbackId=malformed)
    with pytest.raises(ClientError, match="1 validation error"):
        functions.send_durable_execution_callback_heartbeat(CallbackId="not base64!")


def test_wait_for_callback_hands_its_id_to_a_submitter(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    queue = aws.client("sqs").create_queue(QueueName="jobs")["QueueUrl"]
    define(
        """
@durable_execution
def handler(event, context):
    def submit(id, _):
        boto3.client("sqs").send_message(QueueUrl=event["queue"], MessageBody=id)
    return context.wait_for_callback(submit, name="external")
"""
    )
    arn = durable.start({"queue": queue})
    (message,) = aws.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    functions.send_durable_execution_callback_success(CallbackId=message["Body"], Result=b"done")
    durable.settle()
    assert durable.result(arn) == "done"
