"""Functions that trigger themselves: they are stopped after 16 invocations, unless they may loop."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from serein.kernel.scope import Scope
from serein.services.lambda_.lineage import mark_of

AGAIN = """
import boto3, json, os
sqs, functions, sns = (boto3.client(name) for name in ("sqs", "lambda", "sns"))
def handler(event, context):
    turn = json.loads(event["Records"][0]["Sns"]["Message"] if "Records" in event else json.dumps(event))["turn"]
    sqs.send_message(QueueUrl=os.environ["RUNS"], MessageBody=str(turn))
    if turn == 25:
        return
    again = json.dumps({"turn": turn + 1})
    if os.environ.get("TOPIC"):
        sns.publish(TopicArn=os.environ["TOPIC"], Message=again)
    else:
        functions.invoke(FunctionName="f", InvocationType="Event", Payload=again)
"""


@pytest.fixture
def loop(aws: Any, functions: Any, create: Callable[..., Any]) -> Callable[..., tuple[list[int], list[Any]]]:
    """Start `f`'s loop; return its turns, and what its on-failure destination got."""

    def start(topic: str = "") -> tuple[list[int], list[Any]]:
        sqs = aws.client("sqs")
        runs, ends = (sqs.create_queue(QueueName=name)["QueueUrl"] for name in ("runs", "ends"))
        functions.update_function_configuration(
            FunctionName="f", Environment={"Variables": {"RUNS": runs, "TOPIC": topic}}
        )
        functions.put_function_event_invoke_config(
            FunctionName="f",
            DestinationConfig={"OnFailure": {"Destination": f"arn:aws:sqs:us-east-1:{aws.account}:ends"}},
        )
        functions.invoke(FunctionName="f", InvocationType="Event", Payload=b'{"turn": 1}')
        aws.idle()
        turns, documents = ([json.loads(body) for body in bodies(sqs, url)] for url in (runs, ends))
        return sorted(turns), documents

    create(AGAIN, Timeout=20)
    return start


def bodies(sqs: Any, url: str) -> list[str]:
    taken: list[str] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        taken += [message["Body"] for message in messages]
    return taken


def test_a_function_that_invokes_itself_is_stopped(loop: Callable[..., tuple[list[int], list[Any]]]) -> None:
    turns, (document,) = loop()
    assert turns == list(range(1, 17))
    assert document["requestContext"]["condition"] == "RecursiveInvocation"
    assert document["requestPayload"] == {"turn": 17}


def test_a_loop_through_a_topic_is_stopped(
    aws: Any, functions: Any, loop: Callable[..., tuple[list[int], list[Any]]]
) -> None:
    sns = aws.client("sns")
    topic = sns.create_topic(Name="again")["TopicArn"]
    arn = functions.get_function_configuration(FunctionName="f")["FunctionArn"]
    sns.subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    turns, documents = loop(topic)
    assert (turns, len(documents)) == (list(range(1, 17)), 1)


def test_a_function_that_may_loop_goes_on(functions: Any, loop: Callable[..., tuple[list[int], list[Any]]]) -> None:
    assert functions.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Terminate"
    put = functions.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")
    assert put["RecursiveLoop"] == "Allow"
    assert functions.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Allow"
    turns, documents = loop()
    assert (turns, documents) == (list(range(1, 26)), [])


def test_a_caller_who_waits_is_told(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    create()
    mark = mark_of(Scope(aws.account, "us-east-1"), "f")

    def trace(request: Any, **_: Any) -> None:
        request.headers["X-Amzn-Trace-Id"] = f"Root=1-00000000-1;Parent=2;Sampled=0;Lineage={mark}:16"

    functions.meta.events.register("before-sign.lambda.Invoke", trace)
    with pytest.raises(functions.exceptions.RecursiveInvocationException, match="in a recursive loop"):
        functions.invoke(FunctionName="f")


def test_a_function_that_is_not_there_has_no_setting(functions: Any) -> None:
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.get_function_recursion_config(FunctionName="f")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")
