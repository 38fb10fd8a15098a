"""Templates as text, the order of resources, parameters and loops."""

import pytest

from serein.services.cloudformation import graph, parameters
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.functions import Evaluation
from serein.services.cloudformation.templates import parse_template, parse_text
from serein.services.cloudformation.transforms.extensions import unroll


def test_dates_stay_text_and_short_tags_become_functions():
    assert parse_text("D: 2012-10-17\nA: !GetAtt A.B.C\nS: !Sub '${X}'\nC: !Condition Y") == {
        "D": "2012-10-17",
        "A": {"Fn::GetAtt": ["A", "B.C"]},
        "S": {"Fn::Sub": "${X}"},
        "C": {"Condition": "Y"},
    }


@pytest.mark.parametrize(
    "text", ["A: !!python/object:os.system {}", "A: !Nobody x", "A: {B: 1, B: 2}", '{"A":1,"A":2}']
)
def test_foreign_tags_and_duplicate_keys_are_refused(text):
    with pytest.raises(ValidationError):
        parse_text(text)


def test_each_reader_has_a_copy_of_its_own():
    text = "Resources: {A: {Type: T}}"
    parse_template(text)["Resources"].clear()
    assert parse_template(text)["Resources"] == {"A": {"Type": "T"}}


def test_dependencies_are_what_is_mentioned_and_what_is_declared():
    template = parse_template("""
Parameters: {P: {Type: String}}
Resources:
  A: {Type: T, Properties: {X: !Sub "${B.Arn}-${P}-${!C}-${AWS::Region}"}}
  B: {Type: T, DependsOn: [C]}
  C: {Type: T, Properties: {Y: !If [Q, !Ref D, x], Z: !Sub ["${E}", {E: !GetAtt D.Arn}]}}
  D: {Type: T}
""")
    assert graph.dependencies(template) == {"A": ["B"], "B": ["C"], "C": ["D"], "D": []}


def test_a_circle_is_named_without_what_merely_leads_to_it():
    assert graph.find_circle({"A": ["B"], "B": ["A"], "C": []}) == ["A", "B"]


@pytest.mark.parametrize(
    ("definition", "value", "message"),
    [
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "A1", "Parameter 'P' must match pattern [a-z]+"),
        ({"Type": "String", "MinLength": 3}, "ab", "Parameter 'P' must contain at least 3 characters"),
        ({"Type": "String", "MaxLength": "1"}, "ab", "Parameter 'P' must contain at most 1 characters"),
        ({"Type": "Number"}, "x", "Parameter 'P' must be a number"),
        ({"Type": "Number", "MinValue": 2}, "1", "Parameter 'P' must be a number not less than 2"),
        (
            {"Type": "String", "AllowedValues": ["a"], "ConstraintDescription": "only a"},
            "b",
            "Parameter P failed to satisfy constraint: only a",
        ),
        ({"Type": "Colour"}, "b", "Template format error: Unrecognized parameter type: Colour"),
    ],
)
def test_a_parameter_that_breaks_its_constraint_is_refused(definition, value, message):
    given = [{"ParameterKey": "P", "ParameterValue": value}]
    with pytest.raises(ValidationError) as caught:
        parameters.settle({"Parameters": {"P": definition}}, given, None)
    assert caught.value.message == message


def test_lists_are_lists_and_numbers_stay_text():
    template = {"Parameters": {"L": {"Type": "CommaDelimitedList"}, "N": {"Type": "Number", "Default": 5}}}
    settled = parameters.settle(template, [{"ParameterKey": "L", "ParameterValue": "a, b"}], None)
    assert settled["L"].evaluated() == ["a", "b"]
    assert settled["N"].evaluated() == "5"


def test_loops_are_unrolled():
    template = parse_text("""
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Queues:
    - Name
    - !Ref Names
    - Queue${Name}: {Type: AWS::SQS::Queue, Properties: {QueueName: !Sub "q-${Name}", Tag: !Ref Name}}
""")
    evaluation = Evaluation({"Names": ["A", "B"]}, {}, {}, resources=None)
    assert unroll(template, evaluation)["Resources"] == {
        f"Queue{name}": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"QueueName": {"Fn::Sub": f"q-{name}"}, "Tag": name},
        }
        for name in "AB"
    }
