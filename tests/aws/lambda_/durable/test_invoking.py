"""Invoking durable functions: qualifiers, names, time limits, and what the caller hears."""

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

Define = Callable[..., Any]
ECHO = """
@durable_execution
def handler(event, context):
    if event == "fail":
        raise ValueError("no")
    return context.step(lambda _: event)
"""
WAITS = """
@durable_execution
def handler(event, context):
    context.wait(Duration.from_seconds(60))
    return event
"""


def invoke(functions: Any, event: Any = None, name: str = "f:$LATEST", **request: Any) -> tuple[Any, Any]:
    reply = functions.invoke(FunctionName=name, Payload=json.dumps(event), **request)
    return reply, json.loads(reply["Payload"].read() or b"null")


def test_a_synchronous_caller_gets_the_result(define: Define, functions: Any, durable: Any) -> None:
    define(ECHO)
    reply, result = invoke(functions, {"a": 1})
    assert (reply["StatusCode"], reply["ExecutedVersion"], result) == (200, "$LATEST", {"a": 1})
    assert "FunctionError" not in reply
    assert durable.result(reply["DurableExecutionArn"]) == {"a": 1}


def test_a_synchronous_caller_gets_the_error(define: Define, functions: Any, durable: Any) -> None:
    define(ECHO)
    reply, error = invoke(functions, "fail")
    assert reply["FunctionError"] == "Unhandled"
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no")
    assert durable.error(reply["DurableExecutionArn"])["ErrorMessage"] == "no"


def test_an_unqualified_function_is_refused(define: Define, functions: Any) -> None:
    define(ECHO)
    for kind in ("RequestResponse", "Event"):
        with pytest.raises(
            functions.exceptions.InvalidParameterValueException,
            match=r"You cannot invoke a durable function using an unqualified ARN.",
        ):
            functions.invoke(FunctionName="f", InvocationType=kind)


def test_long_executions_are_asynchronous_only(define: Define, functions: Any, durable: Any) -> None:
    define(ECHO, DurableConfig={"ExecutionTimeout": 901})
    with pytest.raises(
        functions.exceptions.InvalidParameterValueException,
        match=r"You cannot synchronously invoke a durable function with an executionTimeout greater than 15 minutes.",
    ):
        functions.invoke(FunctionName="f:$LATEST")
    assert durable.result(durable.start(7)) == 7


def test_a_dry_run_starts_nothing(define: Define, functions: Any) -> None:
    define(ECHO)
    assert functions.invoke(FunctionName="f:$LATEST", InvocationType="DryRun")["StatusCode"] == 204
    assert functions.list_durable_executions_by_function(FunctionName="f")["DurableExecutions"] == []


def test_a_name_makes_an_invocation_idempotent(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    first = durable.start("a", DurableExecutionName="order-1")
    assert durable.start("a", DurableExecutionName="order-1") == first
    assert first.rpartition("/durable-execution/")[2].startswith("order-1/")
    with pytest.raises(functions.exceptions.DurableExecutionAlreadyStartedException):
        durable.start("b", DurableExecutionName="order-1")
    aws.advance(61)
    assert durable.result(first) == "a"
    reply, result = invoke(functions, "a", DurableExecutionName="order-1")
    assert (reply["DurableExecutionArn"], result) == (first, "a")
    with pytest.raises(functions.exceptions.DurableExecutionAlreadyStartedException):
        invoke(functions, "b", DurableExecutionName="order-1")


def test_a_name_is_for_durable_functions_only(define: Define, functions: Any) -> None:
    define("def handler(event, context):\n    return 1\n", DurableConfig=None)
    with pytest.raises(functions.exceptions.InvalidParameterValueException):
        functions.invoke(FunctionName="f:$LATEST", DurableExecutionName="n")


def test_an_execution_stays_with_its_version(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    source = WAITS.replace("return event", "return context.lambda_context.function_version")
    define(source)
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    arn = durable.start(Qualifier="live")
    assert ":function:f:1/durable-execution/" in arn
    assert durable.get(arn)["FunctionArn"].endswith(":function:f:live")
    functions.update_function_configuration(FunctionName="f", MemorySize=256)
    functions.publish_version(FunctionName="f")
    functions.update_alias(FunctionName="f", Name="live", FunctionVersion="2")
    aws.advance(61)
    assert durable.result(arn) == "1"


def test_a_streamed_response_is_refused(define: Define, functions: Any) -> None:
    define(ECHO)
    with pytest.raises(functions.exceptions.InvalidParameterValueException, match="streaming"):
        functions.invoke_with_response_stream(FunctionName="f:$LATEST")


def test_failures_of_asynchronous_executions_go_to_the_dead_letter_queue(
    aws: Any, define: Define, functions: Any, durable: Any
) -> None:
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="dead")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    define(ECHO, DeadLetterConfig={"TargetArn": arn})
    durable.start("fail")
    invoke(functions, "fail")
    durable.settle()
    (message,) = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, MessageAttributeNames=["All"])["Messages"]
    assert message["Body"] == '"fail"'
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


