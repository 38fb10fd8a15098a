"""JSONPath in state machines: paths, templates, results, fields and choice rules."""

from typing import Any

import pytest

from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.language.states import And, ChoiceRule, Comparison, Not, Or
from serein.services.stepfunctions.query.jsonpath_data import (
    fill_template,
    find_choice,
    place_result,
    read_integer,
    read_moment,
    read_path,
    read_text,
)
from serein.services.stepfunctions.query.scope import NOTHING, Scope
from serein.services.stepfunctions.query.syntax import is_path, is_reference_path, is_result_path

SCOPE = Scope({"Execution": {"Id": "arn:e", "Input": {"n": 1}}}, {"v": {"list": [1, 2]}, "détail": "é"})
DOCUMENT = {"a": {"b": 1, "null": None}, "items": [{"k": 1}, {"k": 2}], "text": "t"}


def failure_of(run: Any) -> tuple[str | None, str | None]:
    with pytest.raises(StateFailed) as raised:
        run()
    return raised.value.error, raised.value.cause


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", DOCUMENT),
        ("$.a.b", 1),
        ("$['a']['b']", 1),
        ("$.a.null", None),
        ("$.items[0].k", 1),
        ("$.items[-1].k", 2),
        ("$.items[*].k", [1, 2]),
        ("$.items[?(@.k > 1)]", [{"k": 2}]),
        ("$..k", [1, 2]),
        ("$.items[0:1].k", [1]),
        ("$$", SCOPE.context),
        ("$$.Execution.Id", "arn:e"),
        ("$$.Execution.Input.n", 1),
        ("$v", {"list": [1, 2]}),
        ("$v.list[1]", 2),
        ("$v.list[*]", [1, 2]),
        ("$détail", "é"),
        ("$.missing[*].k", []),
        ("$.missing.more[1:5]", []),
        ("$.items[?(@.k == 9)]", []),
    ],
)
def test_a_path_reads_the_input_the_context_object_and_variables(path: str, expected: Any) -> None:
    assert read_path(path, DOCUMENT, SCOPE) == expected


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.no", "No results for path: $['no']"),
        ("$.no.more", "Missing property in path $['no']"),
        ("$.items[7]", "No results for path: $['items'][7]"),
        ("$.text.x", "Property ['x'] not found in path $['text']"),
        ("$.items.length()", "Property ['length()'] not found in path $.items"),
        ("$$.Task.Token", "Missing property in path $['Task']"),
        ("$none.x", "No results for path: $none"),
    ],
)
def test_a_path_to_nothing_fails_the_state(path: str, reason: str) -> None:
    assert failure_of(lambda: read_path(path, DOCUMENT, SCOPE)) == (
        "States.Runtime",
        f"Invalid path '{path}' : {reason}",
    )


def test_a_template_is_filled_in_whatever_its_form() -> None:
    template = {
        "plain": [1, {"deep.$": "$.a.b"}],
        "id.$": "$$.Execution.Id",
        "var.$": "$v.list",
        "text.$": "States.Format('{}-{}', $.text, $.a.b)",
        "whole.$": "$",
        "kept$": "$.a",
    }
    assert fill_template(template, DOCUMENT, SCOPE) == {
        "plain": [1, {"deep": 1}],
        "id": "arn:e",
        "var": [1, 2],
        "text": "t-1",
        "whole": DOCUMENT,
        "kept$": "$.a",
    }
    assert "id.$" in template


def test_a_template_with_a_path_to_nothing_fails_in_awss_words() -> None:
    assert failure_of(
        lambda: fill_template({"o": {"address.$": "$.application.address"}}, {"flagged": False}, NOTHING)
    ) == (
        "States.Runtime",
        "The JSONPath '$.application.address' specified for the field 'address.$' could not be found in the input "
        "'{\"flagged\":false}'",
    )


