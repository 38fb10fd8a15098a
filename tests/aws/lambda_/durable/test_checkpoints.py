"""The protocol between a durable function and Lambda, spoken without an SDK."""

import json
from collections.abc import Callable
from typing import Any

import pytest

Define = Callable[..., Any]
SPEAKER = """
from botocore.exceptions import ClientError

def handler(event, context):
    client = boto3.client("lambda")
    root = event["InitialExecutionState"]["Operations"][0]
    heard, token = [], event["CheckpointToken"]
    for updates in json.loads(root["ExecutionDetails"]["InputPayload"]):
        try:
            reply = client.checkpoint_durable_execution(
                DurableExecutionArn=event["DurableExecutionArn"], CheckpointToken=token, Updates=updates
            )
        except ClientError as error:
            heard.append(error.response["Error"]["Message"])
        else:
            token = reply["CheckpointToken"]
            heard.append({each["Id"]: each["Status"] for each in reply["NewExecutionState"]["Operations"]})
    return {"Status": "SUCCEEDED", "Result": json.dumps(heard)}
"""


def update(kind: str, action: str, id: str = "a", **more: Any) -> dict[str, Any]:
    return {"Id": id, "Type": kind, "Action": action, **more}


STEP, WAIT, CALLBACK = update("STEP", "START"), update("WAIT", "START", WaitOptions={"WaitSeconds": 60}), "CALLBACK"
CHAIN = {"FunctionName": "f"}


@pytest.mark.parametrize(
    ("batches", "heard"),
    [
        ([[]], [{}]),
        ([[STEP], [update("STEP", "SUCCEED", Payload="1")]], [{"a": "STARTED"}, {"a": "SUCCEEDED"}]),
        ([[STEP, update("STEP", "FAIL", Error={"ErrorMessage": "m"})]], [{"a": "FAILED"}]),
        (
            [[STEP, update("STEP", "RETRY", StepOptions={"NextAttemptDelaySeconds": 9})], [STEP]],
            [{"a": "PENDING"}, "Invalid current STEP state to start."],
        ),
        ([[WAIT], [update("WAIT", "CANCEL")]], [{"a": "STARTED"}, {"a": "CANCELLED"}]),
        ([[update(CALLBACK, "START")]], [{"a": "STARTED"}]),
        ([[STEP], [STEP]], [{"a": "STARTED"}, "Invalid current STEP state to start."]),
        ([[STEP, STEP]], ["Cannot checkpoint multiple operations with the same ID."]),
        (
            [[STEP, update("STEP", "FAIL")], [update("STEP", "SUCCEED")]],
            [{"a": "FAILED"}, "Invalid current STEP state to close."],
        ),
        ([[STEP, update("STEP", "RETRY")]], ["Invalid StepOptions for the given action."]),
        (
            [[STEP, update("STEP", "RETRY", StepOptions={}, Payload="1", Error={})]],
            ["Cannot provide both error and payload to RETRY a STEP."],
        ),
        (
            [[STEP, update("STEP", "FAIL")], [update("STEP", "RETRY", StepOptions={})]],
            [{"a": "FAILED"}, "Invalid current STEP state to re-attempt."],
        ),
        ([[update("STEP", "FAIL", Payload="1")]], ["Cannot provide a Payload for FAIL action."]),
        ([[update("STEP", "SUCCEED", Error={})]], ["Cannot provide an Error for SUCCEED action."]),
        ([[update("STEP", "CANCEL")]], ["Invalid action for the given operation type."]),
        ([[update("EXECUTION", "START")]], ["Invalid action for the given operation type."]),
        (
            [[update("EXECUTION", "SUCCEED"), update("EXECUTION", "SUCCEED", "b")]],
            ["Cannot checkpoint multiple EXECUTION updates."],
        ),
        ([[update("EXECUTION", "SUCCEED"), STEP]], ["EXECUTION checkpoint must be the last update."]),
        ([[update("STEP", "START", ParentId="p")]], ["Invalid parent operation id."]),
        ([[update("STEP", "START", "p"), update("STEP", "START", ParentId="p")]], ["Invalid parent operation id."]),
        (
            [[update("CONTEXT", "START", "p"), update("STEP", "START", ParentId="p")]],
            [{"p": "STARTED", "a": "STARTED"}],
        ),
        ([[WAIT], [WAIT]], [{"a": "STARTED"}, "Cannot start a WAIT that already exist."]),
        ([[update("WAIT", "CANCEL")]], ["Cannot cancel a WAIT that does not exist or has already completed."]),
        ([[update("WAIT", "START")]], ["Update for WAIT operation requires WaitOptions."]),
        (
            [[update("CONTEXT", "START")], [update("CONTEXT", "START")]],
            [{"a": "STARTED"}, "Cannot start a CONTEXT that already exist."],
        ),
        (
            [[update("CONTEXT", "SUCCEED")], [update("CONTEXT", "FAIL")]],
            [{"a": "SUCCEEDED"}, "Invalid current CONTEXT state to close."],
        ),
        (
            [[update(CALLBACK, "START")], [update(CALLBACK, "START")]],
            [{"a": "STARTED"}, "Cannot start a CALLBACK that already exist."],
        ),
        (
            [[update("CHAINED_INVOKE", "START")]],
            ["Update for CHAINED_INVOKE operation requires ChainedInvokeOptions."],
        ),
        (
            [[update("CHAINED_INVOKE", "START", ChainedInvokeOptions={"FunctionName": "arn:aws:lambda:f"})]],
            ["Invalid function ARN 'arn:aws:lambda:f'"],
        ),
        (
            [[update("CHAINED_INVOKE", "START", ChainedInvokeOptions={"FunctionName": "999999999999:f"})]],
            ["Cannot start a CHAINED_INVOKE on a function in another account."],
        ),
        (
            [[update("CHAINED_INVOKE", "START", ChainedInvokeOptions={"FunctionName": "sa-east-1:function:f"})]],
            ["Cannot start a CHAINED_INVOKE on a function in another region."],
        ),
        ([[update("CHAINED_INVOKE", "START", ChainedInvokeOptions=CHAIN)]], [{"a": "FAILED"}]),
        ([[STEP], [WAIT]], [{"a": "STARTED"}, "Inconsistent operation type."]),
        ([[STEP], [update("STEP", "SUCCEED", Name="n")]], [{"a": "STARTED"}, "Inconsistent operation name."]),
        ([[STEP], [update("STEP", "SUCCEED", SubType="s")]], [{"a": "STARTED"}, "Inconsistent operation subtype."]),
    ],
)
def test_a_checkpoint_is_applied_or_refused_like_aws(
    speaker: Callable[..., Any], batches: list[Any], heard: list[Any]
) -> None:
    found = speaker(batches)
    # Why: the first reply also has the execution's own operation when it wasn't in the event.
    assert found == heard


