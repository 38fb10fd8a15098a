"""What makes AWS refuse a definition, and what it warns of."""

import json
from typing import Any

import pytest

from serein.services.stepfunctions.language import diagnose

FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
Found = list[tuple[str, str, str | None]]


def found_in(definition: Any, machine_type: str = "STANDARD", severity: str = "ERROR") -> Found:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return [
        (item.code, item.message, item.location) for item in diagnose(text, machine_type) if item.severity == severity
    ]


def alone(state: Any, language: str | None = None) -> dict[str, Any]:
    machine: dict[str, Any] = {"StartAt": "S", "States": {"S": state}}
    return machine if language is None else {**machine, "QueryLanguage": language}


def schema(message: str, location: str = "/States/S") -> Found:
    return [("SCHEMA_VALIDATION_FAILED", message, location)]


def task(**fields: Any) -> dict[str, Any]:
    return {"Type": "Task", "Resource": FUNCTION, "End": True, **fields}


def inline_map(**fields: Any) -> dict[str, Any]:
    processor = {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}
    return {"Type": "Map", "ItemProcessor": processor, "End": True, **fields}


def distributed_map(execution_type: str = "STANDARD", **fields: Any) -> dict[str, Any]:
    state = inline_map(**fields)
    state["ItemProcessor"]["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": execution_type}
    return state


def choice(*rules: Any) -> dict[str, Any]:
    states = {"S": {"Type": "Choice", "Choices": list(rules)}, "T": {"Type": "Succeed"}}
    return {"StartAt": "S", "States": states}


# The text as JSON


@pytest.mark.parametrize("text", ["{", "nonsense", '{"a": NaN}', '{"a": 1}}'])
def test_what_is_not_json_is_refused(text: str) -> None:
    assert [code for code, _, _ in found_in(text)] == ["INVALID_JSON_DESCRIPTION"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("not some json", "Unrecognized token 'not': was expecting"),
        ("{'not': 'json'", "Unexpected character (''' (code 39)): was expecting double-quote to start field name"),
        ("", "No content to map due to end-of-input"),
        ('{"a": {"b": [', "Unexpected end-of-input: expected close marker for Array"),
        ('{"a', "Unexpected end-of-input: was expecting closing quote for a string value"),
        ('{"a" 1}', "Unexpected character ('1' (code 49)): was expecting a colon"),
        ('{"a": 1 "b"}', "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"),
        ('{"{": [1 2]}', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"),
        ('{"a": ,}', "Unexpected character (',' (code 44)): expected a valid value"),
        ('{"a": "b\nc"}', "Illegal unquoted character ((CTRL-CHAR, code 10))"),
        ('{"a": NaN}', "Non-standard token 'NaN'"),
        ("1" * 5000, "Number value length exceeds the maximum allowed"),
    ],
)
def test_what_is_not_json_is_told_in_the_words_of_the_parser_of_aws(text: str, problem: str) -> None:
    ((code, message, location),) = found_in(text)
    assert (code, location) == ("INVALID_JSON_DESCRIPTION", None)
    assert message.startswith(problem)


@pytest.mark.parametrize("text", ["{}", "null", '""'])
def test_an_empty_definition_is_missing(text: str) -> None:
    assert [code for code, _, _ in found_in(text)] == ["MISSING_DESCRIPTION"]


@pytest.mark.parametrize("text", ["[1]", '"text"', "12"])
def test_a_definition_is_an_object(text: str) -> None:
    assert found_in(text) == schema("Expected value of type Object", "/")


def test_json_nested_without_end_is_refused() -> None:
    assert [code for code, _, _ in found_in("[" * 100_000)] == ["TOO_DEEPLY_NESTED"]
    deep: dict[str, Any] = {"Type": "Pass", "Result": 1, "End": True}
    for _ in range(600):
        deep["Result"] = {"a": deep["Result"]}
    assert found_in(alone(deep)) in ([], [("TOO_DEEPLY_NESTED", "The states are too deeply nested", None)])


def test_machines_nested_too_deeply_are_refused() -> None:
    machine: dict[str, Any] = {"StartAt": "X", "States": {"X": {"Type": "Pass", "End": True}}}
    for level in range(60):
        state = {"Type": "Parallel", "Branches": [machine], "End": True}
        machine = {"StartAt": f"P{level}", "States": {f"P{level}": state}}
    assert [code for code, _, _ in found_in(machine)] == ["TOO_DEEPLY_NESTED"]


# How states hang together


