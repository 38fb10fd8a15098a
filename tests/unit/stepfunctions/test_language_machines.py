"""What a definition means: the machine that it is parsed into."""

import json
from typing import Any

import pytest

from serein.services.stepfunctions.language import (
    ABSENT,
    And,
    Catcher,
    Choice,
    Comparison,
    Fail,
    InvalidDefinition,
    Map,
    Not,
    Or,
    Parallel,
    Pass,
    Retrier,
    Succeed,
    Task,
    Wait,
    parse_machine,
)

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"


def state_of(definition: dict[str, Any], **machine: Any) -> Any:
    """The only state of a machine."""
    return parse_machine(json.dumps({"StartAt": "S", "States": {"S": definition}, **machine})).states["S"]


def test_a_machine_has_its_own_fields_and_its_states_by_name() -> None:
    text = '{"Comment":"c","StartAt":"A","TimeoutSeconds":9,"Version":"1.0","States":{"A":{"Type":"Succeed"}}}'
    machine = parse_machine(text)
    assert (machine.comment, machine.start_at, machine.timeout_seconds, machine.version) == ("c", "A", 9, "1.0")
    assert machine.query_language == "JSONPath"
    assert list(machine.states) == ["A"]


def test_the_same_text_is_parsed_once() -> None:
    text = '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}'
    assert parse_machine(text) is parse_machine(text)


def test_a_task_has_the_defaults_of_the_language() -> None:
    task = state_of({"Type": "Task", "Resource": FUNCTION, "End": True})
    assert isinstance(task, Task)
    assert (task.name, task.type, task.resource, task.next, task.is_end) == ("S", "Task", FUNCTION, None, True)
    assert (task.input_path, task.output_path, task.result_path) == ("$", "$", "$")
    assert task.parameters is ABSENT and task.result_selector is ABSENT and task.credentials is ABSENT
    assert task.timeout_seconds is None and task.heartbeat_seconds is None
    assert task.retriers == () and task.catchers == ()


def test_a_task_has_all_its_fields() -> None:
    task = state_of(
        {
            "Type": "Task",
            "Resource": FUNCTION,
            "InputPath": None,
            "OutputPath": "$.o",
            "ResultPath": None,
            "Parameters": {"a.$": "$.a"},
            "ResultSelector": {"b.$": "$.b"},
            "TimeoutSecondsPath": "$.t",
            "HeartbeatSeconds": 5.0,
            "Credentials": {"RoleArn": "arn:aws:iam::123456789012:role/r"},
            "Assign": {"v": 1},
            "End": True,
        }
    )
    assert (task.input_path, task.output_path, task.result_path) == (None, "$.o", None)
    assert task.parameters == {"a.$": "$.a"} and task.result_selector == {"b.$": "$.b"} and task.assign == {"v": 1}
    assert task.timeout_seconds_path == "$.t" and task.heartbeat_seconds == 5
    assert isinstance(task.heartbeat_seconds, int)
    assert task.credentials == {"RoleArn": "arn:aws:iam::123456789012:role/r"}


def test_retry_and_catch_have_the_defaults_of_the_language() -> None:
    parallel = parse_machine(
        json.dumps(
            {
                "StartAt": "P",
                "States": {
                    "P": {
                        "Type": "Parallel",
                        "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}],
                        "Retry": [
                            {"ErrorEquals": ["A"]},
                            {
                                "ErrorEquals": ["States.ALL"],
                                "IntervalSeconds": 2,
                                "MaxAttempts": 0,
                                "BackoffRate": 1.5,
                                "MaxDelaySeconds": 60,
                                "JitterStrategy": "FULL",
                            },
                        ],
                        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "F"}],
                        "End": True,
                    },
                    "F": {"Type": "Fail"},
                },
            }
        )
    ).states["P"]
    assert isinstance(parallel, Parallel)
    assert parallel.retriers == (
        Retrier(error_equals=("A",)),
        Retrier(
            error_equals=("States.ALL",),
            interval_seconds=2,
            max_attempts=0,
            backoff_rate=1.5,
            max_delay_seconds=60,
            jitter_strategy="FULL",
        ),
    )
    assert (parallel.retriers[0].interval_seconds, parallel.retriers[0].max_attempts) == (1, 3)
    assert parallel.retriers[0].backoff_rate == 2.0
    assert parallel.catchers == (Catcher(error_equals=("States.ALL",), next="F"),)
    assert parallel.branches[0].start_at == "B"


