"""State machines that use all of JSONPath and JSONata, and how their states fail."""

import json
import re
from typing import Any

import pytest

from tests.aws.stepfunctions.workflows import ROLE, Workflows
from tests.conftest import Aws

INTRINSICS = {
    "Array.$": "States.Array($.n, 'two', null)",
    "ArrayContains.$": "States.ArrayContains($.list, 2)",
    "ArrayGetItem.$": "States.ArrayGetItem($.list, 1)",
    "ArrayLength.$": "States.ArrayLength($.list)",
    "ArrayPartition.$": "States.ArrayPartition($.list, 2)",
    "ArrayRange.$": "States.ArrayRange(1, 5, 2)",
    "ArrayUnique.$": "States.ArrayUnique(States.Array(1, 1, 2))",
    "Base64Decode.$": "States.Base64Decode('YQ==')",
    "Base64Encode.$": "States.Base64Encode('a')",
    "Format.$": "States.Format('{} of {}', $.n, $$.Execution.Name)",
    "Hash.$": "States.Hash('input data', 'MD5')",
    "JsonMerge.$": "States.JsonMerge(States.StringToJson('{\"a\":1}'), $.object, false)",
    "JsonToString.$": "States.JsonToString($.object)",
    "MathAdd.$": "States.MathAdd($.n, 1)",
    "MathRandom.$": "States.MathRandom(3, 4)",
    "StringSplit.$": "States.StringSplit('a,b', ',')",
    "StringToJson.$": "States.StringToJson('[1]')",
    "UUID.$": "States.UUID()",
}


@pytest.fixture
def flows(aws: Aws) -> Workflows:
    return Workflows(aws)


def alone(state: dict[str, Any], language: str = "JSONPath") -> dict[str, Any]:
    return {"QueryLanguage": language, "StartAt": "S", "States": {"S": {"End": True, **state}}}


def answer_of(flows: Workflows, definition: dict[str, Any], given: Any = None) -> Any:
    """The output of an Express execution."""
    machine = flows.make(definition, type="EXPRESS")
    ended = flows.states.start_sync_execution(stateMachineArn=machine, input=json.dumps(given or {}), name="run-1")
    assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
    return json.loads(ended["output"])


def test_every_intrinsic_function_fills_templates(flows: Workflows) -> None:
    given = {"n": 7, "list": [1, 2, 3], "object": {"b": [True]}}
    output = answer_of(flows, alone({"Type": "Pass", "Parameters": INTRINSICS}), given)
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", output.pop("UUID"))
    assert output.pop("Format").startswith("7 of ")
    assert output == {
        "Array": [7, "two", None],
        "ArrayContains": True,
        "ArrayGetItem": 2,
        "ArrayLength": 3,
        "ArrayPartition": [[1, 2], [3]],
        "ArrayRange": [1, 3, 5],
        "ArrayUnique": [1, 2],
        "Base64Decode": "a",
        "Base64Encode": "YQ==",
        "Hash": "812f45842bc6d66ee14572ce20db8e86",
        "JsonMerge": {"a": 1, "b": [True]},
        "JsonToString": '{"b":[true]}',
        "MathAdd": 8,
        "MathRandom": 3,
        "StringSplit": ["a", "b"],
        "StringToJson": [1],
    }


def test_paths_choose_what_a_state_sees_and_leaves(flows: Workflows) -> None:
    definition = {
        "StartAt": "First",
        "States": {
            "First": {
                "Type": "Pass",
                "InputPath": "$.order",
                "Parameters": {
                    "skus.$": "$.lines[*].sku",
                    "dear.$": "$.lines[?(@.price > 5)].sku",
                    "id.$": "$$.State.Name",
                },
                "ResultPath": "$.made.here",
                "Next": "Second",
            },
            "Second": {"Type": "Pass", "InputPath": None, "ResultPath": "$.empty", "Next": "Third"},
            "Third": {"Type": "Pass", "Result": {"kept.$": "$.as.it.is"}, "ResultPath": "$.plain", "Next": "Fourth"},
            "Fourth": {"Type": "Pass", "ResultPath": None, "OutputPath": "$['made','empty','plain']", "End": True},
        },
    }
    order = {"lines": [{"sku": "a", "price": 1}, {"sku": "b", "price": 9}]}
    assert answer_of(flows, definition, {"order": order}) == {
        "made": {"here": {"skus": ["a", "b"], "dear": ["b"], "id": "First"}},
        "empty": {},
        "plain": {"kept.$": "$.as.it.is"},
    }


