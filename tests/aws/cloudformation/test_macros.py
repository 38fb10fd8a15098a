"""Macros: functions that change templates, and what becomes of what they get wrong."""

import pytest
from botocore.exceptions import ClientError

SOURCE = """
def handler(event, context):
    kind, fragment = event["params"].get("Kind", "copy"), event["fragment"]
    answer = {"requestId": event["requestId"], "status": "success", "fragment": fragment}
    if kind == "double":
        for name, resource in list(fragment["Resources"].items()):
            fragment["Resources"][name + "Too"] = resource
    elif kind == "upper":
        answer["fragment"] = event["params"]["Word"].upper() + event["templateParameterValues"]["Suffix"]
    elif kind == "delay":
        fragment["DelaySeconds"] = 7
    elif kind == "raises":
        raise ValueError("broken")
    elif kind == "lies":
        answer["requestId"] = "another"
    elif kind == "fails":
        answer |= {"status": "failed", "errorMessage": "not today"}
    elif kind == "fails silently":
        answer["status"] = "failed"
    elif kind == "forgets":
        del answer["fragment"]
    elif kind == "list":
        return [1]
    elif kind == "no resources":
        answer["fragment"] = {"Resources": {}}
    elif kind == "no object":
        answer["fragment"] = "text"
    return answer
"""
MACRO = """
Resources:
  Function:
    Type: AWS::Lambda::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Role: arn:aws:iam::123456789012:role/r
      Code: {ZipFile: "SOURCE"}
  Macro: {Type: AWS::CloudFormation::Macro, Properties: {Name: Changing, FunctionName: !GetAtt Function.Arn}}
Outputs: {Name: {Value: !Ref Macro}}
""".replace("SOURCE", SOURCE.replace('"', "'").replace("\n", "\\n"))
WHOLE = "Transform: {Name: Changing, Parameters: {Kind: %s}}\nResources: {Queue: {Type: AWS::SQS::Queue}}"
EXPANDING = ["CAPABILITY_AUTO_EXPAND"]


@pytest.fixture
def macro(aws, stacks):
    assert stacks.create("macro", MACRO)["StackStatus"] == "CREATE_COMPLETE"
    assert stacks.outputs("macro") == {"Name": "Changing"}


def test_a_macro_changes_a_whole_template(macro, stacks):
    created = stacks.create("app", WHOLE % "double", Capabilities=EXPANDING)
    assert created["StackStatus"] == "CREATE_COMPLETE"
    assert list(stacks.physical_ids("app")) == ["Queue", "QueueToo"]
    shown = stacks.client.get_template(StackName="app", TemplateStage="Processed")["TemplateBody"]
    assert list(shown["Resources"]) == ["Queue", "QueueToo"]


def test_a_macro_changes_snippets_with_parameters_of_the_template(aws, macro, stacks):
    template = """
Parameters: {Suffix: {Type: String, Default: end}, Word: {Type: String, Default: queue}}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: {"Fn::Transform": {Name: Changing, Parameters: {Kind: upper, Word: !Ref Word}}}
      Fn::Transform: {Name: Changing, Parameters: {Kind: delay}}
"""
    assert stacks.create("app", template, Capabilities=EXPANDING)["StackStatus"] == "CREATE_COMPLETE"
    url = stacks.physical_ids("app")["Queue"]
    assert url.endswith("/QUEUEend")
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["DelaySeconds"])["Attributes"]
    assert attributes == {"DelaySeconds": "7"}


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("raises", "Received malformed response from transform {}::Changing"),
        ("lies", "Received malformed response from transform {}::Changing"),
        ("forgets", "Received malformed response from transform {}::Changing"),
        ("list", "Received malformed response from transform {}::Changing"),
        ("fails", "Transform {}::Changing failed with: not today"),
        ("fails silently", "Transform {}::Changing failed without an error message."),
        ("no resources", "Template format error: At least one Resources member must be defined."),
        ("no object", "Template format error: unsupported structure."),
    ],
)
def test_a_macro_that_gets_it_wrong_is_told_as_aws_does(aws, macro, stacks, kind, message):
    wanted = message.format(aws.account)
    assert stacks.create("app", WHOLE % kind, Capabilities=EXPANDING)["StackStatus"] == "ROLLBACK_COMPLETE"
    reasons = [reason for _, status, reason in stacks.events("app") if status == "ROLLBACK_IN_PROGRESS"]
    assert reasons == [f"{wanted}. Rollback requested by user."]
    made = stacks.client.create_change_set(
        StackName="other",
        ChangeSetName="next",
        ChangeSetType="CREATE",
        TemplateBody=WHOLE % kind,
        Capabilities=EXPANDING,
    )
    aws.idle()
    found = stacks.client.describe_change_set(ChangeSetName=made["Id"])
    assert (found["Status"], found["StatusReason"]) == ("FAILED", wanted)


def test_a_macro_needs_the_capability_and_must_exist(stacks):
    with pytest.raises(ClientError) as caught:
        stacks.create("app", WHOLE % "copy")
    assert caught.value.response["Error"]["Code"] == "InsufficientCapabilitiesException"
    assert caught.value.response["Error"]["Message"] == "Requires capabilities : [CAPABILITY_AUTO_EXPAND]"
    with pytest.raises(ClientError) as caught:
        stacks.create("app", WHOLE % "copy", Capabilities=EXPANDING)
    assert caught.value.response["Error"]["Message"] == "No transform named Changing found."


def test_a_macro_that_is_gone_is_not_found(macro, stacks):
    stacks.delete("macro")
    with pytest.raises(ClientError) as caught:
        stacks.create("app", WHOLE % "copy", Capabilities=EXPANDING)
    assert caught.value.response["Error"]["Message"] == "No transform named Changing found."