def test_a_template_cannot_read_an_input_that_is_null() -> None:
    error = ("States.Runtime", "Unable to apply Path transformation to null or empty input.")
    assert failure_of(lambda: fill_template({"Input.$": "$"}, None, NOTHING)) == error
    assert fill_template({"id.$": "$$.Execution.Id"}, None, SCOPE) == {"id": "arn:e"}


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("$", "result"),
        (None, {"a": {"b": 1}, "l": [1, 2]}),
        ("$.r", {"a": {"b": 1}, "l": [1, 2], "r": "result"}),
        ("$.a", {"a": "result", "l": [1, 2]}),
        ("$.a.c", {"a": {"b": 1, "c": "result"}, "l": [1, 2]}),
        ("$.x.y.z", {"a": {"b": 1}, "l": [1, 2], "x": {"y": {"z": "result"}}}),
        ("$.l[1]", {"a": {"b": 1}, "l": [1, "result"]}),
        ("$['a']['b']", {"a": {"b": "result"}, "l": [1, 2]}),
    ],
)
def test_a_result_goes_where_its_path_says(path: str | None, expected: Any) -> None:
    given = {"a": {"b": 1}, "l": [1, 2]}
    assert place_result(path, given, "result") == expected
    assert given == {"a": {"b": 1}, "l": [1, 2]}


@pytest.mark.parametrize(
    ("path", "given"), [("$.r", "text"), ("$.a.r", {"a": 1}), ("$.l[5]", {"l": []}), ("$.x[0]", {}), ("$.r", [1])]
)
def test_a_result_that_has_no_place_fails_the_state(path: str, given: Any) -> None:
    error, cause = failure_of(lambda: place_result(path, given, 1))
    assert error == "States.ResultPathMatchFailure"
    assert cause and cause.startswith(f"Unable to apply ReferencePath {path} to input ")


def test_numbers_of_fields_are_whole_and_not_negative() -> None:
    assert read_integer("SecondsPath", "$.n", {"n": 5}, NOTHING) == 5
    assert read_integer("MaxConcurrencyPath", "$.n", {"n": "5"}, NOTHING) == 5
    assert read_integer("MaxConcurrencyPath", "$.n", {"n": "5"}, NOTHING) == 5
    for value, words in [
        (1.5, "cannot be parsed as a long value: $.n == 1.5"),
        ("five", 'cannot be parsed as a long value: $.n == "five"'),
        (True, "cannot be parsed as a long value: $.n == true"),
        (-1, "references a negative value: $.n == -1"),
    ]:
        given = {"n": value}
        assert failure_of(lambda given=given: read_integer("SecondsPath", "$.n", given, NOTHING)) == (
            "States.Runtime",
            f"The SecondsPath parameter {words}",
        )
    assert failure_of(lambda: read_integer("SecondsPath", "$.m", {}, NOTHING))[1] == (
        "The SecondsPath parameter does not reference an input value: $.m"
    )


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1970-01-01T00:00:10Z", 10),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1969-12-31T19:00:00.5-05:00", 0.5),
        ("1970-01-01T00:01Z", 60),
    ],
)
def test_timestamps_of_fields_have_an_offset(text: str, seconds: float) -> None:
    assert read_moment("TimestampPath", "$.t", {"t": text}, NOTHING) == seconds


@pytest.mark.parametrize(
    "text", ["1970-01-01T00:00:10", "1970-01-01", "1970-01-01 00:00:10Z", "soon", "1970-13-01T00:00:00Z"]
)
def test_other_timestamps_fail_the_state(text: str) -> None:
    assert failure_of(lambda: read_moment("TimestampPath", "$.t", {"t": text}, NOTHING))[1] == (
        "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time format string: "
        f"$.t == {text}"
    )


def test_texts_of_fields_may_be_made_by_functions() -> None:
    assert read_text("CausePath", "States.Format('why: {}', $.c)", {"c": "x"}, NOTHING) == "why: x"
    assert failure_of(lambda: read_text("ErrorPath", "$.e", {"e": 1}, NOTHING))[0] == "States.Runtime"


def compared(operator: str, value: Any, expected: Any, is_path: bool = False) -> bool:
    test = Comparison(variable="$.x", operator=operator, value="$.y" if is_path else expected, is_path=is_path)
    rule = ChoiceRule(next="N", test=test)
    return find_choice((rule,), {"x": value, "y": expected}, NOTHING) is rule


@pytest.mark.parametrize(
    ("operator", "value", "expected", "is_true"),
    [
        ("StringEquals", "a", "a", True),
        ("StringEquals", 1, "1", False),
        ("StringLessThan", "A", "AB", True),
        ("StringLessThan", "\uffff", "\U00010000", False),
        ("StringGreaterThanEquals", "b", "b", True),
        ("NumericEquals", 1, 1.0, True),
        ("NumericEquals", True, 1, False),
        ("NumericEquals", "1", 1, False),
        ("NumericLessThanEquals", 1, 1, True),
        ("NumericGreaterThan", 2, 1.5, True),
        ("BooleanEquals", False, False, True),
        ("BooleanEquals", 0, False, False),
        ("TimestampEquals", "2020-01-01T00:00:00Z", "2020-01-01T01:00:00+01:00", True),
        ("TimestampLessThan", "2020-01-01T00:00:00.1Z", "2020-01-01T00:00:00.2Z", True),
        ("TimestampGreaterThan", "soon", "2020-01-01T00:00:00Z", False),
    ],
)
def test_comparisons_go_by_type_and_value(operator: str, value: Any, expected: Any, is_true: bool) -> None:
    assert compared(operator, value, expected) is is_true
    assert compared(operator, value, expected, is_path=True) is is_true


