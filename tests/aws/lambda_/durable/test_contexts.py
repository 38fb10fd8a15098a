"""Child contexts, parallel branches, maps and conditions of durable functions."""

import json
from collections.abc import Callable
from typing import Any

Define = Callable[..., Any]


def test_a_child_context_groups_its_steps(define: Define, durable: Any) -> None:
    define("""
@durable_execution
def handler(event, context):
    def child(inner):
        a = inner.step(lambda _: 1, name="a")
        return a + inner.step(lambda _: 2, name="b")
    return context.run_in_child_context(child, name="group")
""")
    arn = durable.start()
    assert durable.result(arn) == 3
    events = durable.history(arn)
    (context,) = [event for event in events if event["EventType"] == "ContextStarted"]
    assert context["Name"] == "group"
    steps = [event for event in events if event["EventType"].startswith("Step")]
    assert {event["ParentId"] for event in steps} == {context["Id"]}


def test_branches_run_in_parallel_and_wait_each_for_itself(aws: Any, define: Define, durable: Any) -> None:
    define("""
@durable_execution
def handler(event, context):
    def branch(seconds):
        def run(inner):
            inner.wait(Duration.from_seconds(seconds))
            return inner.step(lambda _: seconds)
        return run
    return context.parallel([branch(10), branch(20), branch(30)], name="all").get_results()
""")
    arn = durable.start()
    aws.advance(29)
    assert durable.status(arn) == "RUNNING"
    aws.advance(2)
    assert durable.result(arn) == [10, 20, 30]


def test_a_map_runs_each_item_and_tells_of_failures(define: Define, durable: Any) -> None:
    define("""
@durable_execution
def handler(event, context):
    def each(inner, item, index, items):
        if item == "bad":
            raise ValueError(item)
        return inner.step(lambda _: item.upper())
    batch = context.map(event, each, name="shout", config=MapConfig(
        max_concurrency=2, completion_config=CompletionConfig(tolerated_failure_count=1)
    ))
    return {"good": batch.get_results(), "bad": batch.failure_count}
""")
    arn = durable.start(["a", "bad", "c"])
    assert durable.result(arn) == {"good": ["A", "C"], "bad": 1}


def test_large_results_of_a_context_are_replayed_from_its_children(aws: Any, define: Define, durable: Any) -> None:
    define("""
@durable_execution
def handler(event, context):
    def child(inner):
        return [inner.step(lambda _: "x" * 200_000) for _ in range(3)]
    parts = context.run_in_child_context(child, name="large")
    context.wait(Duration.from_seconds(5))
    return sum(len(part) for part in parts)
""")
    arn = durable.start()
    aws.advance(6)
    assert durable.result(arn) == 600_000


def test_a_condition_is_polled_until_it_holds(aws: Any, define: Define, durable: Any) -> None:
    define("""
@durable_execution
def handler(event, context):
    def strategy(state, attempt):
        if state >= 3:
            return WaitForConditionDecision.stop_polling()
        return WaitForConditionDecision.continue_waiting(Duration.from_seconds(60))
    return context.wait_for_condition(
        lambda state, _: state + 1, WaitForConditionConfig(wait_strategy=strategy, initial_state=0), name="poll"
    )
""")
    arn = durable.start()
    aws.advance(61)
    assert durable.status(arn) == "RUNNING"
    aws.advance(61)
    assert durable.result(arn) == 3
    assert durable.event_types(arn).count("StepSucceeded") == 3


def test_a_state_too_large_for_one_event_comes_in_pages(aws: Any, define: Define, functions: Any, durable: Any) -> None:
    define("""
@durable_execution
def handler(event, context):
    parts = [context.step(lambda _: "y" * 600_000) for _ in range(12)]
    context.wait(Duration.from_seconds(1))
    return sum(len(part) for part in parts)
""")
    arn = durable.start()
    aws.advance(2)
    assert durable.result(arn) == 7_200_000
    pages = functions.get_paginator("get_durable_execution_history").paginate(
        DurableExecutionArn=arn, IncludeExecutionData=True
    )
    events = [page["Events"] for page in pages]
    assert len(events) > 1
    assert [event["EventId"] for page in events for event in page] == list(range(1, 31))


def test_replay_takes_what_was_checkpointed(aws: Any, define: Define, durable: Any) -> None:
    define("""
import uuid
@durable_execution
def handler(event, context):
    first = context.step(lambda _: str(uuid.uuid4()))
    context.wait(Duration.from_seconds(1))
    second = context.step(lambda _: first)
    context.wait(Duration.from_seconds(1))
    return [first, second]
""")
    arn = durable.start()
    aws.advance(3)
    first, second = durable.result(arn)
    assert first == second
    results = [
        json.loads(event["StepSucceededDetails"]["Result"]["Payload"])
        for event in durable.history(arn)
        if event["EventType"] == "StepSucceeded"
    ]
    assert results == [first, first]