def test_variables_are_assigned_from_the_old_ones_and_belong_to_their_scope(flows: Workflows) -> None:
    inner = {"Type": "Pass", "Assign": {"mine.$": "States.MathAdd($x, $.n)"}, "Next": "Inner2"}
    item = {
        "StartAt": "Inner",
        "States": {"Inner": inner, "Inner2": {"Type": "Pass", "Parameters": {"sum.$": "$mine"}, "End": True}},
    }
    definition = {
        "StartAt": "Set",
        "States": {
            "Set": {"Type": "Pass", "Assign": {"x": 1, "y.$": "$.start"}, "Next": "Swap"},
            "Swap": {"Type": "Pass", "Assign": {"x.$": "$y", "y.$": "$x"}, "Next": "Each"},
            "Each": {
                "Type": "Map",
                "ItemsPath": "$.items",
                "ItemProcessor": item,
                "ResultSelector": {"sums.$": "$[*].sum"},
                "Assign": {"last.$": "$.sums[-1]"},
                "Next": "Show",
            },
            "Show": {
                "Type": "Pass",
                "Parameters": {"x.$": "$x", "y.$": "$y", "last.$": "$last", "sums.$": "$.sums"},
                "End": True,
            },
        },
    }
    given = {"start": 10, "items": [{"n": 1}, {"n": 2}]}
    assert answer_of(flows, definition, given) == {"x": 10, "y": 1, "last": 12, "sums": [11, 12]}


@pytest.mark.parametrize(
    ("rule", "given"),
    [
        ({"Variable": "$.s", "StringMatches": "log-*\\*"}, {"s": "log-1*"}),
        ({"Variable": "$.t", "TimestampLessThanPath": "$$.Execution.StartTime"}, {"t": "2016-08-18T17:33:00Z"}),
        (
            {
                "And": [
                    {"Variable": "$.a", "IsPresent": True},
                    {"Variable": "$.a", "NumericGreaterThanEqualsPath": "$.b"},
                ]
            },
            {"a": 2, "b": 1.5},
        ),
        ({"Or": [{"Variable": "$.a", "IsNull": True}, {"Variable": "$.a", "IsString": True}]}, {"a": None}),
        ({"Not": {"Variable": "$.a", "IsPresent": True}}, {}),
        ({"Variable": "$.a", "BooleanEqualsPath": "$.b"}, {"a": False, "b": False}),
    ],
)
def test_choice_rules_lead_on(flows: Workflows, rule: dict[str, Any], given: dict[str, Any]) -> None:
    states = {
        "C": {"Type": "Choice", "Choices": [{**rule, "Next": "Yes", "Assign": {"way": "rule"}}], "Default": "No"},
        "Yes": {"Type": "Pass", "Parameters": {"way.$": "$way"}, "End": True},
        "No": {"Type": "Fail"},
    }
    assert answer_of(flows, {"StartAt": "C", "States": states}, given) == {"way": "rule"}


def test_jsonata_makes_arguments_outputs_variables_and_choices(flows: Workflows) -> None:
    per_item = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "Price",
        "States": {
            "Price": {
                "Type": "Pass",
                "Output": "{% $states.input.price * $states.input.count * $factor %}",
                "End": True,
            }
        },
    }
    definition = {
        "QueryLanguage": "JSONata",
        "StartAt": "Begin",
        "States": {
            "Begin": {
                "Type": "Pass",
                "Assign": {"factor": "{% $states.input.factor %}", "lines": "{% $states.input.lines[count > 0] %}"},
                "Output": {
                    "who": "{% $uppercase($states.input.who) %}",
                    "plain": ["text", "{% $states.context.State.Name %}"],
                },
                "Next": "Which",
            },
            "Which": {
                "Type": "Choice",
                "Choices": [
                    {"Condition": "{% $count($lines) > 5 %}", "Next": "Never"},
                    {
                        "Condition": "{% $states.input.who = 'ANN' %}",
                        "Output": "{% $states.input.plain %}",
                        "Next": "Lines",
                    },
                ],
                "Default": "Never",
            },
            "Lines": {
                "Type": "Map",
                "Items": "{% $lines %}",
                "ItemSelector": {
                    "price": "{% $states.context.Map.Item.Value.price %}",
                    "count": "{% $states.context.Map.Item.Value.count %}",
                },
                "ItemProcessor": per_item,
                "Assign": {"total": "{% $sum($states.result) %}"},
                "Output": {"prices": "{% $states.result %}", "plain": "{% $states.input %}"},
                "Next": "End",
            },
            "End": {"Type": "Succeed", "Output": "{% $merge([$states.input, {'total': $total, 'factor': $factor}]) %}"},
            "Never": {"Type": "Fail", "Error": "Never"},
        },
    }
    lines = [{"price": 2.5, "count": 2}, {"price": 9, "count": 0}, {"price": 1, "count": 3}]
    assert answer_of(flows, definition, {"who": "ann", "factor": 2, "lines": lines}) == {
        "prices": [10, 6],
        "plain": ["text", "Begin"],
        "total": 16,
        "factor": 2,
    }


def test_the_functions_that_step_functions_adds_to_jsonata_are_there(flows: Workflows) -> None:
    output = {
        "partition": "{% $partition([1, 2, 3], 2) %}",
        "range": "{% $range(0, 6, 2) %}",
        "hash": "{% $hash('input', 'SHA-1') %}",
        "random": "{% $random(42) %}",
        "uuid": "{% $length($uuid()) %}",
        "parse": "{% $parse('{\"a\": [1]}').a %}",
        "now": "{% $toMillis($now()) = $millis() %}",
    }
    assert answer_of(flows, alone({"Type": "Pass", "Output": output}, "JSONata")) == {
        "partition": [[1, 2], [3]],
        "range": [0, 2, 4, 6],
        "hash": "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1",
        "random": 0.7275636800328681,
        "uuid": 36,
        "parse": [1],
        "now": True,
    }