@pytest.mark.parametrize(
    ("operator", "holds", "fails"),
    [
        ("IsNull", [None], [0, "", False]),
        ("IsString", ["", "x"], [None, 1]),
        ("IsNumeric", [0, 1.5], [True, "1", None]),
        ("IsBoolean", [True, False], [0, "true", None]),
        ("IsTimestamp", ["2012-10-09T19:00:55Z"], ["2012-10-09T19:00:55", "2023-02-24", 0, None]),
        ("IsPresent", [None, 0, "x"], []),
    ],
)
def test_types_are_tested_both_ways(operator: str, holds: list[Any], fails: list[Any]) -> None:
    for value in holds:
        assert compared(operator, value, True)
        assert not compared(operator, value, False)
    for value in fails:
        assert not compared(operator, value, True)
        assert compared(operator, value, False)


@pytest.mark.parametrize(
    ("text", "pattern", "is_match"),
    [
        ("log-1.txt", "log-*.txt", True),
        ("log-1.csv", "log-*.txt", False),
        ("log-.txt", "log-*.txt", True),
        ("abcabc", "*b*b*", True),
        ("abc", "*b*b*", False),
        ("a*b", "a\\*b", True),
        ("axb", "a\\*b", False),
        ("a\\b", "a\\\\b", True),
        ("", "*", True),
        ("ab", "ab*ab", False),
        ("x", "y", False),
    ],
)
def test_patterns_of_strings_have_wildcards_and_escapes(text: str, pattern: str, is_match: bool) -> None:
    assert compared("StringMatches", text, pattern) is is_match


def test_rules_combine_and_stop_early() -> None:
    present = Comparison(variable="$.a", operator="IsPresent", value=True)
    one = Comparison(variable="$.a", operator="NumericEquals", value=1)
    both = ChoiceRule(next="Both", test=And(tests=(present, one)))
    either = ChoiceRule(next="Either", test=Or(tests=(Not(test=present), one)))
    assert find_choice((both,), {"a": 1}, NOTHING) is both
    assert find_choice((both,), {}, NOTHING) is None
    assert find_choice((both, either), {}, NOTHING) is either
    absent = ChoiceRule(next="No", test=Comparison(variable="$.a", operator="IsPresent", value=False))
    assert find_choice((absent,), {}, NOTHING) is absent


def test_rules_see_the_context_object_and_variables() -> None:
    rule = ChoiceRule(
        next="N",
        test=Comparison(variable="$v.list[0]", operator="NumericEquals", value="$$.Execution.Input.n", is_path=True),
    )
    assert find_choice((rule,), {}, SCOPE) is rule


@pytest.mark.parametrize("operator", ["NumericEquals", "IsNull", "IsString", "StringMatches"])
def test_a_rule_about_nothing_fails_the_state(operator: str) -> None:
    rule = ChoiceRule(next="N", test=Comparison(variable="$.no", operator=operator, value=1))
    assert failure_of(lambda: find_choice((rule,), {}, NOTHING)) == (
        "States.Runtime",
        "Invalid path '$.no': The choice state's condition path references an invalid value.",
    )


@pytest.mark.parametrize(
    ("text", "path", "reference", "result"),
    [
        ("$", True, True, True),
        ("$.a['b'][0]", True, True, True),
        ("$$.Execution.Id", True, True, False),
        ("$v.x", True, True, False),
        ("$.a[*]", True, False, False),
        ("$.a[?(@.b)]", True, False, False),
        ("$.a.length()", True, False, False),
        ("$.", False, False, False),
        ("a.b", False, False, False),
        ("$.a[", False, False, False),
        ("", False, False, False),
    ],
)
def test_definitions_are_checked_for_paths(text: str, path: bool, reference: bool, result: bool) -> None:
    assert (is_path(text), is_reference_path(text), is_result_path(text)) == (path, reference, result)