def test_a_missing_target_is_named_with_its_place() -> None:
    states = {
        "pass1": {"Type": "Pass", "Next": "pass3"},
        "pass2": {"Type": "Pass", "End": True},
    }
    assert found_in({"StartAt": "pass1", "States": states}) == [
        ("MISSING_TRANSITION_TARGET", "Missing 'Next' target: pass3", "/States/pass1/Next"),
        ("MISSING_TRANSITION_TARGET", 'State "pass2" is not reachable.', "/States/pass2"),
    ]


def test_a_missing_start_leaves_its_state_unreachable() -> None:
    states = {"Pass One": {"Type": "Pass", "Next": "Success"}, "Success": {"Type": "Succeed"}}
    assert found_in({"StartAt": "Not sure", "States": states}) == [
        ("MISSING_TRANSITION_TARGET", "Missing 'Next' target: Not sure", "/StartAt"),
        ("MISSING_TRANSITION_TARGET", 'State "Pass One" is not reachable.', "/States/Pass One"),
    ]


def test_targets_of_choices_and_catchers_are_looked_for() -> None:
    rule = {"Variable": "$.a", "IsPresent": True, "Next": "X1"}
    states = {
        "C": {"Type": "Choice", "Choices": [rule], "Default": "X2"},
        "T": task(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "X3"}]),
    }
    found = found_in({"StartAt": "C", "States": states})
    assert [location for _, message, location in found if message.startswith("Missing")] == [
        "/States/C/Choices[0]/Next",
        "/States/C/Default",
        "/States/T/Catch[0]/Next",
    ]


