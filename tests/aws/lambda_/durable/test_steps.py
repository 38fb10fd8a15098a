"""Steps and waits of durable functions, through AWS's SDK for Python."""

from collections.abc import Callable
from typing import Any

Define = Callable[..., Any]


def test_a_step_is_checkpointed_and_its_result_is_the_executions(define: Define, durable: Any) -> None:
    define("""
@durable_execution
def handler(event, context):
    return context.step(lambda _: event["a"] + 1, name="add")
""")
    arn = durable.start({"a": 2})
    assert durable.result(arn) == 3
    assert durable.event_types(arn) == [
        "ExecutionStarted",
        "StepStarted",
        "StepSucceeded",
        "InvocationCompleted",
        "ExecutionSucceeded",
    ]
    events = durable.history(arn)
    assert [event["EventId"] for event in events] == [1, 2, 3, 4, 5]
    assert events[0]["ExecutionStartedDetails"]["Input"] == {"Payload": '{"a": 2}', "Truncated": False}
    assert events[2]["Name"] == "add"
    assert events[2]["StepSucceededDetails"]["Result"]["Payload"] == "3"


def test_a_wait_suspends_for_days_without_a_process(aws: Any, define: Define, durable: Any) -> None:
    define(
        """
@durable_execution
def handler(event, context):
    before = context.step(lambda _: time.monotonic())
    context.wait(Duration.from_days(3), name="nap")
    return "done"
""",
        DurableConfig={"ExecutionTimeout": 30 * 86_400, "RetentionPeriodInDays": 1},
    )
    arn = durable.start()
    assert durable.status(arn) == "RUNNING"
    aws.advance(3 * 86_400 - 60)
    assert durable.status(arn) == "RUNNING"
    aws.advance(120)
    assert durable.result(arn) == "done"
    assert durable.event_types(arn).count("InvocationCompleted") == 2
    started = next(event for event in durable.history(arn) if event["EventType"] == "WaitStarted")
    assert started["WaitStartedDetails"]["Duration"] == 3 * 86_400


def test_a_step_that_fails_is_retried_with_back_off(aws: Any, define: Define, durable: Any) -> None:
    define("""
def flaky(step):
    if step.attempt < 3:
        raise ValueError(f"attempt {step.attempt}")
    return step.attempt

@durable_execution
def handler(event, context):
    strategy = create_retry_strategy(RetryStrategyConfig(
        max_attempts=5, initial_delay=Duration.from_seconds(10), backoff_rate=3, jitter_strategy=JitterStrategy.NONE
    ))
    return context.step(flaky, name="flaky", config=StepConfig(retry_strategy=strategy))
""")
    arn = durable.start()
    assert durable.status(arn) == "RUNNING"
    aws.advance(9)
    assert durable.event_types(arn).count("StepFailed") == 1
    aws.advance(2)
    assert durable.event_types(arn).count("StepFailed") == 2
    aws.advance(31)
    assert durable.result(arn) == 3
    failed = [event["StepFailedDetails"] for event in durable.history(arn) if event["EventType"] == "StepFailed"]
    assert [each["RetryDetails"] for each in failed] == [
        {"CurrentAttempt": 1, "NextAttemptDelaySeconds": 10},
        {"CurrentAttempt": 2, "NextAttemptDelaySeconds": 30},
    ]
    assert failed[0]["Error"]["Payload"]["ErrorMessage"] == "attempt 1"
