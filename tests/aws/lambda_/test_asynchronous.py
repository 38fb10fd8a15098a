"""Asynchronous invocations: where their ends are told, what their settings may be, how long they are tried."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

FAILS = "def handler(event, context):\n    raise ValueError('no')\n"


@pytest.fixture
def queue(aws: Any) -> Callable[[str], Any]:
    def make(name: str) -> tuple[str, str]:
        url = aws.client("sqs").create_queue(QueueName=name)["QueueUrl"]
        return url, f"arn:aws:sqs:us-east-1:{aws.account}:{name}"

    return make


@pytest.fixture
def bodies(aws: Any) -> Callable[[str], list[Any]]:
    """The bodies of a queue's messages, decoded and taken."""

    def take(url: str) -> list[Any]:
        sqs = aws.client("sqs")
        taken = []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            taken += [json.loads(message["Body"]) for message in messages]
        return taken

    return take


@pytest.fixture
def refusal(functions: Any) -> Callable[..., tuple[str, str]]:
    def of(operation: str = "put_function_event_invoke_config", **request: Any) -> tuple[str, str]:
        with pytest.raises(ClientError) as error:
            getattr(functions, operation)(**{"FunctionName": "f", **request})
        told = error.value.response["Error"]
        return told["Code"], told["Message"]

    return of


def to(side: str, arn: str) -> dict[str, Any]:
    return {"DestinationConfig": {side: {"Destination": arn}}}


def test_a_bucket_gets_failures_as_objects(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    bucket, s3 = aws.unique("failures"), aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    create(FAILS)
    functions.put_function_event_invoke_config(
        FunctionName="f", MaximumRetryAttempts=0, **to("OnFailure", f"arn:aws:s3:::{bucket}")
    )
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"x": 1}')
    aws.idle()
    (item,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    day = r"(\d{4})/(\d{2})/(\d{2})/\1-\2-\3T\d\d\.\d\d\.\d\d"
    assert re.fullmatch(rf"aws/lambda/async/f/{day}-[0-9a-f-]{{36}}", item["Key"])
    document = json.loads(s3.get_object(Bucket=bucket, Key=item["Key"])["Body"].read())
    assert document["requestContext"]["condition"] == "RetriesExhausted"
    assert document["requestContext"]["approximateInvokeCount"] == 1
    assert document["requestPayload"] == {"x": 1}
    assert document["responseContext"] == {
        "statusCode": 200,
        "executedVersion": "$LATEST",
        "functionError": "Unhandled",
    }
    assert document["responsePayload"]["errorMessage"] == "no"


def test_topics_and_functions_get_documents(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any], bodies: Callable[[str], Any]
) -> None:
    (told_url, told_arn), (done_url, _) = queue("told"), queue("done")
    sns = aws.client("sns")
    topic = sns.create_topic(Name="failures")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=told_arn, Attributes={"RawMessageDelivery": "true"})
    send = (
        "import boto3, json, os\n"
        "def handler(event, context):\n"
        "    boto3.client('sqs').send_message(QueueUrl=os.environ['QUEUE'], MessageBody=json.dumps(event))\n"
    )
    teller = create(send, "teller", Environment={"Variables": {"QUEUE": done_url}}, Timeout=20)["FunctionArn"]
    create("def handler(event, context):\n    if event.get('fails'):\n        raise ValueError('no')\n    return 7\n")
    functions.put_function_event_invoke_config(
        FunctionName="f",
        MaximumRetryAttempts=0,
        DestinationConfig={"OnSuccess": {"Destination": teller}, "OnFailure": {"Destination": topic}},
    )
    for event in ({}, {"fails": True}):
        functions.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps(event))
    aws.idle()
    (failure,) = bodies(told_url)
    assert failure["requestPayload"] == {"fails": True}
    (success,) = bodies(done_url)
    assert (success["requestContext"]["condition"], success["responsePayload"]) == ("Success", 7)