def test_a_loop_has_no_end() -> None:
    loop = {"A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "Next": "A"}}
    no_end = [("MISSING_END_STATE", "Workflow has no terminal state", None)]
    assert found_in({"StartAt": "A", "States": loop}) == no_end
    assert found_in({"StartAt": "A", "States": {**loop, "C": {"Type": "Pass", "Next": "A"}}}) == no_end
    assert found_in({"StartAt": "A", "States": {**loop, "C": {"Type": "Pass", "End": True}}}) == [
        ("MISSING_TRANSITION_TARGET", 'State "C" is not reachable.', "/States/C")
    ]


def test_transitions_do_not_leave_a_branch() -> None:
    branch = {"StartAt": "B", "States": {"B": {"Type": "Pass", "Next": "T"}, "E": {"Type": "Succeed"}}}
    states = {"S": {"Type": "Parallel", "Branches": [branch], "Next": "T"}, "T": {"Type": "Succeed"}}
    assert found_in({"StartAt": "S", "States": states}) == [
        ("MISSING_TRANSITION_TARGET", "Missing 'Next' target: T", "/States/S/Branches[0]/States/B/Next"),
        ("MISSING_TRANSITION_TARGET", 'State "E" is not reachable.', "/States/S/Branches[0]/States/E"),
    ]


def test_a_name_is_used_once_in_a_whole_definition() -> None:
    branch = {"StartAt": "S", "States": {"S": {"Type": "Pass", "End": True}}}
    assert found_in(alone({"Type": "Parallel", "Branches": [branch], "End": True})) == [
        ("DUPLICATE_STATE_NAME", "Duplicate State name: S", "/States/S/Branches[0]/States/S")
    ]


def test_a_name_is_used_once_among_the_states() -> None:
    text = '{"StartAt":"A","States":{"A":{"Type":"Pass","Next":"A"},"A":{"Type":"Succeed"}}}'
    assert found_in(text) == [("DUPLICATE_STATE_NAME", "Duplicate State name: A", "/States/A")]


@pytest.mark.parametrize("name", ["", "x" * 81, "a\x00b", "\ud800"])
def test_names_of_states_have_limits(name: str) -> None:
    states = {name: {"Type": "Succeed"}}
    assert [code for code, _, _ in found_in({"StartAt": name, "States": states})] == ["INVALID_STATE_NAME"]


def test_a_name_may_have_eighty_characters() -> None:
    assert found_in({"StartAt": "é" * 80, "States": {"é" * 80: {"Type": "Succeed"}}}) == []


# Fields


def test_required_fields_are_named() -> None:
    assert found_in({"Comment": "nothing else"}) == schema("These fields are required: [StartAt, States]", "/")
    assert found_in(alone({"Type": "Choice"})) == schema("These fields are required: [Choices]")
    assert found_in(alone({"Type": "Task", "End": True})) == schema("These fields are required: [Resource]")
    assert found_in(alone({"End": True})) == schema("These fields are required: [Type]")
    assert found_in(alone({"Type": "Map", "End": True})) == schema(
        "One of these fields is required: [ItemProcessor, Iterator]"
    )
    assert found_in({"StartAt": "A", "States": {}}) == schema("Value can not be empty", "/States")


def test_a_state_goes_on_or_ends() -> None:
    assert found_in(alone({"Type": "Pass"})) == schema("One of these fields is required: [Next, End]")
    assert found_in(alone({"Type": "Pass", "End": False})) == schema("One of these fields is required: [Next, End]")
    assert found_in(alone({"Type": "Pass", "End": True, "Next": "S"})) == schema(
        "There should only be one of the following fields: [Next, End]"
    )


@pytest.mark.parametrize("kind", ["Pass", "Wait", "Choice", "Succeed", "Fail", "Map", "Parallel"])
def test_only_tasks_have_time_limits(kind: str) -> None:
    found = found_in(alone({"Type": kind, "TimeoutSeconds": 5}))
    assert schema("Field 'TimeoutSeconds' is not supported")[0] in found


@pytest.mark.parametrize("kind", ["Pass", "Wait", "Choice", "Succeed", "Fail"])
@pytest.mark.parametrize("field", ["Retry", "Catch"])
def test_only_what_performs_is_tried_again_or_caught(kind: str, field: str) -> None:
    assert schema(f"Field '{field}' is not supported")[0] in found_in(alone({"Type": kind, field: []}))


@pytest.mark.parametrize("state", [{"Type": "Succeed", "End": True}, {"Type": "Fail", "Next": "S"}])
def test_ends_lead_nowhere(state: dict[str, Any]) -> None:
    field = next(name for name in state if name != "Type")
    assert found_in(alone(state)) == schema(f"Field '{field}' is not supported")


def test_unknown_fields_and_types_are_refused() -> None:
    assert found_in({"Coment": "c", **alone({"Type": "Succeed"})}) == schema("Field 'Coment' is not supported", "/")
    assert found_in(alone({"Type": "Dance"}))[0][2] == "/States/S/Type"
    assert found_in(alone({"Type": 5}))[0][2] == "/States/S/Type"
    assert found_in(alone("text")) == schema("Expected value of type Object")


@pytest.mark.parametrize(
    ("fields", "message", "place"),
    [
        ({"TimeoutSeconds": 0}, "Minimum value is 1", "TimeoutSeconds"),
        ({"TimeoutSeconds": "5"}, "Expected value of type Integer", "TimeoutSeconds"),
        ({"TimeoutSeconds": 1.5}, "Expected value of type Integer", "TimeoutSeconds"),
        ({"TimeoutSeconds": True}, "Expected value of type Integer", "TimeoutSeconds"),
        ({"TimeoutSeconds": 100_000_000}, "Maximum value is 99999999", "TimeoutSeconds"),
        ({"Comment": 5}, "Expected value of type String", "Comment"),
        ({"End": "true"}, "Expected value of type Boolean", "End"),
        ({"ResultSelector": "$.a"}, "Expected value of type Object", "ResultSelector"),
        ({"Retry": {}}, "Expected value of type Array", "Retry"),
        ({"Retry": [5]}, "Expected value of type Object", "Retry[0]"),
        ({"Retry": [{}]}, "These fields are required: [ErrorEquals]", "Retry[0]"),
        ({"Retry": [{"ErrorEquals": []}]}, "Value can not be empty", "Retry[0]/ErrorEquals"),
        ({"Retry": [{"ErrorEquals": ["A"], "BackoffRate": 0.5}]}, "Minimum value is 1.0", "Retry[0]/BackoffRate"),
        ({"Retry": [{"ErrorEquals": ["A"], "MaxAttempts": -1}]}, "Minimum value is 0", "Retry[0]/MaxAttempts"),
        ({"Retry": [{"ErrorEquals": ["A"], "IntervalSeconds": 0}]}, "Minimum value is 1", "Retry[0]/IntervalSeconds"),
        (
            {"Retry": [{"ErrorEquals": ["A"], "JitterStrategy": "SOME"}]},
            "Value is not one of the allowed values: [FULL, NONE]",
            "Retry[0]/JitterStrategy",
        ),
        (
            {"Retry": [{"ErrorEquals": ["A"], "MaxDelaySeconds": 31622400}]},
            "Maximum value is 31622399",
            "Retry[0]/MaxDelaySeconds",
        ),
        ({"Retry": [{"ErrorEquals": ["A", "States.ALL"]}]}, "'States.ALL' must appear alone", "Retry[0]/ErrorEquals"),
        (
            {"Retry": [{"ErrorEquals": ["States.ALL"]}, {"ErrorEquals": ["A"]}]},
            "'States.ALL' must be in the last element",
            "Retry[0]/ErrorEquals",
        ),
        ({"Catch": [{"ErrorEquals": ["A"]}]}, "These fields are required: [Next]", "Catch[0]"),
        ({"Credentials": {}}, "These fields are required: [RoleArn]", "Credentials"),
        ({"Credentials": {"RoleArn": "r", "X": 1}}, "Field 'X' is not supported", "Credentials"),
    ],
)
def test_fields_of_tasks_are_checked(fields: dict[str, Any], message: str, place: str) -> None:
    assert found_in(alone(task(**fields))) == schema(message, f"/States/S/{place}")


def test_time_limits_of_tasks_exclude_one_another() -> None:
    assert found_in(alone(task(TimeoutSeconds=5, TimeoutSecondsPath="$.t"))) == schema(
        "There should only be one of the following fields: [TimeoutSeconds, TimeoutSecondsPath]"
    )
    assert found_in(alone(task(TimeoutSeconds=5, HeartbeatSeconds=5))) == schema(
        "HeartbeatSeconds must be smaller than TimeoutSeconds"
    )


def test_a_wait_has_exactly_one_moment() -> None:
    group = "[Seconds, SecondsPath, Timestamp, TimestampPath]"
    assert found_in(alone({"Type": "Wait", "End": True})) == schema(f"One of these fields is required: {group}")
    assert found_in(alone({"Type": "Wait", "Seconds": 1, "Timestamp": "2030-01-01T00:00:00Z", "End": True})) == schema(
        f"There should only be one of the following fields: {group}"
    )


@pytest.mark.parametrize(
    ("timestamp", "is_right"),
    [("2030-01-01T00:00:00Z", True), ("2030-01-01T00:00:00.123+01:00", True), ("2030-01-01", False), ("soon", False)],
)
def test_a_timestamp_has_a_form(timestamp: str, is_right: bool) -> None:
    found = found_in(alone({"Type": "Wait", "Timestamp": timestamp, "End": True}))
    assert found == ([] if is_right else schema("Value is not a valid timestamp", "/States/S/Timestamp"))


def test_a_failure_has_one_error_and_one_cause() -> None:
    assert found_in(alone({"Type": "Fail", "Error": "E", "ErrorPath": "$.e"})) == schema(
        "There should only be one of the following fields: [Error, ErrorPath]"
    )
    assert (
        found_in(alone({"Type": "Fail", "ErrorPath": "$$.State.Name", "CausePath": "States.Format('{}', $.a)"})) == []
    )


# Paths and templates


@pytest.mark.parametrize(
    "path", ["$", "$.a", "$['a b'][0]", "$$.Execution.Id", "$v.a", "$.a[*]", "$..a", "$.a[?(@.b==1)]", None]
)
def test_input_paths_may_find_several_values(path: str | None) -> None:
    assert found_in(alone({"Type": "Pass", "InputPath": path, "OutputPath": path, "End": True})) == []


@pytest.mark.parametrize("path", ["a", "", "$.", "$[", "$a-b", "States.UUID()"])
def test_what_is_no_path_is_refused(path: str) -> None:
    ((code, message, location),) = found_in(alone({"Type": "Pass", "InputPath": path, "End": True}))
    assert (code, location) == ("SCHEMA_VALIDATION_FAILED", "/States/S/InputPath")
    assert message.startswith("Value is not a Path")


@pytest.mark.parametrize("path", ["$.a[*]", "$..a", "$.a[0:2]", "$.a[?(@.b)]", "$$.Execution", "$v", "nothing"])
def test_result_paths_are_reference_paths_of_the_input(path: str) -> None:
    ((code, message, location),) = found_in(alone(task(ResultPath=path)))
    assert (code, location) == ("SCHEMA_VALIDATION_FAILED", "/States/S/ResultPath")
    assert message.startswith("Value is not a Reference Path")


def test_numbers_of_maps_are_not_paths_into_the_context() -> None:
    assert found_in(alone(inline_map(MaxConcurrencyPath="$$.Execution.Input.n"))) == schema(
        "Value is not a Reference Path", "/States/S/MaxConcurrencyPath"
    )
    assert found_in(alone(inline_map(ItemsPath="$$.Execution.Input.items"))) == []


@pytest.mark.parametrize("value", ["foo", 5, "$.[", "States.Nothing()", "States.Format('a'"])
def test_computed_keys_have_paths_or_calls(value: Any) -> None:
    assert found_in(alone(task(Parameters={"a": [{"b.$": value}]}))) == schema(
        "The value for the field 'b.$' must be a valid JSONPath or a valid intrinsic function call",
        "/States/S/Parameters/a[0]/b.$",
    )


@pytest.mark.parametrize("value", ["$", "$.a[*].b", "$$.Task.Token", "$v", "States.Format('{}', States.UUID())"])
def test_computed_keys_with_paths_or_calls_are_right(value: str) -> None:
    assert found_in(alone(task(Parameters={"a": [{"b.$": value}]}))) == []


@pytest.mark.parametrize("name", ["states", "_a", "1a", "a-b", "a b", "", "x" * 81])
def test_variables_have_names(name: str) -> None:
    ((code, _, location),) = found_in(alone({"Type": "Pass", "Assign": {name: 1}, "End": True}))
    assert (code, location) == ("SCHEMA_VALIDATION_FAILED", f"/States/S/Assign/{name}")


def test_an_inner_scope_has_no_variable_of_an_outer_one() -> None:
    branch = {"StartAt": "I", "States": {"I": {"Type": "Pass", "Assign": {"v.$": "$"}, "End": True}}}
    outer = {"Type": "Parallel", "Branches": [branch], "Assign": {"v": 1}, "End": True}
    assert found_in(alone(outer)) == schema(
        "The variable 'v' is assigned in an outer scope already", "/States/S/Branches[0]"
    )
    state = distributed_map(Assign={"v": 1})
    state["ItemProcessor"]["States"]["I"]["Assign"] = {"v": 2}
    assert found_in(alone(state)) == []


# Choice rules


@pytest.mark.parametrize(
    ("rule", "message", "place"),
    [
        ({"Variable": "$.a", "IsPresent": True}, "These fields are required: [Next]", ""),
        ({"IsPresent": True, "Next": "T"}, "These fields are required: [Variable]", ""),
        ({"Variable": "$.a", "IsPresent": 1, "Next": "T"}, "Expected value of type Boolean", "/IsPresent"),
        ({"Variable": "$.a", "StringEquals": 1, "Next": "T"}, "Expected value of type String", "/StringEquals"),
        ({"Variable": "$.a", "NumericEquals": "1", "Next": "T"}, "Expected value of type Number", "/NumericEquals"),
        (
            {"Variable": "$.a", "TimestampEquals": "x", "Next": "T"},
            "Value is not a valid timestamp",
            "/TimestampEquals",
        ),
        ({"Variable": "$.a[*]", "IsNull": True, "Next": "T"}, "Value is not a Reference Path", "/Variable"),
        (
            {"Variable": "$.a", "StringEqualsPath": "$.a[*]", "Next": "T"},
            "Value is not a Reference Path",
            "/StringEqualsPath",
        ),
        ({"Variable": "$.a", "Sounds": "like", "IsNull": True, "Next": "T"}, "Field 'Sounds' is not supported", ""),
        ({"And": [], "Next": "T"}, "Value can not be empty", "/And"),
        ({"And": 5, "Next": "T"}, "Expected value of type Array", "/And"),
        ({"Not": 5, "Next": "T"}, "Expected value of type Object", "/Not"),
        (
            {"And": [{"Variable": "$.a", "IsNull": True, "Next": "T"}], "Next": "T"},
            "Field 'Next' is not supported",
            "/And[0]",
        ),
        (
            {"Variable": "$.a", "IsNull": True, "IsPresent": True, "Next": "T"},
            "Exactly one comparison or boolean expression is required, found: [IsNull, IsPresent]",
            "",
        ),
        (
            {"Condition": "{% true %}", "Variable": "$.a", "IsNull": True, "Next": "T"},
            "The QueryLanguage is set to 'JSONPath', but field 'Condition' is only supported for the 'JSONata' "
            "QueryLanguage",
            "",
        ),
    ],
)
def test_choice_rules_are_checked(rule: dict[str, Any], message: str, place: str) -> None:
    assert found_in(choice(rule)) == schema(message, f"/States/S/Choices[0]{place}")


def test_a_rule_needs_a_test() -> None:
    assert schema("Exactly one comparison or boolean expression is required", "/States/S/Choices[0]")[0] in found_in(
        choice({"Next": "T"})
    )


def test_a_choice_needs_rules() -> None:
    assert found_in(choice()) == schema("Value can not be empty", "/States/S/Choices")
    assert found_in(choice(5)) == schema("Expected value of type Object", "/States/S/Choices[0]")
    assert found_in(alone({"Type": "Choice", "Choices": 5})) == schema(
        "Expected value of type Array", "/States/S/Choices"
    )


# Maps


@pytest.mark.parametrize(
    ("fields", "message", "place"),
    [
        ({"MaxConcurrency": -1}, "Minimum value is 0", "/MaxConcurrency"),
        (
            {"MaxConcurrency": 1, "MaxConcurrencyPath": "$.n"},
            "There should only be one of the following fields: [MaxConcurrency, MaxConcurrencyPath]",
            "",
        ),
        ({"ToleratedFailurePercentage": -1}, "Minimum value is 0.0", "/ToleratedFailurePercentage"),
        ({"ToleratedFailurePercentage": 101}, "Maximum value is 100.0", "/ToleratedFailurePercentage"),
        ({"ItemBatcher": {}}, None, "/ItemBatcher"),
        ({"ItemBatcher": {"MaxItemsPerBatch": -1}}, "Minimum value is 0", "/ItemBatcher/MaxItemsPerBatch"),
        (
            {"ItemBatcher": {"MaxInputBytesPerBatch": 262145}},
            "Maximum value is 262144",
            "/ItemBatcher/MaxInputBytesPerBatch",
        ),
        ({"ResultWriter": {}}, "One of these fields is required: [Resource, WriterConfig]", "/ResultWriter"),
        (
            {"ResultWriter": {"Resource": "arn:aws:states:::s3:putObject"}},
            "These fields are required: [Parameters]",
            "/ResultWriter",
        ),
        ({"ItemReader": {"Resource": "arn:aws:states:::s3:deleteObject"}}, None, "/ItemReader/Resource"),
        (
            {"ItemReader": {"Resource": "arn:aws:states:::s3:getObject"}},
            "These fields are required: [ReaderConfig/InputType]",
            "/ItemReader",
        ),
        (
            {"ItemReader": {"Resource": "arn:aws:states:::s3:getObject", "ReaderConfig": {"InputType": "CSV"}}},
            "These fields are required: [CSVHeaderLocation]",
            "/ItemReader/ReaderConfig",
        ),
        (
            {
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:listObjectsV2",
                    "ReaderConfig": {"MaxItems": 1, "MaxItemsPath": "$.n"},
                }
            },
            "There should only be one of the following fields: [MaxItems, MaxItemsPath]",
            "/ItemReader/ReaderConfig",
        ),
        (
            {
                "ItemReader": {
                    "Resource": "arn:aws:states:::s3:listObjectsV2",
                    "ReaderConfig": {"MaxItems": 100_000_001},
                }
            },
            "Maximum value is 100000000",
            "/ItemReader/ReaderConfig/MaxItems",
        ),
    ],
)
def test_fields_of_distributed_maps_are_checked(fields: dict[str, Any], message: str | None, place: str) -> None:
    ((code, found, location),) = found_in(alone(distributed_map(**fields)))
    assert (code, location) == ("SCHEMA_VALIDATION_FAILED", f"/States/S{place}")
    assert message is None or found == message


