"""Intrinsic functions: what they give, and how they refuse."""

import uuid
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serein.kernel.jsonpath import InvalidPath
from serein.services.stepfunctions.failure import StateFailed
from serein.services.stepfunctions.query.expressions import expression_of
from serein.services.stepfunctions.query.scope import Scope
from serein.services.stepfunctions.query.syntax import find_intrinsic_error, is_template_value

SCOPE = Scope({"Execution": {"Name": "run-1-x"}}, {"v": [3, 4]})


def value_of(call: str, **document: Any) -> Any:
    return expression_of(call)(document, SCOPE)


def failure_of(call: str, **document: Any) -> tuple[str | None, str | None]:
    with pytest.raises(StateFailed) as raised:
        value_of(call, **document)
    return raised.value.error, raised.value.cause


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("States.Format('plain')", "plain"),
        ("States.Format('{} and {}', 'a', 1.5)", "a and 1.5"),
        ("States.Format('{}{}{}', null, true, -3)", "nulltrue-3"),
        ("States.Format('it\\'s \\{{}\\} \\\\', 'x')", "it's {x} \\"),
        ("States.Format('{}', $.o)", "{a=1, b=[], c={d=null}}"),
        ("States.Format($.template, 7)", "n=7 {}"),
        ("States.Array()", []),
        ("States.Array(1, 'two', $.o.a, null, States.Array(true))", [1, "two", 1, None, [True]]),
        ("States.ArrayPartition($.l, 2)", [[1, 2], [3]]),
        ("States.ArrayPartition($.l, 1.6)", [[1, 2], [3]]),
        ("States.ArrayContains($.l, 2)", True),
        ("States.ArrayContains($.l, 2.0)", False),
        ('States.ArrayContains(States.Array($.o), States.StringToJson(\'{"c":{"d":null},"b":[],"a":1}\'))', True),
        ("States.ArrayRange(1, 9, 3)", [1, 4, 7]),
        ("States.ArrayRange(3, 1, -1)", [3, 2, 1]),
        ("States.ArrayRange(5, 1, 1)", []),
        ("States.ArrayGetItem($.l, 1)", 2),
        ("States.ArrayLength($.l[?(@ > 1)])", 2),
        ("States.ArrayUnique(States.Array(1, 1, 1.0, '1', true, null, null))", [1, 1.0, "1", True, None]),
        ("States.Base64Encode('hé')", "aMOp"),
        ("States.Base64Decode('aMOp')", "hé"),
        ("States.Hash('input data', 'MD5')", "812f45842bc6d66ee14572ce20db8e86"),
        ("States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7"),
        (
            'States.JsonMerge($.o, States.StringToJson(\'{"a":{"z":1}}\'), false)',
            {"a": {"z": 1}, "b": [], "c": {"d": None}},
        ),
        ("States.StringToJson('{\"a\": [1]}')", {"a": [1]}),
        ("States.StringToJson('')", None),
        ("States.StringToJson(' ')", None),
        ("States.JsonToString($.o)", '{"a":1,"b":[],"c":{"d":null}}'),
        ("States.MathAdd(1.49, 1.5)", 3),
        ("States.MathAdd(-1.5, -1.51)", -3),
        ("States.MathAdd(-0.5, 0)", 0),
        ("States.MathAdd($v[0], -1)", 2),
        ("States.StringSplit('a.b+c', '.+')", ["a", "b", "c"]),
        ("States.StringSplit(',,a,', ',')", ["a"]),
        ("States.StringSplit($$.Execution.Name, '-')", ["run", "1", "x"]),
        ("States.ArrayGetItem(States.StringSplit($$.Execution.Name, '-'), States.MathAdd(1, 1))", "x"),
        ("States.ArrayLength($['odd, name'])", 2),
        ("  ".join(["States.Format(", "'{}'", ",", "1", ")"]), "1"),
    ],
)
def test_functions_compute(call: str, expected: Any) -> None:
    document = {
        "o": {"a": 1, "b": [], "c": {"d": None}},
        "l": [1, 2, 3],
        "template": "n={} \\{\\}",
        "odd, name": [1, 2],
    }
    found = value_of(call, **document)
    assert found == expected
    assert repr(found) == repr(expected)


