"""What can be asked of durable executions, and done to them: lists, histories, stops, pauses, ends."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

Define = Callable[..., Any]
WAITS = """
@durable_execution
def handler(event, context):
    context.step(lambda _: "first")
    context.wait(Duration.from_seconds(event["seconds"]))
    return context.step(lambda _: "last")
"""
DAY = 86_400


def test_an_execution_is_described(aws: Any, define: Define, durable: Any, functions: Any) -> None:
    define(WAITS)
    arn = durable.start({"seconds": 10}, DurableExecutionName="one")
    running = durable.get(arn)
    assert running["DurableExecutionArn"] == arn
    assert running["DurableExecutionName"] == "one"
    assert running["FunctionArn"].endswith(":function:f:$LATEST")
    assert (running["Version"], running["Status"], running["ExecutionDataIncluded"]) == ("$LATEST", "RUNNING", True)
    assert running["InputPayload"] == '{"seconds": 10}'
    assert running["DurableConfig"] == {"ExecutionTimeout": 600, "RetentionPeriodInDays": 1}
    assert (running["ExpectedExecutionTimeoutTimestamp"] - running["StartTimestamp"]).total_seconds() == 600
    assert running["TraceHeader"]["XAmznTraceId"].startswith("Root=")
    assert not running.keys() & {"Result", "Error", "EndTimestamp"}
    aws.advance(11)
    ended = durable.get(arn)
    assert ended["Result"] == '"last"'
    assert (ended["EndTimestamp"] - ended["StartTimestamp"]).total_seconds() >= 10
    assert "ExpectedExecutionTimeoutTimestamp" not in ended
    bare = functions.get_durable_execution(DurableExecutionArn=arn, IncludeExecutionData=False)
    assert bare["ExecutionDataIncluded"] is False
    assert not bare.keys() & {"Result", "InputPayload"}


def test_executions_are_listed_newest_first(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    first = durable.start({"seconds": 5}, DurableExecutionName="a")
    aws.advance(10)
    second = durable.start({"seconds": 500}, DurableExecutionName="b")
    aws.advance(10)
    third = durable.start({"seconds": 500}, DurableExecutionName="c")

    def listed(**request: Any) -> list[str]:
        found = functions.list_durable_executions_by_function(FunctionName="f", **request)["DurableExecutions"]
        return [each["DurableExecutionArn"] for each in found]

    assert listed() == [third, second, first]
    assert listed(ReverseOrder=True) == [first, second, third]
    assert listed(Statuses=["SUCCEEDED"]) == [first]
    assert listed(Statuses=["SUCCEEDED", "RUNNING"]) == [third, second, first]
    assert listed(DurableExecutionName="b") == [second]
    assert listed(Qualifier="$LATEST") == [third, second, first]
    assert listed(Qualifier="3") == []
    moment = durable.get(second)["StartTimestamp"]
    assert listed(StartedAfter=moment.timestamp() + 1) == [third]
    assert listed(StartedBefore=moment.timestamp() - 1) == [first]
    page = functions.list_durable_executions_by_function(FunctionName="f", MaxItems=2)
    assert len(page["DurableExecutions"]) == 2
    assert listed(MaxItems=2, Marker=page["NextMarker"]) == [first]
    with pytest.raises(functions.exceptions.InvalidParameterValueException):
        listed(Marker="bogus")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.list_durable_executions_by_function(FunctionName="g")


def test_a_history_comes_in_pages_with_and_without_its_data(
    aws: Any, define: Define, functions: Any, durable: Any
) -> None:
    define(WAITS)
    arn = durable.start({"seconds": 1})
    aws.advance(2)
    everything = durable.history(arn)
    pages: list[Any] = []
    request: dict[str, Any] = {"DurableExecutionArn": arn, "MaxItems": 4, "IncludeExecutionData": True}
    while True:
        page = functions.get_durable_execution_history(**request)
        pages += page["Events"]
        if "NextMarker" not in page:
            break
        request["Marker"] = page["NextMarker"]
    assert pages == everything
    assert durable.history(arn, ReverseOrder=True) == everything[::-1]
    bare = durable.history(arn, IncludeExecutionData=False)
    assert bare[0]["ExecutionStartedDetails"]["Input"] == {"Truncated": True}
    assert bare[2]["StepSucceededDetails"]["Result"] == {"Truncated": True}
    with pytest.raises(functions.exceptions.InvalidParameterValueException):
        durable.history(arn, Marker="bogus")


def test_an_execution_is_stopped_for_good(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({"seconds": 100})
    error = {"ErrorType": "Operator", "ErrorMessage": "enough"}
    stopped = functions.stop_durable_execution(DurableExecutionArn=arn, Error=error)["StopTimestamp"]
    aws.advance(200)
    assert durable.status(arn) == "STOPPED"
    assert durable.error(arn) == error
    assert durable.event_types(arn)[-1] == "ExecutionStopped"
    assert functions.stop_durable_execution(DurableExecutionArn=arn)["StopTimestamp"] == stopped


def test_an_execution_runs_out_of_time(aws: Any, define: Define, durable: Any) -> None:
    define(WAITS, DurableConfig={"ExecutionTimeout": 30})
    arn = durable.start({"seconds": 100})
    aws.advance(29)
    assert durable.status(arn) == "RUNNING"
    aws.advance(2)
    assert durable.status(arn) == "TIMED_OUT"
    assert durable.error(arn)["ErrorMessage"] == "Execution timed out after 30 seconds."
    assert durable.event_types(arn)[-1] == "ExecutionTimedOut"


def test_executions_are_forgotten_after_their_retention(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({"seconds": 1}, DurableExecutionName="n")
    aws.advance(2)
    aws.advance(DAY - 60)
    assert durable.status(arn) == "SUCCEEDED"
    aws.advance(120)
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        durable.get(arn)
    assert durable.start({"seconds": 2}, DurableExecutionName="n") != arn


def test_only_what_has_ended_is_deleted(define: Define, functions: Any, durable: Any) -> None:
    define(WAITS)
    arn = durable.start({"seconds": 100})
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.delete_durable_execution(DurableExecutionArn=arn)
    functions.stop_durable_execution(DurableExecutionArn=arn)
    assert "DeletionRequestTimestamp" in functions.delete_durable_execution(DurableExecutionArn=arn)
    for ask in (functions.get_durable_execution, functions.get_durable_execution_history):
        with pytest.raises(functions.exceptions.ResourceNotFoundException):
            ask(DurableExecutionArn=arn)
    for change in (
        functions.stop_durable_execution,
        functions.delete_durable_execution,
        functions.pause_durable_execution,
        functions.resume_durable_execution,
    ):
        with pytest.raises(functions.exceptions.ResourceNotFoundException):
            change(DurableExecutionArn=arn)


def test_a_paused_execution_goes_on_when_it_is_resumed(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define(WAITS, DurableConfig={"ExecutionTimeout": 60})
    arn = durable.start({"seconds": 20})
    functions.pause_durable_execution(DurableExecutionArn=arn, Reason="lunch", ClientToken="t")
    paused = durable.get(arn)
    assert paused["Status"] == "PAUSED"
    assert paused["PauseDetails"]["Reason"] == "lunch"
    assert paused["PauseDetails"]["ExecutionTimeoutPaused"] is True
    functions.pause_durable_execution(DurableExecutionArn=arn, Reason="lunch", ClientToken="t")
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.pause_durable_execution(DurableExecutionArn=arn)
    aws.advance(1000)
    assert durable.status(arn) == "PAUSED"
    assert "WaitSucceeded" in durable.event_types(arn)
    functions.resume_durable_execution(DurableExecutionArn=arn, Reason="back")
    durable.settle()
    assert durable.result(arn) == "last"
    with pytest.raises(functions.exceptions.ResourceConflictException):
        functions.resume_durable_execution(DurableExecutionArn=arn)
    events = {event["EventType"]: event for event in durable.history(arn)}
    assert events["ExecutionPaused"]["ExecutionPausedDetails"]["Reason"]["Payload"] == "lunch"
    assert events["ExecutionResumed"]["ExecutionResumedDetails"]["Reason"]["Payload"] == "back"


def test_a_pause_need_not_hold_the_clock(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define(WAITS, DurableConfig={"ExecutionTimeout": 60})
    arn = durable.start({"seconds": 20})
    functions.pause_durable_execution(DurableExecutionArn=arn, ExecutionTimeoutPaused=False)
    aws.advance(61)
    assert durable.status(arn) == "TIMED_OUT"


def test_a_pause_ends_a_running_invocation_at_its_next_checkpoint(define: Define, functions: Any, durable: Any) -> None:
    define("""