def test_settings_belong_to_a_qualifier(
    functions: Any, create: Callable[..., Any], aws: Any, queue: Callable[[str], Any], bodies: Callable[[str], Any]
) -> None:
    url, arn = queue("ends")
    create()
    functions.publish_version(FunctionName="f")
    functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    functions.put_function_event_invoke_config(FunctionName="f", Qualifier="live", **to("OnSuccess", arn))
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'"latest"')
    functions.invoke(FunctionName="f:live", InvocationType="Event", Payload=b'"live"')
    aws.idle()
    (document,) = bodies(url)
    assert document["requestContext"]["functionArn"].endswith(":f:live")
    assert (document["responsePayload"], document["responseContext"]["executedVersion"]) == ("live", "1")


def test_an_event_that_is_too_old_is_not_tried_again(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any], bodies: Callable[[str], Any]
) -> None:
    url, arn = queue("ends")
    create(FAILS)
    functions.put_function_event_invoke_config(
        FunctionName="f", MaximumEventAgeInSeconds=100, MaximumRetryAttempts=2, **to("OnFailure", arn)
    )
    functions.invoke(FunctionName="f", InvocationType="Event")
    aws.idle()
    assert bodies(url) == []
    aws.advance(61)
    (document,) = bodies(url)
    assert document["requestContext"]["condition"] == "EventAgeExceeded"
    assert document["requestContext"]["approximateInvokeCount"] == 2


def test_a_function_that_is_switched_off_gives_its_events_up(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any], bodies: Callable[[str], Any]
) -> None:
    (url, arn), (dead_url, dead_arn) = queue("ends"), queue("dead")
    create(DeadLetterConfig={"TargetArn": dead_arn})
    functions.put_function_event_invoke_config(FunctionName="f", **to("OnFailure", arn))
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"x": 1}')
    aws.idle()
    (document,) = bodies(url)
    assert document["requestContext"]["approximateInvokeCount"] == 0
    assert "responseContext" not in document
    assert bodies(dead_url) == [{"x": 1}]


def test_events_wait_for_the_places_of_their_function(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any], bodies: Callable[[str], Any]
) -> None:
    url, arn = queue("ends")
    create("import os\ndef handler(event, context):\n    return [event, os.getpid()]\n")
    functions.put_function_event_invoke_config(FunctionName="f", **to("OnSuccess", arn))
    functions.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=1)
    for number in range(12):
        functions.invoke(FunctionName="f", InvocationType="Event", Payload=json.dumps(number))
    aws.idle()
    documents = bodies(url)
    assert sorted(document["responsePayload"][0] for document in documents) == list(range(12))
    assert {document["requestContext"]["approximateInvokeCount"] for document in documents} == {1}


def test_events_of_a_deleted_function_are_dropped(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any], bodies: Callable[[str], Any]
) -> None:
    url, arn = queue("ends")
    create(FAILS)
    functions.put_function_event_invoke_config(FunctionName="f", **to("OnFailure", arn))
    functions.invoke(FunctionName="f", InvocationType="Event")
    aws.idle()
    functions.delete_function(FunctionName="f")
    aws.advance(600)
    assert bodies(url) == []


def test_invoke_async_is_its_predecessor(
    aws: Any, functions: Any, create: Callable[..., Any], queue: Callable[[str], Any], bodies: Callable[[str], Any]
) -> None:
    url, arn = queue("ends")
    create()
    functions.put_function_event_invoke_config(FunctionName="f", **to("OnSuccess", arn))
    assert functions.invoke_async(FunctionName="f", InvokeArgs=b'{"x": 1}')["Status"] == 202
    aws.idle()
    (document,) = bodies(url)
    assert document["responsePayload"] == {"x": 1}
    with pytest.raises(functions.exceptions.InvalidRequestContentException):
        functions.invoke_async(FunctionName="f", InvokeArgs=b"{")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.invoke_async(FunctionName="g", InvokeArgs=b"{}")