def test_a_result_of_null_is_not_an_absent_one() -> None:
    assert state_of({"Type": "Pass", "Result": None, "End": True}).result is None
    passing = state_of({"Type": "Pass", "End": True})
    assert isinstance(passing, Pass) and passing.result is ABSENT


@pytest.mark.parametrize(
    ("field", "value", "attribute"),
    [
        ("Seconds", 3, "seconds"),
        ("Timestamp", "2030-01-01T00:00:00Z", "timestamp"),
        ("SecondsPath", "$.s", "seconds_path"),
        ("TimestampPath", "$.t", "timestamp_path"),
    ],
)
def test_a_wait_has_one_of_four_fields(field: str, value: Any, attribute: str) -> None:
    wait = state_of({"Type": "Wait", field: value, "End": True})
    assert isinstance(wait, Wait)
    names = ("seconds", "timestamp", "seconds_path", "timestamp_path")
    assert {name: getattr(wait, name) for name in names if getattr(wait, name) is not None} == {attribute: value}


def test_succeed_and_fail_are_ends() -> None:
    assert isinstance(state_of({"Type": "Succeed"}), Succeed) and state_of({"Type": "Succeed"}).is_end
    fail = state_of({"Type": "Fail", "ErrorPath": "$.e", "Cause": "because"})
    assert isinstance(fail, Fail) and fail.is_end
    assert (fail.error, fail.error_path, fail.cause, fail.cause_path) == (None, "$.e", "because", None)


def test_choice_rules_are_trees_of_tests() -> None:
    rule = {
        "And": [
            {"Not": {"Variable": "$.a", "IsPresent": True}},
            {"Or": [{"Variable": "$$.b", "NumericLessThanEqualsPath": "$.c"}]},
        ],
        "Next": "S",
        "Assign": {"x.$": "$.y"},
    }
    choice = parse_machine(
        json.dumps(
            {
                "StartAt": "C",
                "States": {
                    "C": {"Type": "Choice", "Choices": [rule], "Default": "S"},
                    "S": {"Type": "Succeed"},
                },
            }
        )
    ).states["C"]
    assert isinstance(choice, Choice) and choice.default == "S"
    assert choice.choices[0].test == And(
        tests=(
            Not(test=Comparison(variable="$.a", operator="IsPresent", value=True)),
            Or(tests=(Comparison(variable="$$.b", operator="NumericLessThanEquals", value="$.c", is_path=True),)),
        )
    )
    assert choice.choices[0].assign == {"x.$": "$.y"} and choice.choices[0].next == "S"


def test_choice_rules_of_jsonata_have_conditions() -> None:
    rule = {"Condition": "{% $states.input.a > 1 %}", "Next": "S", "Output": "{% $states.input %}", "Assign": {"x": 1}}
    states = {"C": {"Type": "Choice", "Choices": [rule]}, "S": {"Type": "Succeed"}}
    choice = parse_machine(json.dumps({"QueryLanguage": "JSONata", "StartAt": "C", "States": states})).states["C"]
    assert isinstance(choice, Choice)
    found = choice.choices[0]
    assert (found.condition, found.test, found.output) == (rule["Condition"], None, "{% $states.input %}")


def distributed_map(**fields: Any) -> dict[str, Any]:
    return {
        "Type": "Map",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "EXPRESS"},
            "StartAt": "I",
            "States": {"I": {"Type": "Pass", "End": True}},
        },
        "End": True,
        **fields,
    }