@pytest.mark.parametrize("items", [5, "five", None])
def test_items_of_jsonata_are_an_array(items: Any) -> None:
    assert found_in(alone(inline_map(Items=items), "JSONata")) == schema(
        "Expected value of type Array", "/States/S/Items"
    )
    for right in ([1, "{% 2 %}"], {"a": 1}, "{% $states.input.items %}"):
        assert found_in(alone(inline_map(Items=right), "JSONata")) == []


@pytest.mark.parametrize("label", ["", "x" * 41, "a b", "a*b"])
def test_labels_have_limits(label: str) -> None:
    assert [code for code, _, _ in found_in(alone(distributed_map(Label=label)))] == ["INVALID_LABEL_NAME"]


def test_a_label_is_used_once() -> None:
    second = distributed_map(Label="L")
    second["ItemProcessor"] = {**second["ItemProcessor"], "StartAt": "J", "States": {"J": {"Type": "Succeed"}}}
    first = {name: value for name, value in distributed_map(Label="L").items() if name != "End"} | {"Next": "T"}
    assert [code for code, _, _ in found_in({"StartAt": "S", "States": {"S": first, "T": second}})] == [
        "DUPLICATE_LABEL_NAME"
    ]


@pytest.mark.parametrize("field", ["ItemReader", "ItemBatcher", "ResultWriter", "Label", "ToleratedFailureCount"])
def test_inline_maps_have_less(field: str) -> None:
    found = found_in(alone(inline_map(**{field: 1})))
    assert schema(f"Field '{field}' is not supported when the processing mode is INLINE")[0] in found


