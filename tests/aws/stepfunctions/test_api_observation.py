"""What is told of executions: logs, metrics, status events; and how versions, aliases and deletions show in them."""

import json
from typing import Any

import pytest

from queues import Queue, refusal
from tests.aws.stepfunctions.test_api_machines import ROLE, arn_of, make, passing

FAILING = json.dumps({"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "Bad", "Cause": "why"}}})
WAITING = json.dumps({"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "Next": "P"}, "P": {
    "Type": "Pass", "End": True}}})  # fmt: skip


@pytest.fixture
def states(aws: Any) -> Any:
    return aws.client("stepfunctions")


def logging(aws: Any, level: str, *, data: bool = True, group: str = "/aws/vendedlogs/states/m") -> dict[str, Any]:
    aws.client("logs").create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:{group}:*"
    destinations = [{"cloudWatchLogsLogGroup": {"logGroupArn": arn}}]
    return {"level": level, "includeExecutionData": data, "destinations": destinations}


def logged(aws: Any, group: str = "/aws/vendedlogs/states/m") -> list[Any]:
    aws.idle()
    events = aws.client("logs").filter_log_events(logGroupName=group)["events"]
    assert all(event["logStreamName"].startswith("states/machine/") for event in events)
    return sorted((json.loads(event["message"]) for event in events), key=lambda line: int(line["id"]))


def run(aws: Any, states: Any, arn: str, **members: Any) -> Any:
    started = states.start_execution(stateMachineArn=arn, **members)
    aws.idle()
    return states.describe_execution(executionArn=started["executionArn"])


def test_all_events_are_logged_with_their_data(aws: Any, states: Any) -> None:
    arn = make(states, loggingConfiguration=logging(aws, "ALL"))
    shown = run(aws, states, arn, input='{"a": 1}')
    lines = logged(aws)
    assert [line["type"] for line in lines] == [
        "ExecutionStarted",
        "PassStateEntered",
        "PassStateExited",
        "ExecutionSucceeded",
    ]
    assert {line["execution_arn"] for line in lines} == {shown["executionArn"]}
    assert lines[0]["details"]["input"] == '{"a": 1}'
    assert [line["previous_event_id"] for line in lines] == ["0", "0", "2", "3"]
    assert lines[3]["details"]["output"] == "1"


def test_levels_and_data_are_left_out_as_configured(aws: Any, states: Any) -> None:
    arn = make(states, definition=FAILING, loggingConfiguration=logging(aws, "ERROR", data=False))
    run(aws, states, arn, input='{"a": 1}')
    lines = logged(aws)
    assert [line["type"] for line in lines] == ["FailStateEntered", "ExecutionFailed"]
    assert "input" not in lines[0]["details"]
    assert lines[1]["details"] == {"error": "Bad", "cause": "why"}


def test_express_executions_are_logged(aws: Any, states: Any) -> None:
    arn = make(states, type="EXPRESS", loggingConfiguration=logging(aws, "ALL"))
    states.start_execution(stateMachineArn=arn)
    assert [line["type"] for line in logged(aws)][::3] == ["ExecutionStarted", "ExecutionSucceeded"]


def test_status_changes_are_events(aws: Any, states: Any) -> None:
    queue = Queue(aws, "statuses")
    events = aws.client("events")
    pattern = {"source": ["aws.states"], "detail": {"status": ["RUNNING", "SUCCEEDED", "FAILED"]}}
    events.put_rule(Name="statuses", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="statuses", Targets=[{"Id": "q", "Arn": queue.arn}])
    shown = run(aws, states, make(states), name="one", input="{}")
    run(aws, states, make(states, "bad", definition=FAILING), name="two")
    states.start_execution(stateMachineArn=make(states, "quick", type="EXPRESS"))
    aws.idle()
    found = queue.bodies()
    told = {(event["detail"]["name"], event["detail"]["status"]) for event in found}
    assert told == {("one", "RUNNING"), ("one", "SUCCEEDED"), ("two", "RUNNING"), ("two", "FAILED")}
    event = next(each for each in found if each["detail"]["status"] == "SUCCEEDED")
    assert event["detail-type"] == "Step Functions Execution Status Change"
    assert event["resources"] == [shown["executionArn"]]
    assert (event["detail"]["input"], event["detail"]["output"]) == ("{}", "1")


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": [{"prefix": "aws."}]},
        {"detail-type": ["Step Functions Execution Status Change"]},
        {"$or": [{"source": ["aws.states"]}, {"source": ["other"]}]},
    ],
)
def test_status_changes_reach_whoever_may_mean_them(aws: Any, states: Any, pattern: dict[str, Any]) -> None:
    queue = Queue(aws, "statuses")
    events = aws.client("events")
    events.put_rule(Name="others", EventPattern='{"source": ["other"]}')
    run(aws, states, make(states))
    events.put_rule(Name="statuses", EventPattern=json.dumps(pattern))
    events.put_targets(Rule="statuses", Targets=[{"Id": "q", "Arn": queue.arn}])
    run(aws, states, make(states))
    told = [event["detail"]["status"] for event in queue.bodies() if event["source"] == "aws.states"]
    assert sorted(told) == ["RUNNING", "SUCCEEDED"]


