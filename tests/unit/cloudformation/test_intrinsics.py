"""The intrinsic functions, one by one."""

import pytest

from serein.services.cloudformation.errors import NotYetKnown, ResourceFailure, ValidationError
from serein.services.cloudformation.functions import NO_VALUE, Evaluation
from serein.services.cloudformation.templates import parse_text


class Made:
    """Two resources that exist, and no other."""

    def reference(self, logical_id):
        if logical_id == "Queue":
            return "https://queue"
        raise NotYetKnown(logical_id)

    def attribute(self, logical_id, name):
        return f"{logical_id}:{name}"


@pytest.fixture
def evaluation():
    return Evaluation(
        parameters={"Stage": "dev", "Names": ["a", "b"], "Count": "3", "AWS::Region": "eu-west-1"},
        mappings={"Sizes": {"dev": {"memory": 128, "zones": ["x", "y"]}}},
        conditions={
            "IsDev": {"Fn::Equals": [{"Ref": "Stage"}, "dev"]},
            "IsOther": {"Fn::Not": [{"Condition": "IsDev"}]},
            "Loop": {"Fn::Not": [{"Condition": "Loop"}]},
        },
        resources=Made(),
        exports={"vpc": "vpc-1"},
    )


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("!Ref Stage", "dev"),
        ("!Ref Names", ["a", "b"]),
        ("!Ref Queue", "https://queue"),
        ("!GetAtt Queue.Arn", "Queue:Arn"),
        ("!GetAtt Child.Outputs.Url", "Child:Outputs.Url"),
        ("!GetAtt [Queue, Arn]", "Queue:Arn"),
        ('!Join ["-", [a, !Ref Stage, 5, true]]', "a-dev-5-true"),
        ('!Join [",", !Ref Names]', "a,b"),
        ("!Sub '${Stage}-${Queue.Arn}-${!Literal}-${AWS::Region}'", "dev-Queue:Arn-${Literal}-eu-west-1"),
        ("!Sub ['${X}-${Stage}', {X: !Ref Count}]", "3-dev"),
        ("!Select [1, !Ref Names]", "b"),
        ("!Select ['0', !Split ['|', 'q|r']]", "q"),
        ("!Split [',', 'a,b,']", ["a", "b", ""]),
        ("!FindInMap [Sizes, !Ref Stage, memory]", 128),
        ("!If [IsDev, yes-it-is, no-it-isnt]", "yes-it-is"),
        ("!If [IsOther, a, !Ref AWS::NoValue]", NO_VALUE),
        ("{A: !If [IsOther, a, !Ref AWS::NoValue], B: [!Ref AWS::NoValue, 1]}", {"B": [1]}),
        ("!And [!Condition IsDev, !Equals [a, a]]", True),
        ("!Or [!Condition IsOther, !Equals [a, b]]", False),
        ("!Equals [1, '1']", True),
        ("!Base64 {'Fn::Sub': 'x${Stage}'}", "eGRldg=="),
        ("!GetAZs ''", ["eu-west-1a", "eu-west-1b", "eu-west-1c"]),
        ("!GetAZs us-east-1", ["us-east-1a", "us-east-1b", "us-east-1c"]),
        ("!ImportValue vpc", "vpc-1"),
        ("!Cidr [10.0.0.0/16, 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
        (
            "{Effect: Allow, Condition: {StringEquals: {a: b}}}",
            {"Effect": "Allow", "Condition": {"StringEquals": {"a": "b"}}},
        ),
        ("{Condition: {StringEquals: {a: b}}}", {"Condition": {"StringEquals": {"a": "b"}}}),
    ],
)
def test_a_function_gives_its_value(evaluation, template, value):
    assert evaluation.value(parse_text(f"V: {template}")["V"]) == value


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("!Select [5, !Ref Names]", "Template error: Fn::Select  cannot select nonexistent value at index 5"),
        ("!FindInMap [Sizes, prod, memory]", "Template error: Unable to get mapping for Sizes::prod::memory"),
        ("!Equals [a]", "Template error: every Fn::Equals object requires a list of 2 string parameters."),
        ("!If [Nobody, a, b]", "Template format error: Unresolved condition dependency Nobody"),
        ("!If [Loop, a, b]", "Template format error: Circular dependency between conditions: Loop"),
        ("{'Fn::Length': [1]}", "Template format error: Fn::Length needs the transform AWS::LanguageExtensions"),
        ("{'Fn::Transform': {Name: Mine}}", "No transform named Mine found."),
    ],
)
def test_a_function_that_cannot_is_refused(evaluation, template, message):
    with pytest.raises(ValidationError) as caught:
        evaluation.value(parse_text(f"V: {template}")["V"])
    assert caught.value.message == message


def test_what_has_yet_to_be_made_is_not_known(evaluation):
    with pytest.raises(NotYetKnown):
        evaluation.value({"Fn::Sub": "${Topic}"})


def test_an_export_that_is_not_there_fails_the_resource(evaluation):
    with pytest.raises(ResourceFailure, match=r"No export named subnet found\."):
        evaluation.value({"Fn::ImportValue": "subnet"})


def test_language_extensions_bring_their_functions(evaluation):
    evaluation.has_extensions = True
    assert evaluation.value({"Fn::Length": {"Ref": "Names"}}) == 2
    assert evaluation.value({"Fn::ToJsonString": {"a": {"Ref": "Stage"}}}) == '{"a":"dev"}'
    found = {"Fn::FindInMap": ["Sizes", "prod", "memory", {"DefaultValue": {"Ref": "Count"}}]}
    assert evaluation.value(found) == "3"
