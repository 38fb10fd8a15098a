"""What is refused before a stack exists, in CloudFormation's words."""

import json

import pytest
from botocore.exceptions import ClientError

REFUSED = [
    (
        "Parameters: {P: {Type: 'AWS::EC2::Thing'}}\nResources: {A: {Type: 'AWS::SQS::Queue'}}",
        "Template format error: Unrecognized parameter type: AWS::EC2::Thing",
    ),
    (
        json.dumps({"Parameters": {f"P{n}": {"Type": "String"} for n in range(201)}, "Resources": {}}),
        "Template format error: Number of parameters, 201, is greater than maximum allowed, 200",
    ),
    (
        json.dumps({"Outputs": {f"O{n}": {"Value": "v"} for n in range(201)}, "Resources": {}}),
        "Template format error: Number of outputs, 201, is greater than maximum allowed, 200",
    ),
    (
        json.dumps({"Resources": {f"R{n}": {"Type": "AWS::SNS::Topic"} for n in range(501)}}),
        "Template format error: Number of resources, 501, is greater than maximum allowed, 500",
    ),
    (
        json.dumps({"Description": "d" * 1025, "Resources": {"A": {"Type": "AWS::SNS::Topic"}}}),
        "Template format error: 'Description' length is greater than 1024.",
    ),
    ("", "Template format error: unsupported structure."),
    ("Resources: [", "Template format error: YAML not well-formed. (line 2, column 1)"),
    ('{"Resources": }', "Template format error: JSON not well-formed. (line 1, column 15)"),
    ("Description: nothing", "Template format error: At least one Resources member must be defined."),
    ("Resources: {A: {Type: 'AWS::SQS::Queue'}}\nColour: red", "Invalid template property or properties [Colour]"),
    (
        "Resources: {A: {Properties: {}}}",
        "Template format error: [/Resources/A] Every Resources object must contain a Type member.",
    ),
    (
        "Resources: {A-b: {Type: 'AWS::SQS::Queue'}}",
        "Template format error: Resource name A-b is non alphanumeric.",
    ),
    (
        "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: }}}",
        "Template format error: [/Resources/A/Properties/QueueName] 'null' values are not allowed in templates",
    ),
    (
        "Resources: {A: {Type: 'AWS::No::Such'}}",
        "Template format error: Unrecognized resource types: [AWS::No::Such]",
    ),
    (
        "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: !Ref Nobody}}}",
        "Template format error: Unresolved resource dependencies [Nobody] in the Resources block of the template",
    ),
    (
        "Resources: {A: {Type: 'AWS::SQS::Queue'}}\nOutputs: {O: {Value: !GetAtt B.Arn}}",
        "Template format error: Unresolved resource dependencies [B] in the Outputs block of the template",
    ),
    (
        "Resources: {A: {Type: 'AWS::SQS::Queue', DependsOn: B}, B: {Type: 'AWS::SQS::Queue', DependsOn: A}}",
        "Circular dependency between resources: [A, B]",
    ),
    (
        "Resources: {A: &a {Type: 'AWS::SQS::Queue'}, B: *a}",
        "Template format error: YAML aliases are not allowed in CloudFormation templates",
    ),
    (
        "Parameters: {P: {Type: String}}\nResources: {A: {Type: 'AWS::SQS::Queue'}}",
        "Parameters: [P] must have values",
    ),
    (
        "Parameters: {P: {Type: String, Default: x, AllowedValues: [a, b]}}\nResources: {A: {Type: 'AWS::SQS::Queue'}}",
        "Parameter 'P' must be one of AllowedValues",
    ),
    (
        "Parameters: {P: {Type: Number, Default: 9, MaxValue: 5}}\nResources: {A: {Type: 'AWS::SQS::Queue'}}",
        "Parameter 'P' must be a number not greater than 5",
    ),
    (
        "Rules: {R: {Assertions: [{Assert: !Equals [a, b], AssertDescription: never}]}}\n"
        "Resources: {A: {Type: 'AWS::SQS::Queue'}}",
        "Template error: Rule R failed: never",
    ),
    (
        "Resources: {A: {Type: 'AWS::SQS::Queue', Properties: {QueueName: '{{resolve:ssm:name}}'}}}",
        "Parameters: [name] cannot be found.",
    ),
]


@pytest.mark.parametrize(("template", "message"), REFUSED)
def test_a_bad_template_is_refused(stacks, template, message):
    with pytest.raises(ClientError) as caught:
        stacks.client.create_stack(StackName="app", TemplateBody=template or "5")
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert caught.value.response["Error"]["Message"] == message
    assert stacks.client.describe_stacks()["Stacks"] == []