def test_a_distributed_map_says_what_its_executions_are() -> None:
    state = distributed_map()
    del state["ItemProcessor"]["ProcessorConfig"]["ExecutionType"]
    assert found_in(alone(state)) == schema(
        "These fields are required: [ExecutionType]", "/States/S/ItemProcessor/ProcessorConfig"
    )


# Resources and Express


@pytest.mark.parametrize("resource", ["create", "", "{% $states.input %}"])
def test_a_resource_is_an_arn(resource: str) -> None:
    assert schema("Value is not a valid resource ARN", "/States/S/Resource")[0] in found_in(
        alone(task(Resource=resource))
    )


def test_an_unknown_resource_is_told() -> None:
    assert found_in(alone(task(Resource="arn:aws:states:::nothing"))) == schema(
        "The resource provided arn:aws:states:::nothing is not recognized. The value is not a valid resource ARN, or "
        "the resource is not available in this region.",
        "/States/S/Resource",
    )


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (
            "arn:aws:states:::states:startExecution.sync:2",
            "Express state machine does not support '.sync:2' service integration",
        ),
        (
            "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Express state machine does not support '.waitForTaskToken' service integration",
        ),
        ("arn:aws:states:us-east-1:123456789012:activity:a", "Express state machine does not support activities"),
    ],
)
def test_express_machines_do_not_wait_for_others(resource: str, message: str) -> None:
    parameters = {
        "startExecution": {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:m"},
        "sendMessage": {"QueueUrl": "q", "MessageBody": {"token.$": "$$.Task.Token"}},
    }
    given = next((value for name, value in parameters.items() if name in resource), {})
    definition = alone(task(Resource=resource, Parameters=given))
    assert found_in(definition, "EXPRESS") == schema(message, "/States/S/Resource")
    assert found_in(definition) == []


def test_express_machines_have_no_distributed_maps() -> None:
    assert found_in(alone(distributed_map()), "EXPRESS") == schema(
        "Express state machine does not support Distributed Map"
    )


def test_express_executions_of_a_distributed_map_do_not_wait_for_others() -> None:
    state = distributed_map("EXPRESS")
    state["ItemProcessor"]["States"]["I"] = task(Resource="arn:aws:states:us-east-1:123456789012:activity:a")
    assert found_in(alone(state)) == schema(
        "Express state machine does not support activities", "/States/S/ItemProcessor/States/I/Resource"
    )


# Query languages


def test_fields_of_the_other_language_are_refused() -> None:
    for language, other, field in [("JSONPath", "JSONata", "Output"), ("JSONata", "JSONPath", "OutputPath")]:
        assert found_in(alone({"Type": "Pass", field: "$", "End": True}, language)) == schema(
            f"The QueryLanguage is set to '{language}', but field '{field}' is only supported for the '{other}' "
            "QueryLanguage"
        )


def test_a_machine_in_jsonata_has_no_state_in_jsonpath() -> None:
    assert found_in(alone({"Type": "Pass", "QueryLanguage": "JSONPath", "End": True}, "JSONata")) == schema(
        "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine"
    )


def test_only_machines_and_states_have_a_query_language() -> None:
    state = inline_map()
    state["ItemProcessor"]["QueryLanguage"] = "JSONata"
    assert found_in(alone(state)) == schema("Field 'QueryLanguage' is not supported", "/States/S/ItemProcessor")


def test_an_unknown_query_language_is_refused() -> None:
    assert found_in(alone({"Type": "Succeed"}, "XPath")) == schema(
        "Value is not one of the allowed values: [JSONPath, JSONata]", "/QueryLanguage"
    )


def test_rules_of_jsonata_have_conditions() -> None:
    machine = {"QueryLanguage": "JSONata", **choice({"Variable": "$.a", "IsNull": True, "Next": "T"})}
    assert [message.split("'")[3] for _, message, _ in found_in(machine)] == ["Variable", "IsNull"]
    assert found_in({"QueryLanguage": "JSONata", **choice({"Next": "T"})}) == schema(
        "These fields are required: [Condition]", "/States/S/Choices[0]"
    )
    assert found_in({"QueryLanguage": "JSONata", **choice({"Condition": "yes", "Next": "T"})}) == schema(
        "The value for the field 'Condition' must be a JSONata expression", "/States/S/Choices[0]/Condition"
    )


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("a[1,2)", 'Expected "]", got ","'),
        ('"unterminated', "String literal must be terminated by a matching quote"),
        ("1 +", "Unexpected end of expression"),
        ('{"a":}', 'The symbol "}" cannot be used as a unary operator'),
        ("$x :=", "Unexpected end of expression"),
        ('$match("a", /abc', "No terminating / in regular expression"),
        ("", "Unexpected end of expression"),
    ],
)
def test_expressions_are_parsed(expression: str, message: str) -> None:
    assert found_in(alone({"Type": "Pass", "Output": {"v": [f"{{% {expression} %}}"]}, "End": True}, "JSONata")) == [
        ("INVALID_JSONATA_EXPRESSION", message, "/States/S/Output/v[0]")
    ]