@durable_execution
def handler(event, context):
    def pause(_):
        arn = context.execution_context.durable_execution_arn
        boto3.client("lambda").pause_durable_execution(DurableExecutionArn=arn)
        return 1
    one = context.step(pause, config=StepConfig(step_semantics=StepSemantics.AT_MOST_ONCE_PER_RETRY))
    return one + context.step(lambda _: 1)
""")
    arn = durable.start()
    assert durable.status(arn) == "PAUSED"
    functions.resume_durable_execution(DurableExecutionArn=arn)
    durable.settle()
    assert durable.result(arn) == 2
    assert durable.event_types(arn).count("InvocationCompleted") == 2


@pytest.mark.parametrize("arn", ["arn:aws:lambda:us-east-1:000000000000:function:f", "x"])
def test_what_is_no_execution_is_refused(functions: Any, arn: str) -> None:
    with pytest.raises(functions.exceptions.ClientError, match="1 validation error detected"):
        functions.get_durable_execution(DurableExecutionArn=arn)


def test_what_becomes_of_executions_is_measured(aws: Any, define: Define, durable: Any, functions: Any) -> None:
    define(WAITS)
    start = durable.get(durable.start({"seconds": 10}))["StartTimestamp"]
    stopped = durable.start({"seconds": 1000})
    aws.advance(30)
    functions.stop_durable_execution(DurableExecutionArn=stopped)
    durable.start({})
    durable.start({"seconds": 100_000})
    aws.advance(700)
    aws.idle()

    def measured(metric: str, statistic: str) -> float:
        found = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/Lambda",
            MetricName=metric,
            Dimensions=[{"Name": "FunctionName", "Value": "f"}, {"Name": "Resource", "Value": "f:$LATEST"}],
            StartTime=start - timedelta(minutes=1),
            EndTime=start + timedelta(hours=1),
            Period=7200,
            Statistics=[statistic],
        )["Datapoints"]
        return float(sum(each[statistic] for each in found))

    counts = {
        status: measured(f"DurableExecution{status}", "Sum")
        for status in ("Started", "Succeeded", "Failed", "Stopped", "TimedOut")
    }
    assert counts == {"Started": 4, "Succeeded": 1, "Failed": 1, "Stopped": 1, "TimedOut": 1}
    assert measured("DurableExecutionDuration", "Maximum") >= 600_000
    assert measured("DurableExecutionOperations", "Maximum") == 4
    assert measured("DurableExecutionStorageWrittenBytes", "Sum") > 0
