"""Names, ARNs, and the variables that states refer to."""

import json

import pytest

from serein.kernel.scope import Scope
from serein.services.stepfunctions.errors import InvalidArn, InvalidName
from serein.services.stepfunctions.machines import Alias, parse_machine_arn
from serein.services.stepfunctions.names import require_name
from serein.services.stepfunctions.references import variable_references

PREFIX = "arn:aws:states:us-east-1:123456789012:stateMachine:"


@pytest.mark.parametrize("name", ["a", "A-b_c.d", "x" * 80, "été", "a(b)", "a!b@c=d+e'f"])
def test_a_name_may_have_what_aws_allows(name: str) -> None:
    assert require_name(name) == name


@pytest.mark.parametrize(
    "name", ["", "x" * 81, *(f"a{bad}b" for bad in ' \t<>{}[]?*"#%\\^|~`$&,;:/\x00\x7f\x9f\ufffe')]
)
def test_a_name_may_not_have_what_aws_refuses(name: str) -> None:
    with pytest.raises(InvalidName, match="Invalid Name: '"):
        require_name(name)


def test_the_arn_of_a_machine_may_be_qualified() -> None:
    assert parse_machine_arn(PREFIX + "m").scope == Scope("123456789012", "us-east-1")
    parsed = [parse_machine_arn(PREFIX + rest) for rest in ("m", "m:12", "m:prod", "m:1.2", "m/label")]
    assert [(arn.name, arn.version, arn.alias, arn.label) for arn in parsed] == [
        ("m", None, "", ""),
        ("m", 12, "", ""),
        ("m", None, "prod", ""),
        ("m", None, "1.2", ""),
        ("m", None, "", "label"),
    ]
    assert [arn.is_qualified for arn in parsed] == [False, True, True, True, True]


@pytest.mark.parametrize(
    "arn", ["", "m", PREFIX, PREFIX + "m:", PREFIX + "m:a:b", PREFIX + "/x", PREFIX + "m/", "arn:aws:sqs:r:1:m"]
)
def test_what_is_no_machines_arn_is_refused(arn: str) -> None:
    with pytest.raises(InvalidArn):
        parse_machine_arn(arn)


def test_an_alias_divides_executions_by_weight() -> None:
    alias = Alias("id", "prod", "", ((1, 90), (2, 10)), 0.0, 0.0)
    drawn = [alias.version_for(number / 100) for number in range(100)]
    assert (drawn.count(1), drawn.count(2)) == (90, 10)
    assert Alias("id", "prod", "", ((1, 0), (2, 100)), 0.0, 0.0).version_for(0.0) == 2


def test_variables_are_found_in_paths_and_expressions() -> None:
    definition = {
        "StartAt": "A",
        "States": {
            "A": {
                "Type": "Map",
                "ItemsPath": "$list[0]",
                "ItemProcessor": {
                    "StartAt": "B",
                    "States": {"B": {"Type": "Pass", "InputPath": "$inner.x", "End": True}},
                },
                "ResultPath": "$.x",
                "Next": "C",
            },
            "C": {"Type": "Choice", "Choices": [{"Variable": "$n", "NumericEqualsPath": "$m", "Next": "D"}]},
            "D": {
                "Type": "Pass",
                "QueryLanguage": "JSONata",
                "Output": {"a": "{% $map($xs, function($v) { $v + $offset }) & '$no' %}", "b": "$plain"},
                "End": True,
            },
            "E": {"Type": "Pass", "Parameters": {"x.$": "$$.Execution.Id", "y.$": "$.a"}, "End": True},
        },
    }
    assert variable_references(json.dumps(definition)) == {
        "A": ["list"],
        "B": ["inner"],
        "C": ["n", "m"],
        "D": ["xs", "offset"],
    }
