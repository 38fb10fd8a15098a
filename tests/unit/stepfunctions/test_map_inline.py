"""Inline Map states: their items, iterations and history, with nothing but the interpreter."""

import json
from typing import Any

import pytest

from serein.services.stepfunctions.interpreter import interpreting
from serein.services.stepfunctions.interpreter.facts import Facts
from serein.services.stepfunctions.interpreter.memory import MemoryFrames
from serein.services.stepfunctions.interpreter.outcomes import Ended
from serein.services.stepfunctions.interpreter.run import Run
from serein.services.stepfunctions.language import parse_machine

PASS = {"StartAt": "Each", "States": {"Each": {"Type": "Pass", "End": True}}}
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:m"


def run_of(given: Any, processor: dict[str, Any] | None = None, language: str = "JSONPath", **fields: Any) -> Run:
    """A run of a machine of one Map state, up to where it waits or ends."""
    state = {"Type": "Map", "ItemProcessor": processor or PASS, "End": True, **fields}
    states = {"Map": state, "Caught": {"Type": "Pass", "End": True}} if "Catch" in fields else {"Map": state}
    definition = {"QueryLanguage": language, "StartAt": "Map", "States": states}
    facts = Facts(
        1, MACHINE.replace("stateMachine:m", "execution:m:e"), "e", MACHINE, "m", "role", 0.0, lambda: json.dumps(given)
    )
    run = Run(facts, parse_machine(json.dumps(definition)), MemoryFrames(), 0.0, 0, 2)
    interpreting.begin(run)
    return run


def ended(*arguments: Any, **fields: Any) -> Ended:
    found = run_of(*arguments, **fields).ended
    assert found is not None
    return found


def output(*arguments: Any, **fields: Any) -> Any:
    found = ended(*arguments, **fields)
    assert found.status == "SUCCEEDED", found
    return json.loads(found.output or "")


def types(run: Run) -> list[str]:
    return [event["type"] for event in run.journal.events]


def test_an_array_is_gone_through_in_order() -> None:
    assert output([3, 1, 2]) == [3, 1, 2]
    assert output({"a": {"b": [1, 2]}}, ItemsPath="$.a.b") == [1, 2]
    assert output([]) == []


def test_an_objects_members_are_keys_with_values() -> None:
    assert output({"x": 1, "y": [2]}) == [{"Key": "x", "Value": 1}, {"Key": "y", "Value": [2]}]


def test_a_selector_sees_the_item_and_the_states_input() -> None:
    selector = {
        "i.$": "$$.Map.Item.Index",
        "v.$": "$$.Map.Item.Value",
        "name.$": "$.name",
        "id.$": "States.Format('{}-{}', $.name, $$.Map.Item.Index)",
    }
    found = output({"name": "n", "rows": ["a", "b"]}, ItemsPath="$.rows", ItemSelector=selector)
    assert found == [
        {"i": 0, "v": "a", "name": "n", "id": "n-0"},
        {"i": 1, "v": "b", "name": "n", "id": "n-1"},
    ]
    assert output({"k": 5}, ItemSelector={"key.$": "$$.Map.Item.Key"}) == [{"key": "k"}]


def test_older_definitions_say_iterator_and_parameters() -> None:
    state = {"Type": "Map", "Iterator": PASS, "Parameters": {"v.$": "$$.Map.Item.Value"}, "End": True}
    facts = Facts(1, MACHINE, "e", MACHINE, "m", "role", 0.0, lambda: "[1]")
    machine = parse_machine(json.dumps({"StartAt": "Map", "States": {"Map": state}}))
    run = Run(facts, machine, MemoryFrames(), 0.0, 0, 2)
    interpreting.begin(run)
    assert run.ended is not None
    assert run.ended.output == '[{"v":1}]'


def test_input_result_and_output_paths_are_around_the_iterations() -> None:
    fields = {"InputPath": "$.in", "ResultSelector": {"first.$": "$[0]"}, "ResultPath": "$.out", "OutputPath": "$.out"}
    assert output({"in": [7, 8], "keep": 1}, **fields) == {"first": 7}