@pytest.mark.parametrize(
    ("expression", "name"),
    [
        ("phone", "phone"),
        ("$sum(prices)", "prices"),
        ("$states.input.a + b", "b"),
        ("$map($v, function($x){ q })", "q"),
        ("{'k': b}", "b"),
        ("*", "*"),
        ("$", "$"),
    ],
)
def test_nothing_is_at_the_top_level(expression: str, name: str) -> None:
    assert found_in(alone({"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}, "JSONata")) == [
        (
            "UNSUPPORTED_JSONATA_EXPRESSION",
            f"Reference to '{name}' at the top level is not supported.",
            "/States/S/Output",
        )
    ]


@pytest.mark.parametrize(
    "expression",
    [
        "$states.input.a[b > 1].c",
        "$states.input.(a & b)",
        "$states.input.a{k: v}",
        "$states.input.items^(>price)",
        "$map($v, function($x){ $x.y })",
        "$states.input.a ~> |b|{'c': d}|",
        "$v[0].name",
        "$states.context.Execution.Id",
        "true",
    ],
)
def test_names_are_looked_up_in_what_was_found(expression: str) -> None:
    assert found_in(alone({"Type": "Pass", "Output": f"{{% {expression} %}}", "End": True}, "JSONata")) == []


def test_a_result_is_there_once_something_was_performed() -> None:
    output = "{% $states.result.Payload %}"
    assert found_in(alone(task(Output=output, Assign={"v": output}), "JSONata")) == []
    assert [code for code, _, _ in found_in(alone(task(Arguments=output), "JSONata"))] == [
        "UNSUPPORTED_JSONATA_EXPRESSION"
    ]
    assert [code for code, _, _ in found_in(alone({"Type": "Succeed", "Output": output}, "JSONata"))] == [
        "UNSUPPORTED_JSONATA_EXPRESSION"
    ]


def test_an_error_output_is_there_when_a_failure_is_caught() -> None:
    output = "{% $states.errorOutput.Error %}"
    catcher = {"ErrorEquals": ["States.ALL"], "Next": "T", "Output": output, "Assign": {"v": output}}
    states = {"S": task(Catch=[catcher]), "T": {"Type": "Succeed"}}
    machine = {"QueryLanguage": "JSONata", "StartAt": "S", "States": states}
    assert found_in(machine) == []
    assert [code for code, _, _ in found_in(alone(task(Output=output), "JSONata"))] == [
        "UNSUPPORTED_JSONATA_EXPRESSION"
    ]


@pytest.mark.parametrize("text", [" {% states.input %} ", "1 %}", "100%", "a {% b %}"])
def test_a_text_that_does_not_begin_as_an_expression_is_none(text: str) -> None:
    assert found_in(alone({"Type": "Pass", "Output": text, "End": True}, "JSONata")) == []


@pytest.mark.parametrize("text", ["{% 1", "{% 1 %} ", "{%}"])
def test_half_an_expression_is_refused(text: str) -> None:
    assert [code for code, _, _ in found_in(alone({"Type": "Pass", "Output": text, "End": True}, "JSONata"))] == [
        "INVALID_JSONATA_EXPRESSION"
    ]


@pytest.mark.parametrize("seconds", [5, "{% $states.input.s %}"])
def test_numbers_of_jsonata_may_be_expressions(seconds: Any) -> None:
    assert found_in(alone({"Type": "Wait", "Seconds": seconds, "End": True}, "JSONata")) == []


def test_numbers_of_jsonata_are_no_plain_strings() -> None:
    assert found_in(alone({"Type": "Wait", "Seconds": "5", "End": True}, "JSONata")) == schema(
        "Expected value of type Integer", "/States/S/Seconds"
    )


# Warnings


def test_plain_values_that_look_computed_are_warned_of() -> None:
    warnings = found_in(
        alone(task(Parameters={"a": "$.a", "b": {"c": "States.UUID()"}, "d": "$5"})), severity="WARNING"
    )
    assert [(code, location) for code, _, location in warnings] == [
        ("NO_DOLLAR", "/States/S/Parameters/a"),
        ("NO_DOLLAR", "/States/S/Parameters/b/c"),
    ]


def test_values_that_look_like_paths_are_warned_of() -> None:
    definition = choice({"Variable": "$.a", "StringEquals": "$.b", "Next": "T"})
    assert [(code, location) for code, _, location in found_in(definition, severity="WARNING")] == [
        ("NO_PATH", "/States/S/Choices[0]/StringEquals")
    ]
    assert found_in(definition) == []


def test_a_result_that_looks_computed_is_warned_of() -> None:
    state = {"Type": "Pass", "Result": {"a": "$.a", "b.$": "$.b", "c": ["x"]}, "End": True}
    assert [(code, location) for code, _, location in found_in(alone(state), severity="WARNING")] == [
        ("PASS_RESULT_IS_STATIC", "/States/S/Result/a"),
        ("PASS_RESULT_IS_STATIC", "/States/S/Result/b.$"),
    ]