@pytest.fixture
def speaker(define: Define, durable: Any) -> Callable[..., Any]:
    """Run a function that makes these checkpoints, and return what it heard."""
    define(SPEAKER)

    def run(batches: list[Any]) -> Any:
        return durable.result(durable.start(batches))

    return run


def test_more_than_3000_operations_are_refused(speaker: Callable[..., Any]) -> None:
    batches = [[update("STEP", "SUCCEED", f"s{batch}-{at}") for at in range(500)] for batch in range(6)]
    heard = speaker(batches)
    assert [len(each) for each in heard[:5]] == [500] * 5
    assert heard[5] == "The durable execution exceeded the maximum of 3000 operations."


def test_a_payload_has_a_limit(define: Define, durable: Any) -> None:
    define("""
def handler(event, context):
    client = boto3.client("lambda")
    try:
        client.checkpoint_durable_execution(
            DurableExecutionArn=event["DurableExecutionArn"],
            CheckpointToken=event["CheckpointToken"],
            Updates=[{"Id": "a", "Type": "STEP", "Action": "SUCCEED", "Payload": "x" * 1_048_577}],
        )
    except client.exceptions.InvalidParameterValueException as error:
        return {"Status": "SUCCEEDED", "Result": json.dumps(str(error))}
""")
    assert "STEP output payload size must be less than or equal to 1048576 bytes." in durable.result(durable.start())


