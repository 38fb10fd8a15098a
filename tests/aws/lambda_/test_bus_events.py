"""What Lambda puts on event buses: results of asynchronous invocations, and the status of durable executions."""

import json
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture
def heard(aws: Any) -> Callable[..., Callable[[], list[dict[str, Any]]]]:
    """Have a bus's events of a source told to a queue; gives what reads them."""

    def listen(bus: str, source: str) -> Callable[[], list[dict[str, Any]]]:
        sqs, events = aws.client("sqs"), aws.client("events")
        url = sqs.create_queue(QueueName="heard")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        events.put_rule(Name="all", EventBusName=bus, EventPattern=json.dumps({"source": [source]}))
        events.put_targets(Rule="all", EventBusName=bus, Targets=[{"Id": "queue", "Arn": arn}])

        def read() -> list[dict[str, Any]]:
            aws.idle()
            found: list[dict[str, Any]] = []
            while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
                found += [json.loads(message["Body"]) for message in messages]
                for message in messages:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
            return found

        return read

    return listen


def test_buses_get_documents(
    aws: Any, functions: Any, create: Callable[..., Any], heard: Callable[..., Callable[[], list[dict[str, Any]]]]
) -> None:
    bus = aws.client("events").create_event_bus(Name="results")["EventBusArn"]
    read = heard("results", "lambda")
    arn = create(
        "def handler(event, context):\n    if event.get('fails'):\n        raise ValueError('no')\n    return 7\n"
    )["FunctionArn"]
    destination = {"Destination": bus}
    functions.put_function_event_invoke_config(
        FunctionName="f",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnSuccess": destination, "OnFailure": destination},
    )
    for event in ({}, {"fails": True}):
        functions.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps(event))
    told = {event["detail-type"].rpartition(" ")[2]: event for event in read()}
    assert told.keys() == {"Success", "Failure"}
    for result, event in told.items():
        assert event["detail-type"] == f"Lambda Function Invocation Result - {result}"
        assert (event["source"], event["account"], event["region"]) == ("lambda", aws.account, aws.region)
        assert event["resources"] == [f"{arn}:$LATEST", bus]
    assert told["Success"]["detail"]["responsePayload"] == 7
    assert told["Failure"]["detail"]["requestContext"]["condition"] == "RetriesExhausted"
    assert told["Failure"]["detail"]["requestPayload"] == {"fails": True}


def test_durable_executions_tell_the_default_bus_of_their_status(
    aws: Any, functions: Any, create: Callable[..., Any], heard: Callable[..., Callable[[], list[dict[str, Any]]]]
) -> None:
    read = heard("default", "aws.lambda")
    done = "def handler(event, context):\n    return {'Status': event['InitialExecutionState'] and 'SUCCEEDED'}\n"
    arn = create(done, DurableConfig={"ExecutionTimeout": 60, "RetentionPeriodInDays": 1})["FunctionArn"]
    execution = functions.invoke(
        FunctionName="f:$LATEST", InvocationType="Event", DurableExecutionName="one", Payload=b"{}"
    )["DurableExecutionArn"]
    told = {event["detail"]["status"]: event for event in read()}
    assert told.keys() == {"RUNNING", "SUCCEEDED"}
    for event in told.values():
        assert event["detail-type"] == "Durable Execution Status Change"
        assert event["resources"] == []
        assert event["detail"]["durableExecutionArn"] == execution
        assert event["detail"]["durableExecutionName"] == "one"
        assert event["detail"]["functionArn"] == f"{arn}:$LATEST"
        assert event["detail"]["startTimestamp"].endswith("Z")
    assert "endTimestamp" not in told["RUNNING"]["detail"]
    assert told["SUCCEEDED"]["detail"]["endTimestamp"] >= told["SUCCEEDED"]["detail"]["startTimestamp"]