@pytest.mark.parametrize(
    ("state", "error", "cause"),
    [
        (
            {"Type": "Pass", "InputPath": "$.no"},
            "States.Runtime",
            "Invalid path '$.no' : No results for path: $['no']",
        ),
        (
            {"Type": "Pass", "Parameters": {"x.$": "$.no"}},
            "States.Runtime",
            "The JSONPath '$.no' specified for the field 'x.$' could not be found in the input '{\"a\":1}'",
        ),
        (
            {"Type": "Pass", "Parameters": {"x.$": "States.ArrayLength($.a)"}},
            "States.IntrinsicFailure",
            "The function 'States.ArrayLength($.a)' had the following error: The first argument must be an array",
        ),
        (
            {"Type": "Pass", "Result": 1, "ResultPath": "$.a.b"},
            "States.ResultPathMatchFailure",
            'Unable to apply ReferencePath $.a.b to input {"a":1}',
        ),
        (
            {"Type": "Wait", "SecondsPath": "$.no"},
            "States.Runtime",
            "The SecondsPath parameter does not reference an input value: $.no",
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.no", "IsNull": True, "Next": "S"}]},
            "States.Runtime",
            "Invalid path '$.no': The choice state's condition path references an invalid value.",
        ),
        (
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "NumericEquals": 2, "Next": "S"}]},
            "States.NoChoiceMatched",
            "Failed to transition out of the state. The state does not point to a next state.",
        ),
    ],
)
def test_a_state_of_jsonpath_fails_in_awss_words(
    flows: Workflows, state: dict[str, Any], error: str, cause: str
) -> None:
    states = {"S": {"End": True, **state}, "Z": {"Type": "Succeed"}}
    if state["Type"] == "Choice":
        states["S"].pop("End")
        states["S"]["Choices"][0]["Next"] = "Z"
    else:
        states.pop("Z")
    ended = flows.run(flows.make({"StartAt": "S", "States": states}), {"a": 1})
    assert (ended.status, ended.error) == ("FAILED", error)
    assert ended.cause == f"An error occurred while executing the state 'S' (entered at the event id #2). {cause}"


@pytest.mark.parametrize(
    ("expression", "tail"),
    [
        ("$states.input.missing", "returned nothing (undefined)."),
        ("$nothing()", "threw an error during evaluation. T1006: Attempted to invoke a non-function"),
    ],
)
def test_a_state_of_jsonata_fails_with_the_place_of_its_expression(
    flows: Workflows, expression: str, tail: str
) -> None:
    state = {"Type": "Pass", "Output": {"v": ["{% 1 %}", f"{{% {expression} %}}"]}}
    ended = flows.run(flows.make(alone(state, "JSONata")))
    cause = (
        "An error occurred while executing the state 'S' (entered at the event id #2). The JSONata expression "
        f"'{expression}' specified for the field 'Output/v[1]' {tail}"
    )
    assert (ended.status, ended.error, ended.cause) == ("FAILED", "States.QueryEvaluationError", cause)
    assert ended.event("EvaluationFailed") == {
        "error": "States.QueryEvaluationError",
        "cause": cause,
        "location": "Output/v[1]",
        "state": "S",
    }


def test_failures_of_data_are_caught(flows: Workflows) -> None:
    failing = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Succeed"}}}],
        "ResultSelector": {"x.$": "States.StringToJson('{')"},
        "Catch": [{"ErrorEquals": ["States.IntrinsicFailure"], "ResultPath": "$.failure", "Next": "Caught"}],
        "End": True,
    }
    caught = {"Type": "Pass", "OutputPath": "$.failure.Error", "End": True}
    definition = {"StartAt": "S", "States": {"S": failing, "Caught": caught}}
    assert answer_of(flows, definition, {"a": 1}) == "States.IntrinsicFailure"


@pytest.mark.parametrize(
    ("state", "language"),
    [
        ({"Type": "Pass", "Parameters": {"x.$": "States.Nothing()"}}, "JSONPath"),
        ({"Type": "Pass", "Parameters": {"x.$": "$.a["}}, "JSONPath"),
        ({"Type": "Pass", "Output": "{% 1 + %}"}, "JSONata"),
        ({"Type": "Pass", "Output": "{% name %}"}, "JSONata"),
        ({"Type": "Pass", "Assign": {"states": 1}}, "JSONata"),
    ],
)
def test_definitions_with_bad_expressions_are_refused(flows: Workflows, state: dict[str, Any], language: str) -> None:
    with pytest.raises(flows.states.exceptions.InvalidDefinition):
        flows.states.create_state_machine(name="bad", definition=json.dumps(alone(state, language)), roleArn=ROLE)