def test_impossible_destinations_are_refused(
    aws: Any, create: Callable[..., Any], refusal: Callable[..., tuple[str, str]]
) -> None:
    arn = create()["FunctionArn"]
    prefix = f"us-east-1:{aws.account}"
    assert refusal() == (
        "InvalidParameterValueException",
        "You must specify at least one of error handling or destination setting.",
    )
    own = "You can't specify the function as a destination for itself."
    assert refusal(**to("OnSuccess", arn)) == ("InvalidParameterValueException", own)
    assert refusal(**to("OnSuccess", f"{arn}:live"))[1] == own
    assert refusal(**to("OnSuccess", f"{arn}x"))[1] == f"The destination ARN {arn}x is invalid."
    fifo = f"arn:aws:sqs:{prefix}:q.fifo"
    assert refusal(**to("OnFailure", fifo)) == (
        "InvalidParameterValueException",
        "The provided destination config DestinationConfig(onSuccess=null, "
        f"onFailure=OnFailure(destination={fifo})) is invalid.",
    )
    for side, wrong in (
        ("OnFailure", f"arn:aws:sns:{prefix}:t.fifo"),
        ("OnSuccess", "arn:aws:s3:::bucket"),
        ("OnSuccess", f"arn:aws:dynamodb:{prefix}:table/t"),
    ):
        assert refusal(**to(side, wrong))[0] == "InvalidParameterValueException"
    assert refusal(**to("OnSuccess", "no arn"))[0] == "ValidationException"
    assert refusal(MaximumRetryAttempts=3)[0] == "ValidationException"


def test_settings_are_put_updated_listed_and_deleted(
    functions: Any, create: Callable[..., Any], refusal: Callable[..., tuple[str, str]], aws: Any
) -> None:
    gone = ("ResourceNotFoundException", "The function doesn't exist.")
    assert refusal(MaximumRetryAttempts=1) == gone
    assert refusal("get_function_event_invoke_config")[1] == (
        f"The function arn:aws:lambda:us-east-1:{aws.account}:function:f:$LATEST doesn't have an EventInvokeConfig"
    )
    arn = create()["FunctionArn"]
    assert refusal(MaximumRetryAttempts=1, Qualifier="none") == gone
    for operation in ("get_function_event_invoke_config", "delete_function_event_invoke_config"):
        for qualifier in ("$LATEST", "none", "7"):
            assert refusal(operation, Qualifier=qualifier) == (
                "ResourceNotFoundException",
                f"The function {arn}:{qualifier} doesn't have an EventInvokeConfig",
            )
    one, other = (f"arn:aws:sqs:us-east-1:{aws.account}:{name}" for name in ("one", "other"))
    put = functions.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1, **to("OnSuccess", one))
    assert put["FunctionArn"] == f"{arn}:$LATEST"
    assert put["DestinationConfig"] == {"OnSuccess": {"Destination": one}, "OnFailure": {}}
    updated = functions.update_function_event_invoke_config(
        FunctionName="f", MaximumEventAgeInSeconds=60, **to("OnFailure", other)
    )
    assert (updated["MaximumRetryAttempts"], updated["MaximumEventAgeInSeconds"]) == (1, 60)
    assert updated["DestinationConfig"] == {"OnSuccess": {"Destination": one}, "OnFailure": {"Destination": other}}
    updated = functions.update_function_event_invoke_config(FunctionName="f", **to("OnSuccess", ""))
    assert updated["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {"Destination": other}}
    functions.publish_version(FunctionName="f")
    functions.put_function_event_invoke_config(FunctionName="f", Qualifier="1", MaximumRetryAttempts=0)
    first = functions.list_function_event_invoke_configs(FunctionName="f", MaxItems=1)
    rest = functions.list_function_event_invoke_configs(FunctionName="f", Marker=first["NextMarker"])
    listed = first["FunctionEventInvokeConfigs"] + rest["FunctionEventInvokeConfigs"]
    assert [each["FunctionArn"].rpartition(":")[2] for each in listed] == ["$LATEST", "1"]
    functions.delete_function_event_invoke_config(FunctionName="f")
    assert refusal("delete_function_event_invoke_config")[0] == "ResourceNotFoundException"
    assert refusal("update_function_event_invoke_config", MaximumRetryAttempts=1)[0] == "ResourceNotFoundException"