def test_executions_and_tasks_are_counted(aws: Any, states: Any) -> None:
    queue = Queue(aws, "work")
    send = {
        "StartAt": "S",
        "States": {
            "S": {
                "Type": "Task",
                "Resource": "arn:aws:states:::sqs:sendMessage",
                "Parameters": {"QueueUrl": queue.url, "MessageBody": "x"},
                "End": True,
            }
        },
    }
    good = make(states, definition=json.dumps(send), publish=True)
    bad = make(states, "bad", definition=FAILING)
    quick = make(states, "quick", type="EXPRESS")
    run(aws, states, good)
    run(aws, states, f"{good}:1")
    run(aws, states, bad)
    states.start_execution(stateMachineArn=quick)
    aws.idle()
    aws.advance(120)
    aws.idle()

    def total(metric: str, statistic: str = "Sum", **dimensions: str) -> float:
        reply = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/States",
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=0,
            EndTime=4_000_000_000,
            Period=86_400 * 365 * 10,
            Statistics=[statistic],
        )
        return sum(float(point[statistic]) for point in reply["Datapoints"])

    assert total("ExecutionsStarted", StateMachineArn=good) == 2
    assert total("ExecutionsSucceeded", StateMachineArn=good) == 2
    assert total("ExecutionsSucceeded", StateMachineArn=good, Version="1") == 1
    assert total("ExecutionTime", "SampleCount", StateMachineArn=good) == 2
    assert total("ExecutionsFailed", StateMachineArn=bad) == 1
    assert total("ExpressExecutionBilledDuration", StateMachineArn=quick) >= 100
    resource = f"arn:aws:states:{aws.region}:{aws.account}:sqs:sendMessage"
    for step in ("Scheduled", "Started", "Succeeded"):
        assert total(f"ServiceIntegrations{step}", ServiceIntegrationResourceArn=resource) == 2
    assert total("ServiceIntegrationTime", "SampleCount", ServiceIntegrationResourceArn=resource) == 2


def test_an_alias_starts_its_versions(aws: Any, states: Any) -> None:
    arn = make(states, publish=True)
    states.update_state_machine(stateMachineArn=arn, definition=passing(2), publish=True)
    routes = [
        {"stateMachineVersionArn": f"{arn}:1", "weight": 0},
        {"stateMachineVersionArn": f"{arn}:2", "weight": 100},
    ]
    states.create_state_machine_alias(name="live", routingConfiguration=routes)
    shown = run(aws, states, f"{arn}:live")
    assert (shown["output"], shown["stateMachineVersionArn"]) == ("2", f"{arn}:2")
    assert (shown["stateMachineAliasArn"], shown["stateMachineArn"]) == (f"{arn}:live", arn)
    first = run(aws, states, f"{arn}:1")
    assert (first["output"], "stateMachineAliasArn" in first) == ("1", False)
    start = states.start_execution
    assert refusal(start, stateMachineArn=f"{arn}:3")[0] == "StateMachineDoesNotExist"
    assert refusal(start, stateMachineArn=f"{arn}/label")[0] == "ValidationException"


def test_what_an_execution_runs_is_told_after_the_machine_has_changed(aws: Any, states: Any) -> None:
    arn = make(states)
    before = run(aws, states, arn)["executionArn"]
    states.update_state_machine(stateMachineArn=arn, definition=passing(2), roleArn=f"{ROLE}2")
    after = run(aws, states, arn)["executionArn"]
    first, second = (states.describe_state_machine_for_execution(executionArn=each) for each in (before, after))
    assert (first["definition"], first["roleArn"], "revisionId" in first) == (passing(1), ROLE, False)
    assert (second["definition"], second["roleArn"]) == (passing(2), f"{ROLE}2")
    assert (first["stateMachineArn"], first["name"]) == (arn, "machine")
    assert first["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    bare = states.describe_state_machine_for_execution(executionArn=before, includedData="METADATA_ONLY")
    assert bare["definition"] == "{}"
    describe = states.describe_state_machine_for_execution
    missing = arn_of(aws, "execution:machine:none")
    assert refusal(describe, executionArn=missing) == (
        "ExecutionDoesNotExist",
        f"Execution Does Not Exist: '{missing}'",
    )
    assert refusal(describe, executionArn=arn)[0] == "InvalidArn"
    assert refusal(describe, executionArn=arn_of(aws, "express:machine:one:two"))[0] == "InvalidArn"


def test_a_machine_that_is_deleted_ends_its_executions_with_their_next_transition(aws: Any, states: Any) -> None:
    arn = make(states, definition=WAITING)
    execution = states.start_execution(stateMachineArn=arn)["executionArn"]
    aws.idle()
    states.delete_state_machine(stateMachineArn=arn)
    assert states.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    deleting = f"State Machine is deleting: '{arn}'"
    assert refusal(states.start_execution, stateMachineArn=arn) == ("StateMachineDeleting", deleting)
    for call, members in (
        (states.create_state_machine, {"name": "machine", "definition": WAITING, "roleArn": ROLE}),
        (states.update_state_machine, {"stateMachineArn": arn, "roleArn": ROLE}),
        (states.publish_state_machine_version, {"stateMachineArn": arn}),
    ):
        assert refusal(call, **members) == ("StateMachineDeleting", deleting)
    aws.advance(60)
    aws.idle()
    assert states.describe_execution(executionArn=execution)["status"] != "RUNNING"
    assert refusal(states.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"
    assert make(states) == arn
