"""JSONata in state machines: its fields, its own functions, its failures, and variables."""

from typing import Any

import pytest

from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.query.jsonata_data import evaluate
from serein.services.stepfunctions.query.references import examine_expression
from serein.services.stepfunctions.query.scope import Scope
from serein.services.stepfunctions.query.variables import assign, is_variable_name

CONTEXT = {"Execution": {"Id": "arn:e"}, "State": {"EnteredTime": "2024-05-06T07:08:09.123Z"}}
SCOPE = Scope(CONTEXT, {"tally": 2, "list": [1, 2], "one": [5]})
STATES = {
    "input": {"a": 1, "none": None, "items": [{"n": 1}, {"n": 2}], "whole": 1.0},
    "context": CONTEXT,
    "result": [7],
}


def value_of(value: Any, where: str = "Output") -> Any:
    return evaluate(value, STATES, SCOPE, where)


def failure_of(value: Any, where: str = "Output") -> StateFailed:
    with pytest.raises(StateFailed) as raised:
        value_of(value, where)
    return raised.value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{% $states.input.a %}", 1),
        ("{%$states.input.a%}", 1),
        ("{% $states.input %}", STATES["input"]),
        ("{% $states.input.none %}", None),
        ("{% $states.input.items.n %}", [1, 2]),
        ("{% $states.input.items[n = 2].n %}", 2),
        ("{% $states.input.items[n = 2].n[] %}", [2]),
        ("{% $states.context.Execution.Id %}", "arn:e"),
        ("{% $states.result[0] + $tally %}", 9),
        ("{% $list %}", [1, 2]),
        ("{% $one %}", [5]),
        ("{% [] %}", []),
        ("{% {} %}", {}),
        ("{% '{% no %' %}", "{% no %"),
        (" {% 1 %}", " {% 1 %}"),
        ("{% 1 %} ", "{% 1 %} "),
        ("say {% 1 %}", "say {% 1 %}"),
        ("$states.input.a", "$states.input.a"),
        ("{%}", "{%}"),
        (5, 5),
        (None, None),
        ({"a": ["{% 1 + 1 %}", {"b": "{% $tally %}"}], "c": "text"}, {"a": [2, {"b": 2}], "c": "text"}),
        ("{% 6 / 2 %}", 3),
        ("{% $states.input.whole %}", 1.0),
        ("{% 1/0 %}", "Infinity"),
        ("{% [1/0] %}", ["Infinity"]),
        ("{% $now() %}", "2024-05-06T07:08:09.123Z"),
        ("{% $millis() %}", 1714979289123),
    ],
)
def test_fields_are_evaluated_where_they_are_expressions(value: Any, expected: Any) -> None:
    assert value_of(value) == expected


def test_what_comes_out_is_plain_json() -> None:
    assert type(value_of("{% $states.input.items.n %}")) is list
    assert type(value_of("{% {'a': [1..2]} %}")["a"]) is list
    assert type(value_of("{% 4 / 2 %}")) is int


def test_time_is_what_the_scope_says() -> None:
    assert evaluate("{% $millis() %}", STATES, Scope({}, {}, 12.5), "Output") == 12500


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("$partition([1, 2, 3], 2)", [[1, 2], [3]]),
        ("$partition([0], 1)", [[0]]),
        ("$range(0, 9, 3)", [0, 3, 6, 9]),
        ("$range(0, 10, 3)", [0, 3, 6, 9]),
        ("$range(3, 1, -1)", [3, 2, 1]),
        ("$range(1, 9, 9)", 1),
        ("$range(0, 1, 0.5)", [0, 0.5, 1]),
        ("$hash('input', 'SHA-1')", "140f86aae51ab9e1cda9b4254fe98a74eb54c1a1"),
        ("$random(42)", 0.7275636800328681),
        ("$random() >= 0", True),
        ("$length($uuid())", 36),
        ("$parse('{\"a\": 1}').a", 1),
        ("$parse('-0')", 0),
        ("'[1, 2]' ~> $parse() ~> $sum()", 3),
    ],
)
def test_the_functions_of_step_functions_compute(expression: str, expected: Any) -> None:
    assert value_of(f"{{% {expression} %}}") == expected