def test_a_queue_starts_executions_and_waits_for_them(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="work")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    define(ECHO)
    functions.create_event_source_mapping(EventSourceArn=arn, FunctionName="f:$LATEST")
    sqs.send_message(QueueUrl=queue, MessageBody="x")
    durable.settle()
    (execution,) = functions.list_durable_executions_by_function(FunctionName="f")["DurableExecutions"]
    assert durable.result(execution["DurableExecutionArn"])["Records"][0]["body"] == "x"


def test_a_function_url_answers_with_the_result(aws: Any, define: Define, functions: Any) -> None:
    define(ECHO.replace("lambda _: event", 'lambda _: {"statusCode": 201, "body": event["rawPath"]}'))
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    config = functions.create_function_url_config(FunctionName="f", Qualifier="live", AuthType="NONE")
    functions.add_permission(
        FunctionName="f",
        Qualifier="live",
        StatementId="everyone",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    url_id = config["FunctionUrl"].removeprefix("http://").split(".")[0]
    with urllib.request.urlopen(f"{aws.endpoint}/_aws/lambda/url/{url_id}/a/b") as reply:
        assert (reply.status, reply.read()) == (201, b"/a/b")
    (execution,) = functions.list_durable_executions_by_function(FunctionName="f")["DurableExecutions"]
    assert (execution["Status"], execution["FunctionArn"].rpartition(":")[2]) == ("SUCCEEDED", "live")


def test_a_reply_that_is_none_fails_the_execution(define: Define, durable: Any) -> None:
    define("def handler(event, context):\n    return {'hello': 1}\n")
    error = durable.error(durable.start())
    assert error["ErrorType"] == "InvalidParameterValueException"
    assert error["ErrorMessage"] == "Invalid Status in invocation output."


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        ({"Status": "SUCCEEDED", "Error": {}}, "Cannot provide an Error for SUCCEEDED status."),
        ({"Status": "FAILED", "Result": "1"}, "Cannot provide a Result for FAILED status."),
        ({"Status": "SUCCEEDED", "Result": 1}, "Invalid invocation output: Result is text, and Error is an object."),
    ],
)
def test_a_reply_that_contradicts_itself_fails_the_execution(
    define: Define, durable: Any, reply: Any, message: str
) -> None:
    define(f"def handler(event, context):\n    return {reply!r}\n")
    assert durable.error(durable.start())["ErrorMessage"] == message


def test_an_invocation_that_waits_for_nothing_is_made_three_times(aws: Any, define: Define, durable: Any) -> None:
    define("def handler(event, context):\n    return {'Status': 'PENDING'}\n")
    arn = durable.start()
    aws.advance(11)
    assert durable.error(arn)["ErrorMessage"] == "Cannot return PENDING status with no pending operations."
    assert durable.event_types(arn).count("InvocationCompleted") == 3


def test_a_failed_invocation_is_repeated_five_times(aws: Any, define: Define, durable: Any) -> None:
    define("def handler(event, context):\n    raise RuntimeError('crash')\n")
    arn = durable.start()
    assert durable.status(arn) == "RUNNING"
    aws.advance(21)
    assert durable.error(arn)["ErrorMessage"] == "crash"
    assert durable.event_types(arn).count("InvocationCompleted") == 5
    completed = durable.history(arn)[1]["InvocationCompletedDetails"]
    assert completed["Error"]["Payload"]["ErrorType"] == "RuntimeError"


def test_an_execution_whose_function_is_gone_fails(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start()
    functions.delete_function(FunctionName="f")
    aws.advance(61)
    assert durable.error(arn)["ErrorType"] == "ResourceNotFoundException"


def test_durable_config_is_kept_and_completed(define: Define, functions: Any) -> None:
    reply = define(ECHO, DurableConfig={"ExecutionTimeout": 60})
    assert reply["DurableConfig"] == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 14}
    changed = functions.update_function_configuration(FunctionName="f", DurableConfig={"RetentionPeriodInDays": 3})
    assert changed["DurableConfig"] == {"ExecutionTimeout": 60, "RetentionPeriodInDays": 3}


def test_durable_config_needs_a_time_limit(define: Define, functions: Any) -> None:
    with pytest.raises(
        functions.exceptions.InvalidParameterValueException,
        match="You cannot create a function with a durable configuration without an executionTimeout",
    ):
        define(ECHO, DurableConfig={"RetentionPeriodInDays": 3})


@pytest.mark.parametrize(
    "config", [{"ExecutionTimeout": 31_622_401}, {"ExecutionTimeout": 1, "RetentionPeriodInDays": 91}]
)
def test_durable_config_has_limits(aws: Any, functions: Any, config: dict[str, int]) -> None:
    with pytest.raises(functions.exceptions.ClientError, match="1 validation error detected"):
        functions.create_function(
            FunctionName="f",
            Runtime="python3.11",
            Role=f"arn:aws:iam::{aws.account}:role/r",
            Handler="app.handler",
            Code={"ZipFile": b"PK"},
            DurableConfig=config,
        )
