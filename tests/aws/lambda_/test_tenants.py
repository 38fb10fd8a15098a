"""Functions that keep their tenants apart."""

import json
from collections.abc import Callable
from typing import Any

import pytest

COUNT = """
runs = 0
def handler(event, context):
    global runs
    runs += 1
    return [context.tenant_id, runs]
"""
APART = {"TenancyConfig": {"TenantIsolationMode": "PER_TENANT"}}


def test_tenants_do_not_share_environments(create: Callable[..., Any], invoke: Callable[..., Any]) -> None:
    create(COUNT, **APART)
    assert invoke(TenantId="a") == ["a", 1]
    assert invoke(TenantId="b") == ["b", 1]
    assert invoke(TenantId="a") == ["a", 2]


def test_events_keep_their_tenant(aws: Any, functions: Any, create: Callable[..., Any]) -> None:
    create(COUNT, **APART)
    sqs = aws.client("sqs")
    url = sqs.create_queue(QueueName="done")["QueueUrl"]
    functions.put_function_event_invoke_config(
        FunctionName="f",
        DestinationConfig={"OnSuccess": {"Destination": f"arn:aws:sqs:us-east-1:{aws.account}:done"}},
    )
    functions.invoke(FunctionName="f", InvocationType="Event", TenantId="a b")
    aws.idle()
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    assert json.loads(message["Body"])["responsePayload"] == ["a b", 1]


def test_a_tenant_must_be_told_where_they_are_kept_apart_and_only_there(
    functions: Any, create: Callable[..., Any]
) -> None:
    create(COUNT, **APART)
    create(COUNT, name="g")
    refused = functions.exceptions.InvalidParameterValueException
    for kind in ("RequestResponse", "Event", "DryRun"):
        with pytest.raises(refused, match="Add a valid tenant ID in your request"):
            functions.invoke(FunctionName="f", InvocationType=kind)
        with pytest.raises(refused, match="Remove the tenant ID from your request"):
            functions.invoke(FunctionName="g", InvocationType=kind, TenantId="a")
    stream = functions.invoke_with_response_stream(FunctionName="f", TenantId="a")["EventStream"]
    assert b"".join(event.get("PayloadChunk", {}).get("Payload", b"") for event in stream) == b'["a", 1]'


def test_a_stream_ends_with_its_log(functions: Any, create: Callable[..., Any]) -> None:
    create("def handler(event, context):\n    print('hello')\n    return 1\n")
    events = list(functions.invoke_with_response_stream(FunctionName="f", LogType="Tail")["EventStream"])
    assert "LogResult" in events[-1]["InvokeComplete"]
    assert "ErrorCode" not in events[-1]["InvokeComplete"]
    dry = functions.invoke_with_response_stream(FunctionName="f", InvocationType="DryRun")
    assert (dry["StatusCode"], list(dry["EventStream"])) == (204, [])
