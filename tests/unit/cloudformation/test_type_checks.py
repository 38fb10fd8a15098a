"""Properties against AWS's schemas: what is coerced, and what is wrong in AWS's words."""

import pytest

from serein.services.cloudformation.properties import changed_properties, coerced_properties
from serein.services.cloudformation.type_checks import check, told
from serein.services.cloudformation.type_data import find_type, is_type, type_names


def violations(type_name, **properties):
    return list(told(check(find_type(type_name), properties)[1]))


def test_every_type_of_aws_is_there_and_readable():
    assert len(type_names()) > 1800
    assert is_type("AWS::SQS::Queue")
    assert not is_type("AWS::SQS::Qeue")
    assert not is_type("")
    for name in type_names():
        schema = find_type(name)
        assert schema is not None
        check(schema, {"Tags": [{"Key": "a", "Value": "b"}]})


@pytest.mark.parametrize(
    ("type_name", "given", "coerced"),
    [
        ("AWS::SQS::Queue", {"DelaySeconds": "5", "FifoQueue": "true"}, {"DelaySeconds": 5, "FifoQueue": True}),
        ("AWS::SQS::Queue", {"QueueName": 7}, {"QueueName": "7"}),
        ("AWS::SQS::Queue", {"Tags": [{"Key": "a", "Value": True}]}, {"Tags": [{"Key": "a", "Value": "true"}]}),
        ("AWS::Lambda::Function", {"Environment": {"Variables": {"PORT": 80}}}, None),
        ("AWS::CloudWatch::Alarm", {"Threshold": "1.5"}, {"Threshold": 1.5}),
        ("AWS::SQS::Queue", {"DelaySeconds": "soon"}, {"DelaySeconds": "soon"}),
    ],
)
def test_scalars_are_brought_to_the_types_of_their_properties(type_name, given, coerced):
    expected = coerced or {"Environment": {"Variables": {"PORT": "80"}}}
    assert coerced_properties(type_name, given) == expected


def test_properties_that_need_no_change_stay_the_same_object():
    given = {"QueueName": "q", "Tags": [{"Key": "a", "Value": "b"}]}
    assert coerced_properties("AWS::SQS::Queue", given) is given


@pytest.mark.parametrize(
    ("type_name", "properties", "lines"),
    [
        ("AWS::SQS::Queue", {"Colour": "red"}, ["#: extraneous key [Colour] is not permitted"]),
        ("AWS::SQS::Queue", {"Arn": "arn"}, ["#: extraneous key [Arn] is not permitted"]),
        (
            "AWS::Lambda::Function",
            {"Code": {"ZipFile": "x", "Zip": 1}},
            ["#: required key [Role] not found", "#/Code: extraneous key [Zip] is not permitted"],
        ),
        (
            "AWS::SQS::Queue",
            {"Tags": [{"Key": "a"}, {"Key": "b", "Value": ""}]},
            ["#/Tags/0: required key [Value] not found"],
        ),
        ("AWS::SQS::Queue", {"DelaySeconds": "soon"}, ["#/DelaySeconds: expected type: Number, found: String"]),
        ("AWS::SQS::Queue", {"DelaySeconds": 1.5}, ["#/DelaySeconds: expected type: Integer, found: BigDecimal"]),
        ("AWS::SQS::Queue", {"FifoQueue": 1}, ["#/FifoQueue: expected type: Boolean, found: Integer"]),
        ("AWS::SQS::Queue", {"QueueName": ["q"]}, ["#/QueueName: expected type: String, found: JSONArray"]),
        ("AWS::SQS::Queue", {"Tags": {"a": "b"}}, ["#/Tags: expected type: JSONArray, found: JSONObject"]),
        (
            "AWS::S3::Bucket",
            {"VersioningConfiguration": {"Status": "on"}},
            ["#/VersioningConfiguration/Status: failed validation constraint for keyword [enum]"],
        ),
        (
            "AWS::Lambda::EventInvokeConfig",
            {"FunctionName": "f", "Qualifier": "1", "MaximumRetryAttempts": 3},
            ["#/MaximumRetryAttempts: failed validation constraint for keyword [maximum]"],
        ),
    ],
)
def test_what_is_wrong_is_told_as_aws_does(type_name, properties, lines):
    assert violations(type_name, **properties) == lines


SCHEMA = {
    "type": "object",
    "properties": {
        "Text": {"type": "string", "minLength": 2, "maxLength": 3},
        "List": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2, "uniqueItems": True},
        "Map": {"type": "object", "patternProperties": {"^[a-z]+$": {"type": "integer"}}, "maxProperties": 1},
        "Either": {"type": ["object", "string"]},
        "Choice": {"type": "object", "oneOf": [{"required": ["A"]}, {"required": ["B"]}]},
        "Some": {"anyOf": [{"type": "object", "required": ["A"]}, {"type": "object", "required": ["B"]}]},
        "Step": {"type": "integer", "multipleOf": 60, "exclusiveMinimum": 0},
    },
}


@pytest.mark.parametrize(
    ("properties", "lines"),
    [
        ({"Text": "a"}, ["#/Text: expected minLength: 2, actual: 1"]),
        ({"Text": "abcd"}, ["#/Text: expected maxLength: 3, actual: 4"]),
        ({"List": []}, ["#/List: expected minimum item count: 1, found: 0"]),
        ({"List": ["a", "b", "c"]}, ["#/List: expected maximum item count: 2, found: 3"]),
        ({"List": ["a", "a"]}, ["#/List: array items are not unique"]),
        ({"Map": {"a": "1", "b": 2}}, ["#/Map: maximum size: [1], found: [2]"]),
        ({"Map": {"a": "x"}}, ["#/Map/a: expected type: Number, found: String"]),
        ({"Either": {"a": 1}}, []),
        ({"Either": "text"}, []),
        ({"Either": []}, ["#/Either: #: no subschema matched out of the total 2 subschemas"]),
        (
            {"Choice": {"A": 1, "B": 2}},
            [
                "#/Choice: #: only 1 subschema matches out of 2",
                "#/Choice: #: 2 subschemas matched instead of one",
            ],
        ),
        (
            {"Some": {}},
            [
                "#/Some: #: no subschema matched out of the total 2 subschemas",
                "#/Some: required key [A] not found",
                "#/Some: required key [B] not found",
            ],
        ),
        ({"Step": 90}, ["#/Step: failed validation constraint for keyword [multipleOf]"]),
        ({"Step": 0}, ["#/Step: failed validation constraint for keyword [exclusiveMinimum]"]),
    ],
)
def test_constraints_are_told_as_the_everit_validator_does(properties, lines):
    assert list(told(check(SCHEMA, properties)[1])) == lines


def test_the_same_value_written_otherwise_is_no_change():
    assert changed_properties("AWS::SQS::Queue", {"DelaySeconds": "5"}, {"DelaySeconds": 5}) == set()
    assert changed_properties("AWS::SQS::Queue", {"DelaySeconds": "5"}, {"DelaySeconds": 6}) == {"DelaySeconds"}