def test_deep_nesting_is_an_error_and_not_a_failure(stacks):
    template = "Resources: {A: {Type: 'AWS::SQS::Queue', Metadata: " + "[" * 20_000 + "]" * 20_000 + "}}"
    with pytest.raises(ClientError) as caught:
        stacks.client.create_stack(StackName="app", TemplateBody=template)
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_iam_resources_need_their_capability(stacks):
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}}}
    template = json.dumps({"Resources": {"R": role}})
    with pytest.raises(stacks.client.exceptions.InsufficientCapabilitiesException) as caught:
        stacks.client.create_stack(StackName="app", TemplateBody=template)
    assert caught.value.response["Error"]["Message"] == "Requires capabilities : [CAPABILITY_IAM]"
    role["Properties"]["RoleName"] = "named"
    with pytest.raises(stacks.client.exceptions.InsufficientCapabilitiesException) as caught:
        stacks.client.create_stack(
            StackName="app", TemplateBody=json.dumps({"Resources": {"R": role}}), Capabilities=["CAPABILITY_IAM"]
        )
    assert caught.value.response["Error"]["Message"] == "Requires capabilities : [CAPABILITY_NAMED_IAM]"


def test_conditions_decide_what_is_made(stacks):
    template = """
Parameters: {Stage: {Type: String, Default: dev}}
Conditions:
  IsProd: !Equals [!Ref Stage, prod]
  IsNotProd: !Not [!Condition IsProd]
Resources:
  Always: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !If [IsProd, 9, !Ref AWS::NoValue]}}
  Prod: {Type: AWS::SQS::Queue, Condition: IsProd}
Outputs:
  Prod: {Condition: IsProd, Value: !GetAtt Prod.Arn}
  Not: {Condition: IsNotProd, Value: "yes"}
"""
    stacks.create("app", template)
    assert list(stacks.physical_ids("app")) == ["Always"]
    assert stacks.outputs("app") == {"Not": "yes"}
    stacks.update("app", template, Parameters=[{"ParameterKey": "Stage", "ParameterValue": "prod"}])
    assert list(stacks.physical_ids("app")) == ["Always", "Prod"]
    assert list(stacks.outputs("app")) == ["Prod"]
    stacks.update("app", template, Parameters=[{"ParameterKey": "Stage", "ParameterValue": "dev"}])
    assert list(stacks.physical_ids("app")) == ["Always"]


def test_previous_values_and_templates_are_kept_and_secrets_are_starred(stacks):
    template = """
Parameters:
  Delay: {Type: Number}
  Secret: {Type: String, NoEcho: true}
Resources: {Q: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}}
"""
    given = [
        {"ParameterKey": "Delay", "ParameterValue": "1"},
        {"ParameterKey": "Secret", "ParameterValue": "s3cret"},
    ]
    created = stacks.create("app", template, Parameters=given)
    assert {it["ParameterKey"]: it["ParameterValue"] for it in created["Parameters"]} == {
        "Delay": "1",
        "Secret": "****",
    }
    stacks.client.update_stack(
        StackName="app",
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "Delay", "ParameterValue": "2"},
            {"ParameterKey": "Secret", "UsePreviousValue": True},
        ],
    )
    assert stacks.rest("app")["StackStatus"] == "UPDATE_COMPLETE"


def test_a_template_comes_from_s3(aws, stacks):
    bucket = aws.unique("templates")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="a/t.yaml", Body=b"Resources: {Q: {Type: AWS::SQS::Queue}}")
    for number, url in enumerate(
        (
            f"https://{bucket}.s3.us-east-1.amazonaws.com/a/t.yaml",
            f"https://s3.amazonaws.com/{bucket}/a/t.yaml",
            f"{aws.endpoint}/{bucket}/a/t.yaml",
        )
    ):
        stacks.client.create_stack(StackName=f"app{number}", TemplateURL=url)
        assert stacks.rest(f"app{number}")["StackStatus"] == "CREATE_COMPLETE"
    with pytest.raises(ClientError) as caught:
        stacks.client.create_stack(StackName="x", TemplateURL=f"https://s3.amazonaws.com/{bucket}/no")
    assert caught.value.response["Error"]["Message"].startswith("S3 error: ")


def test_a_template_is_validated_and_summarised(stacks):
    template = """
Description: two queues
Parameters: {P: {Type: Number, Default: 3, Description: how many, MaxValue: 9}}
Resources: {A: {Type: AWS::SQS::Queue}, B: {Type: AWS::SQS::Queue}, T: {Type: AWS::SNS::Topic}}
"""
    validated = stacks.client.validate_template(TemplateBody=template)
    assert validated["Description"] == "two queues"
    assert validated["Parameters"] == [
        {"ParameterKey": "P", "DefaultValue": "3", "NoEcho": False, "Description": "how many"}
    ]
    summary = stacks.client.get_template_summary(TemplateBody=template)
    assert summary["ResourceTypes"] == ["AWS::SNS::Topic", "AWS::SQS::Queue"]
    assert summary["Parameters"][0]["ParameterType"] == "Number"