def test_items_may_be_an_expression_or_an_array_with_some() -> None:
    assert output({"rows": [1, 2]}, None, "JSONata", Items="{% $states.input.rows %}") == [1, 2]
    assert output({"n": 5}, None, "JSONata", Items=["a", "{% $states.input.n %}"]) == ["a", 5]
    selector = {"v": "{% $states.context.Map.Item.Value * 10 %}", "i": "{% $states.context.Map.Item.Index %}"}
    assert output([4], None, "JSONata", ItemSelector=selector) == [{"v": 40, "i": 0}]


@pytest.mark.parametrize(
    ("given", "language", "fields", "error"),
    [
        ({"a": 1}, "JSONPath", {"ItemsPath": "$.a"}, "States.Runtime"),
        ({"a": 1}, "JSONPath", {"ItemsPath": "$.b"}, "States.Runtime"),
        ({}, "JSONata", {"Items": "{% 'text' %}"}, "States.QueryEvaluationError"),
        ({"n": -1, "r": []}, "JSONPath", {"ItemsPath": "$.r", "MaxConcurrencyPath": "$.n"}, "States.Runtime"),
    ],
)
def test_what_is_no_collection_fails_the_state(given: Any, language: str, fields: dict[str, Any], error: str) -> None:
    found = ended(given, None, language, **fields)
    assert (found.status, found.error) == ("FAILED", error)
    assert (found.cause or "").startswith(
        "An error occurred while executing the state 'Map' (entered at the event id #2)."
    )


def test_history_tells_of_the_state_its_iterations_and_what_they_do() -> None:
    run = run_of([1, 2], MaxConcurrency=1)
    assert types(run) == [
        "ExecutionStarted",
        "MapStateEntered",
        "MapStateStarted",
        *["MapIterationStarted", "PassStateEntered", "PassStateExited", "MapIterationSucceeded"] * 2,
        "MapStateSucceeded",
        "MapStateExited",
        "ExecutionSucceeded",
    ]
    events = run.journal.events
    assert events[2]["mapStateStartedEventDetails"] == {"length": 2}
    assert events[3]["mapIterationStartedEventDetails"] == {"name": "Map", "index": 0}
    assert events[6]["mapIterationSucceededEventDetails"] == {"name": "Map", "index": 0}
    assert events[7]["mapIterationStartedEventDetails"] == {"name": "Map", "index": 1}


def test_at_most_so_many_iterations_are_under_way() -> None:
    waiting = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "End": True}}}
    for fields, expected in (({"MaxConcurrency": 2}, 2), ({"MaxConcurrencyPath": "$[0]"}, 3), ({}, 40)):
        run = run_of([3] * 50, waiting, **fields)
        assert run.ended is None
        assert types(run).count("MapIterationStarted") == expected


def test_an_iteration_that_fails_fails_the_state_and_aborts_the_others() -> None:
    processor = {
        "StartAt": "Look",
        "States": {
            "Look": {
                "Type": "Choice",
                "Choices": [{"Variable": "$", "NumericEquals": 0, "Next": "Bad"}],
                "Default": "Wait",
            },
            "Bad": {"Type": "Fail", "Error": "Bad", "Cause": "so"},
            "Wait": {"Type": "Wait", "Seconds": 5, "End": True},
        },
    }
    run = run_of([1, 0], processor)
    assert run.ended is not None
    assert (run.ended.status, run.ended.error, run.ended.cause) == ("FAILED", "Bad", "so")
    tail = types(run)[types(run).index("MapIterationFailed") :]
    assert tail == [
        "MapIterationFailed",
        "WaitStateAborted",
        "MapIterationAborted",
        "MapStateFailed",
        "ExecutionFailed",
    ]
    caught = output([1, 0], processor, Catch=[{"ErrorEquals": ["Bad"], "Next": "Caught"}])
    assert caught == {"Error": "Bad", "Cause": "so"}


def test_maps_within_maps_have_items_of_their_own() -> None:
    inner = {
        "Type": "Map",
        "ItemSelector": {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"},
        "ItemProcessor": PASS,
        "End": True,
    }
    found = output([[1, 2], [3]], {"StartAt": "Inner", "States": {"Inner": inner}})
    assert found == [[{"v": 1, "i": 0}, {"v": 2, "i": 1}], [{"v": 3, "i": 0}]]