def test_random_numbers_are_within_their_bounds_and_follow_from_a_seed() -> None:
    assert all(3 <= value_of("States.MathRandom(3, 5)") < 5 for _ in range(20))
    assert 12 < value_of("States.MathRandom(12.5, 44.51)") < 45
    assert value_of("States.MathRandom(0, 1000000, 7)") == value_of("States.MathRandom(0, 1000000, 7)")


def test_uuids_are_of_version_4() -> None:
    assert uuid.UUID(value_of("States.UUID()")).version == 4


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("States.Format('{} {}', 1)", "The number of arguments (1) does not match the occurrences of {} (2)"),
        ("States.ArrayGetItem($.l, 3)", "The index 3 is out of the bounds of an array of length 3"),
        ("States.ArrayGetItem($.l, -1)", "The index -1 is out of the bounds of an array of length 3"),
        ("States.ArrayLength('x')", "The first argument must be an array"),
        ("States.ArrayPartition($.l, 0)", "The chunk size must be a positive integer"),
        ("States.ArrayRange(1, 2, 0)", "The step must not be zero"),
        ("States.ArrayRange(1, 1001, 1)", "The range must not have more than 1000 elements"),
        ("States.Hash('x', 'CRC')", "The algorithm must be one of MD5, SHA-1, SHA-256, SHA-384, SHA-512"),
        ("States.Base64Decode('é')", "The argument is no valid Base64 text"),
        ("States.Base64Encode($.long)", "The argument must not have more than 10000 characters"),
        (
            "States.JsonMerge($.o, $.o, true)",
            "Only the shallow merging mode is supported: the third argument must be false",
        ),
        ("States.JsonMerge($.o, 1, false)", "The arguments to merge must be objects"),
        ("States.MathAdd('1', 1)", "The first argument must be a number"),
        ("States.MathAdd(2147483647, 1)", "The sum is not between -2147483648 and 2147483647"),
        ("States.MathRandom(5, 5)", "The start number must be less than the end number"),
        ("States.StringSplit(1, ',')", "Both arguments must be strings"),
    ],
)
def test_arguments_that_do_not_fit_fail_the_state(call: str, reason: str) -> None:
    found = failure_of(call, l=[1, 2, 3], o={}, long="x" * 10001)
    assert found == ("States.IntrinsicFailure", f"The function '{call}' had the following error: {reason}")


def test_a_text_that_is_no_json_fails_the_state() -> None:
    error, cause = failure_of("States.StringToJson('{')")
    assert error == "States.IntrinsicFailure"
    assert cause and "no valid JSON" in cause


def test_an_argument_that_is_not_there_fails_the_state_in_awss_words() -> None:
    assert failure_of("States.Format('{}', $.no.such)", a=1) == (
        "States.Runtime",
        "The JsonPath argument for the field '$.no.such' could not be found in the input '{\"a\":1}'",
    )


@pytest.mark.parametrize(
    ("call", "position"),
    [
        ("States.Nothing()", 0),
        ("States.Format('a'", 17),
        ("States.Format('a", 14),
        ("States.Format(a)", 14),
        ("States.Format('a' 'b')", 18),
        ("States.Format()", 15),
        ("States.UUID(1)", 14),
        ("States.Format('{')", 18),
        ("States.Array('\\n')", 17),
        ("States.Array($.a[)", 13),
        ("States.UUID() x", 14),
        ("States.Array(" * 11 + ")" * 11, 130),
    ],
)
def test_bad_calls_are_told_with_their_position(call: str, position: int) -> None:
    error = find_intrinsic_error(call)
    assert error is not None
    assert error.position == position
    assert not is_template_value(call)


def test_calls_may_nest_ten_times() -> None:
    assert find_intrinsic_error("States.Array(" * 10 + ")" * 10) is None
    assert find_intrinsic_error("$.a.b") is None


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["States.", "Array", "Format", "(", ")", "'", "{}", "\\", ",", "$.a", "$", "1", "[", "null", " "]
        ),
        max_size=9,
    )
)
def test_any_text_is_a_call_or_refused(pieces: list[str]) -> None:
    try:
        expression_of("States." + "".join(pieces))({"a": [1]}, SCOPE)
    except (InvalidPath, StateFailed) as error:
        assert str(error)