def test_a_token_is_good_for_one_checkpoint(define: Define, durable: Any) -> None:
    define("""
def handler(event, context):
    client = boto3.client("lambda")
    def checkpoint(id, **more):
        try:
            return client.checkpoint_durable_execution(
                DurableExecutionArn=event["DurableExecutionArn"],
                CheckpointToken=event["CheckpointToken"],
                Updates=[{"Id": id, "Type": "STEP", "Action": "START"}],
                **more,
            )["CheckpointToken"]
        except client.exceptions.InvalidParameterValueException as error:
            return error.response["Error"]["Message"]
    first = checkpoint("a", ClientToken="c")
    heard = [checkpoint("a", ClientToken="c") == first, checkpoint("a", ClientToken="d"), checkpoint("a")]
    try:
        client.get_durable_execution_state(
            DurableExecutionArn=event["DurableExecutionArn"], CheckpointToken=event["CheckpointToken"]
        )
    except client.exceptions.InvalidParameterValueException as error:
        heard.append(error.response["Error"]["Message"])
    state = client.get_durable_execution_state(
        DurableExecutionArn=event["DurableExecutionArn"], CheckpointToken=first
    )["Operations"]
    heard.append([each["Type"] for each in state])
    return {"Status": "SUCCEEDED", "Result": json.dumps(heard)}
""")
    stale = "Invalid checkpoint token"
    assert durable.result(durable.start()) == [True, stale, stale, stale, ["EXECUTION", "STEP"]]


def test_the_state_comes_in_pages_without_what_has_ended_with_its_context(define: Define, durable: Any) -> None:
    define("""
def handler(event, context):
    client = boto3.client("lambda")
    where = {"DurableExecutionArn": event["DurableExecutionArn"]}
    updates = []
    for id, more in (("hidden", {}), ("kept", {"ContextOptions": {"ReplayChildren": True}})):
        updates += [
            {"Id": id, "Type": "CONTEXT", "Action": "START"},
            {"Id": id + "-inner", "ParentId": id, "Type": "CONTEXT", "Action": "START"},
            {"Id": id + "-child", "ParentId": id + "-inner", "Type": "STEP", "Action": "SUCCEED"},
            {"Id": id, "Type": "CONTEXT", "Action": "SUCCEED", "Payload": "1", **more},
        ]
    token = client.checkpoint_durable_execution(CheckpointToken=event["CheckpointToken"], Updates=updates, **where)
    request = {"CheckpointToken": token["CheckpointToken"], "MaxItems": 2, **where}
    pages = []
    while True:
        page = client.get_durable_execution_state(**request)
        pages.append([each["Id"] for each in page["Operations"]])
        if "NextMarker" not in page:
            break
        request["Marker"] = page["NextMarker"]
    return {"Status": "SUCCEEDED", "Result": json.dumps(pages)}
""")
    arn = durable.start()
    assert durable.result(arn) == [
        [arn.rpartition("/")[2], "hidden"],
        ["kept", "kept-inner"],
        ["kept-child"],
    ]


def test_a_checkpoint_may_end_the_execution_itself(define: Define, durable: Any) -> None:
    define("""
def handler(event, context):
    boto3.client("lambda").checkpoint_durable_execution(
        DurableExecutionArn=event["DurableExecutionArn"],
        CheckpointToken=event["CheckpointToken"],
        Updates=[{"Id": "end", "Type": "EXECUTION", "Action": "SUCCEED", "Payload": '"large"'}],
    )
    return {"Status": "SUCCEEDED", "Result": ""}
""")
    arn = durable.start()
    assert durable.result(arn) == "large"
    assert durable.event_types(arn) == ["ExecutionStarted", "ExecutionSucceeded", "InvocationCompleted"]


def test_an_invocation_is_given_what_the_execution_knows(aws: Any, define: Define, durable: Any) -> None:
    define("""
def handler(event, context):
    operations = {each["Id"]: each for each in event["InitialExecutionState"]["Operations"]}
    if "w" in operations:
        return {"Status": "SUCCEEDED", "Result": json.dumps(event)}
    boto3.client("lambda").checkpoint_durable_execution(
        DurableExecutionArn=event["DurableExecutionArn"],
        CheckpointToken=event["CheckpointToken"],
        Updates=[{"Id": "w", "Type": "WAIT", "Action": "START", "WaitOptions": {"WaitSeconds": 5}}],
    )
    return {"Status": "PENDING"}
""")
    arn = durable.start({"a": 1})
    aws.advance(6)
    event = durable.result(arn)
    root, wait = event["InitialExecutionState"]["Operations"]
    assert event["DurableExecutionArn"] == arn
    assert event["UpdatedOperationIds"] == ["w"]
    assert event["InitialExecutionState"]["NextMarker"] == ""
    assert json.loads(root["ExecutionDetails"]["InputPayload"]) == {"a": 1}
    assert wait["Status"] == "SUCCEEDED"
    assert wait["EndTimestamp"] - wait["StartTimestamp"] == 5000
