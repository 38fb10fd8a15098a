"""Invoke: replies, errors, logs, limits and asynchronous events."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_reply_carries_status_version_and_log_tail(functions: Any, create: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    print('hello', event['n'])\n    return {'n': event['n'] + 1}\n")
    reply = functions.invoke(FunctionName="f", Payload=b'{"n": 1}', LogType="Tail")
    assert reply["StatusCode"] == 200
    assert reply["ExecutedVersion"] == "$LATEST"
    assert json.loads(reply["Payload"].read()) == {"n": 2}
    tail = base64.b64decode(reply["LogResult"]).decode()
    request_id = reply["ResponseMetadata"]["RequestId"]
    assert tail.startswith(f"START RequestId: {request_id} Version: $LATEST\n")
    assert "hello 1\n" in tail
    assert f"REPORT RequestId: {request_id}\t" in tail


def test_a_function_that_raises_is_an_unhandled_error(functions: Any, create: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    raise ValueError('no')\n")
    reply = functions.invoke(FunctionName="f")
    assert reply["StatusCode"] == 200
    assert reply["FunctionError"] == "Unhandled"
    error = json.loads(reply["Payload"].read())
    assert (error["errorType"], error["errorMessage"]) == ("ValueError", "no")


def test_output_reaches_cloudwatch_logs(aws: Any, create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    print('to the log')\n")
    invoke()
    aws.idle()
    events = aws.client("logs").filter_log_events(logGroupName="/aws/lambda/f")["events"]
    messages = [event["message"] for event in events]
    assert any(message.startswith("START RequestId") for message in messages)
    assert any("to the log" in message for message in messages)
    assert any(message.startswith("REPORT RequestId") for message in messages)


def test_json_log_format_makes_platform_events(
    aws: Any, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    create(LoggingConfig={"LogFormat": "JSON", "LogGroup": "/my/group"})
    invoke()
    aws.idle()
    events = aws.client("logs").filter_log_events(
        logGroupName="/my/group", filterPattern='{ $.type = "platform.report" }'
    )["events"]
    assert json.loads(events[0]["message"])["record"]["status"] == "success"


def test_functions_call_the_platform_with_their_own_account(
    aws: Any, create: Callable[..., Any], invoke: Callable[..., Any]
) -> None:
    create(
        "import boto3\n"
        "def handler(event, context):\n"
        "    return boto3.client('sqs').create_queue(QueueName='made-by-function')['QueueUrl']\n",
        Timeout=20,
    )
    assert aws.account in invoke()
    assert aws.client("sqs").get_queue_url(QueueName="made-by-function")


def test_dry_run_answers_without_running(functions: Any, create: Callable[..., Any]) -> None:
    create()
    assert functions.invoke(FunctionName="f", InvocationType="DryRun")["StatusCode"] == 204


def test_a_payload_must_be_json(functions: Any, create: Callable[..., Any]) -> None:
    create()
    for payload in (b"{", b"plain", b"{}{}", b"[" * 100_000):
        with pytest.raises(functions.exceptions.InvalidRequestContentException, match="Could not parse request body"):
            functions.invoke(FunctionName="f", Payload=payload)


def test_payloads_are_limited(functions: Any, create: Callable[..., Any]) -> None:
    create()
    with pytest.raises(functions.exceptions.RequestTooLargeException):
        functions.invoke(FunctionName="f", Payload=b'"' + b"x" * 6_291_456 + b'"')
    with pytest.raises(functions.exceptions.RequestTooLargeException):
        functions.invoke(FunctionName="f", Payload=b'"' + b"x" * 1_048_576 + b'"', InvocationType="Event")


def test_reserved_concurrency_of_zero_throttles(functions: Any, create: Callable[..., Any]) -> None:
    create()
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with pytest.raises(ClientError) as error:
        functions.invoke(FunctionName="f")
    assert error.value.response["Error"] == {"Code": "TooManyRequestsException", "Message": "Rate Exceeded."}
    assert error.value.response["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    functions.delete_function_concurrency(FunctionName="f")
    assert functions.invoke(FunctionName="f")["StatusCode"] == 200


def test_the_client_context_reaches_the_function(functions: Any, create: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    return context.client_context.custom['a']\n")
    context = base64.b64encode(json.dumps({"custom": {"a": "b"}}).encode()).decode()
    assert json.loads(functions.invoke(FunctionName="f", ClientContext=context)["Payload"].read()) == "b"


COUNT = """
import boto3, os
def handler(event, context):
    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=context.aws_request_id)
    if event.get('fails'):
        raise ValueError('no')
    return {'done': True}
"""


@pytest.fixture
def queue(aws: Any) -> Callable[[str], Any]:
    def make(name: str) -> tuple[str, str]:
        url = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:{aws.account}:{name}"

    return make


def received(aws: Any, url: str) -> list[Any]:
    messages: list[Any] = []
    while (
        found := aws.client("sqs")
        .receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        .get("Messages")
    ):
        messages += found
    return messages


def test_an_event_runs_once_and_its_success_is_sent_on(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any]
) -> None:
    (url, _), (done_url, done_arn) = queue("runs"), queue("done")
    arn = create(COUNT, Environment={"Variables": {"QUEUE": url}}, Timeout=20)["FunctionArn"]
    functions.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnSuccess": {"Destination": done_arn}}
    )
    reply = functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"x": 1}')
    assert reply["StatusCode"] == 202
    aws.idle()
    assert len(received(aws, url)) == 1
    (message,) = received(aws, done_url)
    document = json.loads(message["Body"])
    assert document["requestContext"]["condition"] == "Success"
    assert document["requestContext"]["functionArn"] == arn + ":$LATEST"
    assert document["requestContext"]["requestId"] == reply["ResponseMetadata"]["RequestId"]
    assert document["requestPayload"] == {"x": 1}
    assert document["responsePayload"] == {"done": True}
    assert document["responseContext"] == {"statusCode": 200, "executedVersion": "$LATEST"}


def test_an_event_that_fails_is_tried_after_one_and_two_minutes_then_given_up(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any]
) -> None:
    (url, _), (failed_url, failed_arn), (dead_url, dead_arn) = queue("runs"), queue("failed"), queue("dead")
    create(
        COUNT,
        Environment={"Variables": {"QUEUE": url}},
        Timeout=20,
        DeadLetterConfig={"TargetArn": dead_arn},
    )
    functions.put_function_event_invoke_config(
        FunctionName="f", DestinationConfig={"OnFailure": {"Destination": failed_arn}}
    )
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"fails": true}')
    aws.idle()
    assert len(received(aws, url)) == 1
    aws.advance(61)
    assert len(received(aws, url)) == 2
    aws.advance(121)
    assert len(received(aws, url)) >= 1
    (message,) = received(aws, failed_url)
    document = json.loads(message["Body"])
    assert document["requestContext"]["condition"] == "RetriesExhausted"
    assert document["requestContext"]["approximateInvokeCount"] == 3
    assert document["responseContext"]["functionError"] == "Unhandled"
    (letter,) = received(aws, dead_url)
    assert json.loads(letter["Body"]) == {"fails": True}
    assert letter["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


def test_retries_can_be_turned_off(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any]
) -> None:
    url, _ = queue("runs")
    create(COUNT, Environment={"Variables": {"QUEUE": url}}, Timeout=20)
    functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=0)
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"fails": true}')
    aws.idle()
    aws.advance(600)
    assert len(received(aws, url)) == 1