def test_a_distributed_map_has_its_reader_batcher_and_writer() -> None:
    found = state_of(
        distributed_map(
            Label="L",
            MaxConcurrency=10,
            ToleratedFailurePercentage=2.5,
            ItemReader={
                "Resource": "arn:aws:states:::s3:getObject",
                "ReaderConfig": {
                    "InputType": "CSV",
                    "CSVHeaderLocation": "GIVEN",
                    "CSVHeaders": ["a", "b"],
                    "CSVDelimiter": "PIPE",
                    "MaxItems": 7,
                },
                "Parameters": {"Bucket": "b", "Key.$": "$.k"},
            },
            ItemSelector={"v.$": "$$.Map.Item.Value"},
            ItemBatcher={"MaxItemsPerBatch": 3, "BatchInput": {"x": 1}},
            ResultWriter={
                "Resource": "arn:aws:states:::s3:putObject",
                "Parameters": {"Bucket": "b"},
                "WriterConfig": {"OutputType": "JSONL", "Transformation": "FLATTEN"},
            },
        )
    )
    assert isinstance(found, Map) and found.is_distributed and found.execution_type == "EXPRESS"
    assert (found.label, found.max_concurrency, found.tolerated_failure_percentage) == ("L", 10, 2.5)
    assert found.item_reader is not None and found.item_batcher is not None and found.result_writer is not None
    config = found.item_reader.config
    assert (config.input_type, config.csv_headers, config.csv_delimiter, config.max_items) == (
        "CSV",
        ("a", "b"),
        "PIPE",
        7,
    )
    assert found.item_reader.parameters == {"Bucket": "b", "Key.$": "$.k"}
    assert found.item_selector == {"v.$": "$$.Map.Item.Value"}
    assert (found.item_batcher.max_items_per_batch, found.item_batcher.batch_input) == (3, {"x": 1})
    assert (found.result_writer.output_type, found.result_writer.transformation) == ("JSONL", "FLATTEN")


def test_older_maps_have_an_iterator_and_parameters() -> None:
    found = state_of(
        {
            "Type": "Map",
            "ItemsPath": "$.items",
            "Parameters": {"v.$": "$$.Map.Item.Value"},
            "Iterator": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}},
            "End": True,
        }
    )
    assert isinstance(found, Map) and not found.is_distributed
    assert (found.items_path, found.item_selector, found.parameters) == (
        "$.items",
        {"v.$": "$$.Map.Item.Value"},
        ABSENT,
    )
    assert found.processor.start_at == "I" and found.max_concurrency == 0


def test_a_state_may_be_in_jsonata_within_a_machine_in_jsonpath() -> None:
    found = state_of({"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% 1 %}", "End": True})
    assert (found.query_language, found.output) == ("JSONata", "{% 1 %}")


def test_states_within_inherit_the_language_of_the_whole_machine() -> None:
    found = state_of(
        {
            "Type": "Parallel",
            "QueryLanguage": "JSONata",
            "Branches": [{"StartAt": "B", "States": {"B": {"Type": "Pass", "End": True}}}],
            "End": True,
        }
    )
    assert (found.query_language, found.branches[0].states["B"].query_language) == ("JSONata", "JSONPath")


def test_numbers_of_jsonata_may_be_expressions() -> None:
    task = state_of(
        {"Type": "Task", "Resource": FUNCTION, "TimeoutSeconds": "{% $states.input.t %}", "Arguments": 1, "End": True},
        QueryLanguage="JSONata",
    )
    assert (task.timeout_seconds, task.arguments) == ("{% $states.input.t %}", 1)


def test_every_state_of_a_definition_is_found_by_its_name() -> None:
    machine = parse_machine(json.dumps({"StartAt": "M", "States": {"M": distributed_map()}}))
    assert sorted(machine.everywhere) == ["I", "M"]
    assert list(machine.states) == ["M"]


def test_a_bad_definition_is_refused_with_all_that_is_wrong() -> None:
    with pytest.raises(InvalidDefinition) as caught:
        parse_machine('{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"B"}}}')
    assert str(caught.value) == (
        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, "
        "MISSING_END_STATE: Workflow has no terminal state at null'"
    )
    assert [item.code for item in caught.value.diagnostics] == ["MISSING_TRANSITION_TARGET", "MISSING_END_STATE"]


def test_an_error_tells_a_hundred_findings() -> None:
    states = {f"S{index}": {"Type": "Dance"} for index in range(150)}
    with pytest.raises(InvalidDefinition) as caught:
        parse_machine(json.dumps({"StartAt": "S0", "States": states}))
    assert str(caught.value).count("SCHEMA_VALIDATION_FAILED") == 100
    assert len(caught.value.diagnostics) == 150
