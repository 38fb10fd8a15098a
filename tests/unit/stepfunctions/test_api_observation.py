"""What is told of executions: lines of logs and status events."""

import json
from typing import Any

import pytest

from serein.kernel.scope import Scope
from serein.services.stepfunctions.log_lines import is_logged, lines_of, stream_name
from serein.services.stepfunctions.seen import Seen
from serein.services.stepfunctions.status_events import status_entry

ARN = "arn:aws:states:us-east-1:123456789012:execution:machine:one"
STARTED = {
    "timestamp": 1.5,
    "type": "ExecutionStarted",
    "id": 1,
    "previousEventId": 0,
    "executionStartedEventDetails": {"input": "{}", "inputDetails": {"truncated": False}, "roleArn": "role"},
}


def seen(**members: Any) -> Seen:
    given: dict[str, Any] = {
        "scope": Scope("123456789012", "us-east-1"),
        "arn": ARN,
        "name": "one",
        "machine_name": "machine",
        "machine_arn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
        "revision_id": "r",
        "is_express": False,
        "events": [STARTED],
        "status": "RUNNING",
        "started_at": 1.5,
    }
    return Seen(**{**given, **members})


def detail(entry: dict[str, Any]) -> Any:
    return json.loads(entry["Detail"])


@pytest.mark.parametrize(
    ("event", "levels"),
    [
        ("ExecutionStarted", {"ALL"}),
        ("ExecutionSucceeded", {"ALL"}),
        ("PassStateEntered", {"ALL"}),
        ("ExecutionFailed", {"ALL", "ERROR", "FATAL"}),
        ("ExecutionAborted", {"ALL", "ERROR", "FATAL"}),
        ("ExecutionTimedOut", {"ALL", "ERROR", "FATAL"}),
        ("FailStateEntered", {"ALL", "ERROR"}),
        ("LambdaFunctionFailed", {"ALL", "ERROR"}),
        ("TaskTimedOut", {"ALL", "ERROR"}),
        ("MapIterationAborted", {"ALL", "ERROR"}),
        ("EvaluationFailed", {"ALL", "ERROR"}),
    ],
)
def test_levels_log_the_events_that_aws_logs(event: str, levels: set[str]) -> None:
    assert {level for level in ("ALL", "ERROR", "FATAL", "OFF") if is_logged(event, level)} == levels


def test_a_line_is_the_event_in_the_form_of_logs() -> None:
    ((time, text),) = lines_of(ARN, 2, [STARTED], {"level": "ALL", "includeExecutionData": True})
    assert time == 1.5
    assert json.loads(text) == {
        "id": "1",
        "type": "ExecutionStarted",
        "details": {"input": "{}", "inputDetails": {"truncated": False}, "roleArn": "role"},
        "previous_event_id": "0",
        "event_timestamp": "1500",
        "execution_arn": ARN,
        "redrive_count": "2",
    }
    ((_, text),) = lines_of(ARN, 0, [STARTED], {"level": "ALL", "includeExecutionData": False})
    assert json.loads(text)["details"] == {"inputDetails": {"truncated": False}, "roleArn": "role"}
    assert lines_of(ARN, 0, [STARTED], {"level": "ERROR", "includeExecutionData": True}) == []


def test_data_that_is_too_large_for_logs_is_cut() -> None:
    large = "é" * 200_000
    event = {
        "timestamp": 1.0,
        "type": "PassStateExited",
        "id": 3,
        "previousEventId": 2,
        "stateExitedEventDetails": {"name": "P", "output": large, "outputDetails": {"truncated": False}},
    }
    ((_, text),) = lines_of(ARN, 0, [event], {"level": "ALL", "includeExecutionData": True})
    details = json.loads(text)["details"]
    assert details["outputDetails"] == {"truncated": True}
    assert len(details["output"].encode()) == 248 * 1024
    assert large.startswith(details["output"])


def test_a_stream_is_of_a_machine_and_an_hour() -> None:
    assert stream_name("machine", "7a175237-0000", 1661356800.0) == "states/machine/2022-08-24-16/7a175237"


def test_a_status_event_tells_of_the_beginning() -> None:
    entry = status_entry(seen(), "RUNNING", 2.0)
    assert (entry["Source"], entry["DetailType"]) == ("aws.states", "Step Functions Execution Status Change")
    assert (entry["Resources"], entry["Time"]) == ([ARN], 2.0)
    assert detail(entry) == {
        "executionArn": ARN,
        "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:machine",
        "name": "one",
        "status": "RUNNING",
        "startDate": 1500,
        "stopDate": None,
        "input": "{}",
        "output": None,
        "stateMachineVersionArn": None,
        "stateMachineAliasArn": None,
        "redriveCount": 0,
        "redriveDate": None,
        "redriveStatus": "NOT_REDRIVABLE",
        "redriveStatusReason": "Execution is RUNNING and cannot be redriven",
        "inputDetails": {"included": True},
        "outputDetails": None,
        "error": None,
        "cause": None,
    }


def test_a_status_event_tells_of_the_end() -> None:
    ended = seen(status="SUCCEEDED", stopped_at=2.25, output='"x"', version_arn="v", alias_arn="a")
    shown = detail(status_entry(ended, "SUCCEEDED", 2.25))
    assert (shown["status"], shown["stopDate"], shown["output"]) == ("SUCCEEDED", 2250, '"x"')
    assert (shown["stateMachineVersionArn"], shown["stateMachineAliasArn"]) == ("v", "a")
    assert shown["outputDetails"] == {"included": True}
    failed = detail(status_entry(seen(status="FAILED", stopped_at=2.0, error="E", cause="C"), "FAILED", 2.0))
    assert (failed["error"], failed["cause"], failed["output"]) == ("E", "C", None)
    assert (failed["redriveStatus"], failed["redriveStatusReason"]) == ("REDRIVABLE", None)


def test_payloads_that_are_too_large_for_events_are_left_out() -> None:
    large = json.dumps("x" * 200_000)
    both = detail(status_entry(seen(status="SUCCEEDED", stopped_at=2.0, input=large, output=large), "SUCCEEDED", 2.0))
    assert (both["input"], both["inputDetails"]) == (None, {"included": False})
    assert (both["output"], both["outputDetails"]) == (large, {"included": True})
    huge = json.dumps("x" * 260_000)
    one = detail(status_entry(seen(status="SUCCEEDED", stopped_at=2.0, output=huge), "SUCCEEDED", 2.0))
    assert (one["output"], one["outputDetails"]) == (None, {"included": False})
    assert one["input"] == "{}"