@pytest.mark.parametrize(
    ("expression", "tail"),
    [
        ("$doesNotExist", " returned nothing (undefined)."),
        ("$states.input.missing", " returned nothing (undefined)."),
        ("$states.input.items[n = 9]", " returned nothing (undefined)."),
        ("$randomSeeded(1)", " threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        ("$eval('1')", " threw an error during evaluation. T1006: Attempted to invoke a non-function"),
        (
            "$abs('x')",
            ' threw an error during evaluation. T0410: Argument 1 of function "abs" does not match function signature',
        ),
        ("$error('mine')", " threw an error during evaluation. D3137: mine"),
        ("1 +", " threw an error during evaluation. S0207: Unexpected end of expression"),
        (
            "[1..873783] ~> $count()",
            " threw an error during evaluation: Expression evaluation memory limit exceeded: Check for excessive "
            "memory usage",
        ),
        (
            "($f := function($n) { 1 + $f($n) }; $f(1))",
            " threw an error during evaluation: Stack overflow error: Check for non-terminating recursive function.  "
            "Consider rewriting as tail-recursive.",
        ),
        ("$sum", " returned an unsupported result type."),
        ("{'f': function($x) { $x }}", " returned an unsupported result type."),
        (
            "$partition([1], 0)",
            " threw an error during evaluation. D3137: The second argument of partition function must be a "
            "positive number",
        ),
        (
            "$hash('x')",
            ' threw an error during evaluation. T0410: Argument 2 of function "hash" does not match function signature',
        ),
    ],
)
def test_failures_name_the_expression_and_its_field(expression: str, tail: str) -> None:
    failure = failure_of({"v": ["x", f"{{% {expression} %}}"]})
    assert failure.error == "States.QueryEvaluationError"
    assert failure.location == "Output/v[1]"
    assert failure.cause == f"The JSONata expression '{expression}' specified for the field 'Output/v[1]'{tail}"


def test_a_text_that_is_no_json_cannot_be_parsed() -> None:
    assert "must be valid JSON" in str(failure_of("{% $parse('{') %}").cause)


def test_a_variable_named_like_a_function_hides_it() -> None:
    assert evaluate("{% $sum %}", STATES, Scope({}, {"sum": 3}), "Output") == 3


def test_bindings_of_an_expression_end_with_it() -> None:
    assert value_of("{% ($tally := 9; $tally) %}") == 9
    assert value_of("{% $tally %}") == 2


def test_the_largest_sequence_that_aws_takes_is_taken() -> None:
    assert value_of("{% [1..873782] ~> $count() %}") == 873782


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("1 +", "Unexpected end of expression", 3),
        ("a[1,2)", 'Expected "]", got ","', 4),
        ("", "Unexpected end of expression", 0),
    ],
)
def test_definitions_are_told_why_an_expression_cannot_be_read(text: str, message: str, position: int) -> None:
    assert examine_expression(text) == (message, position, ())


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("$states.input.a", []),
        ("$states.input.items[n > 1].n", []),
        ("$map($list, function($v) { $v.n })", []),
        ("$list.(a + b)", []),
        ("phone", [("", "Reference to 'phone' at the top level is not supported.")]),
        ("$states.input.a + phone.x", [("", "Reference to 'phone' at the top level is not supported.")]),
        ("$$", [("", "Reference to '$$' is not supported.")]),
        ("$.a", [("", "Reference to '$' at the top level is not supported.")]),
        ("*", [("", "Reference to '*' at the top level is not supported.")]),
        ("$states.result.a", [("result", "Reference to '$states.result' is not supported in this field.")]),
        (
            "{'a': $states.errorOutput}",
            [("errorOutput", "Reference to '$states.errorOutput' is not supported in this field.")],
        ),
    ],
)
def test_definitions_are_told_what_an_expression_cannot_refer_to(text: str, references: list[tuple[str, str]]) -> None:
    assert examine_expression(text) == (None, 0, tuple(references))


@pytest.mark.parametrize("name", ["x", "detail_2", "détail", "変数", "a" * 80])
def test_variables_may_have_names_of_unicode(name: str) -> None:
    assert is_variable_name(name)


@pytest.mark.parametrize("name", ["", "1x", "_x", "a-b", "a.b", "a b", "states", "a" * 81, "$x"])
def test_other_names_are_refused(name: str) -> None:
    assert not is_variable_name(name)


def test_assigned_variables_replace_and_join_the_others() -> None:
    before = {"a": 1, "b": 2}
    assert assign(before, {"b": 3, "c": 4}) == {"a": 1, "b": 3, "c": 4}
    assert before == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    "assigned",
    [{"x": "y" * (256 * 1024)}, {"x": "y" * (200 * 1024), "z": "y" * (100 * 1024)}],
)
def test_one_assign_stores_at_most_256_kib(assigned: dict[str, Any]) -> None:
    with pytest.raises(StateFailed):
        assign({}, assigned)
    assert assign({}, {"x": "y" * (256 * 1024 - 2)})


def test_all_variables_together_have_at_most_10_mib() -> None:
    full = {f"v{number}": "y" * (250 * 1024) for number in range(41)}
    assert len(assign({name: full[name] for name in list(full)[:39]}, {"last": "y" * (250 * 1024)})) == 40
    with pytest.raises(StateFailed):
        assign(full, {"last": "y" * (250 * 1024)})
