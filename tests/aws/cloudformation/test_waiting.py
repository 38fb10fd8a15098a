"""What waits for an answer from outside: custom resources, wait conditions, nested stacks."""

import json
import urllib.request

import pytest

CUSTOM = """
Resources:
  Queue: {Type: AWS::SQS::Queue}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {Subscription: [{Protocol: sqs, Endpoint: !GetAtt Queue.Arn}]}
  Access:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Queue]
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: "*", Action: "sqs:SendMessage", Resource: "*"}]
  Thing:
    Type: Custom::Thing
    DependsOn: Access
    Properties: {ServiceToken: !Ref Topic, Size: 5, IsBig: true}
Outputs:
  Colour: {Value: !GetAtt Thing.Colour}
  Id: {Value: !Ref Thing}
"""
FUNCTION = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Maker:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.11
      Handler: index.handler
      Timeout: 10
      InlineCode: |
        import json, urllib.request
        def handler(event, context):
            twice = event["ResourceProperties"].get("Word", "") * 2
            answer = {"Status": "SUCCESS", "PhysicalResourceId": "made", "Data": {"Twice": twice}}
            for name in ("StackId", "RequestId", "LogicalResourceId"):
                answer[name] = event[name]
            body = json.dumps(answer).encode()
            url, headers = event["ResponseURL"], {"content-type": ""}
            urllib.request.urlopen(urllib.request.Request(url, body, headers, method="PUT"))
  Thing: {Type: Custom::Word, Properties: {ServiceToken: !GetAtt Maker.Arn, Word: ha}}
Outputs: {Twice: {Value: !GetAtt Thing.Twice}}
"""
CHILD = b"""
Parameters: {Delay: {Type: Number}}
Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}}
Outputs: {Arn: {Value: !GetAtt Queue.Arn}}
"""


class Provider:
    """Reads what a custom resource's topic was told, and answers."""

    def __init__(self, aws, stacks):
        self.aws = aws
        self.sqs = aws.client("sqs")
        self.stacks = stacks

    def request(self):
        self.aws.idle()
        url = self.stacks.physical_ids("app")["Queue"]
        message = self.sqs.receive_message(QueueUrl=url)["Messages"][0]
        self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(json.loads(message["Body"])["Message"])

    def answer(self, request, **members):
        put(request["ResponseURL"], {"RequestId": request["RequestId"], **members})
        self.aws.idle()


def put(url, body):
    request = urllib.request.Request(url, json.dumps(body).encode(), {"content-type": ""}, method="PUT")
    urllib.request.urlopen(request).close()


@pytest.fixture
def provider(aws, stacks):
    return Provider(aws, stacks)


def created(stacks, provider):
    stacks.client.create_stack(StackName="app", TemplateBody=CUSTOM)
    request = provider.request()
    provider.answer(request, Status="SUCCESS", PhysicalResourceId="thing-1", Data={"Colour": "red"})
    assert stacks.describe("app")["StackStatus"] == "CREATE_COMPLETE"
    return request


def test_a_custom_resource_is_told_what_aws_tells_it_and_its_answer_counts(stacks, provider):
    request = created(stacks, provider)
    assert request["RequestType"] == "Create"
    assert request["ResourceType"] == "Custom::Thing"
    assert request["LogicalResourceId"] == "Thing"
    assert request["StackId"] == stacks.describe("app")["StackId"]
    assert request["ResourceProperties"] == {
        "ServiceToken": request["ServiceToken"],
        "Size": "5",
        "IsBig": "true",
    }
    assert stacks.outputs("app") == {"Colour": "red", "Id": "thing-1"}


def test_a_custom_resource_that_answers_another_id_is_replaced(stacks, provider):
    created(stacks, provider)
    stacks.client.update_stack(StackName="app", TemplateBody=CUSTOM.replace("Size: 5", "Size: 6"))
    request = provider.request()
    assert (request["RequestType"], request["PhysicalResourceId"]) == ("Update", "thing-1")
    assert request["OldResourceProperties"]["Size"] == "5"
    provider.answer(request, Status="SUCCESS", PhysicalResourceId="thing-2", Data={"Colour": "blue"})
    request = provider.request()
    assert (request["RequestType"], request["PhysicalResourceId"]) == ("Delete", "thing-1")
    provider.answer(request, Status="SUCCESS", PhysicalResourceId="thing-1")
    assert stacks.describe("app")["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.outputs("app") == {"Colour": "blue", "Id": "thing-2"}


def test_a_custom_resource_that_fails_rolls_the_stack_back(stacks, provider):
    stacks.client.create_stack(StackName="app", TemplateBody=CUSTOM)
    request = provider.request()
    provider.answer(request, Status="FAILED", Reason="too big")
    removal = provider.request()
    assert removal["RequestType"] == "Delete"
    assert removal["PhysicalResourceId"].startswith("app-Thing-")
    provider.answer(removal, Status="SUCCESS", PhysicalResourceId=removal["PhysicalResourceId"])
    assert stacks.describe("app")["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = {event[:2]: event[2] for event in stacks.events("app")}[("Thing", "CREATE_FAILED")]
    assert reason == (
        "Received response status [FAILED] from custom resource. Message returned: too big"
        f" (RequestId: {request['RequestId']})"
    )


def test_a_custom_resource_that_failed_and_stayed_is_deleted_before_it_is_made_again(stacks, provider):
    stacks.client.create_stack(StackName="app", TemplateBody=CUSTOM, DisableRollback=True)
    provider.answer(provider.request(), Status="FAILED", Reason="too big", PhysicalResourceId="half")
    assert stacks.describe("app")["StackStatus"] == "CREATE_FAILED"
    stacks.client.update_stack(StackName="app", TemplateBody=CUSTOM.replace("Size: 5", "Size: 4"))
    removal = provider.request()
    assert removal["RequestType"] == "Delete"
    provider.answer(removal, Status="SUCCESS", PhysicalResourceId=removal["PhysicalResourceId"])
    request = provider.request()
    assert (request["RequestType"], request["ResourceProperties"]["Size"]) == ("Create", "4")
    provider.answer(request, Status="SUCCESS", PhysicalResourceId="whole", Data={"Colour": "red"})
    assert stacks.describe("app")["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.outputs("app")["Id"] == "whole"


def test_a_custom_resource_that_never_answers_times_out(aws, stacks):
    stacks.client.create_stack(StackName="app", TemplateBody=CUSTOM.replace("Size: 5", "ServiceTimeout: 60, Size: 5"))
    aws.idle()
    assert stacks.describe("app")["StackStatus"] == "CREATE_IN_PROGRESS"
    aws.advance(61)
    assert stacks.describe("app")["StackStatus"] == "ROLLBACK_IN_PROGRESS"
    aws.advance(61)
    assert stacks.describe("app")["StackStatus"] == "ROLLBACK_FAILED"
    reason = {event[:2]: event[2] for event in stacks.events("app")}[("Thing", "CREATE_FAILED")]
    assert reason.startswith("CloudFormation did not receive a response from your Custom Resource.")


def test_a_function_makes_a_custom_resource(stacks):
    made = stacks.create("app", FUNCTION, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    assert made["StackStatus"] == "CREATE_COMPLETE", stacks.events("app")
    assert stacks.outputs("app") == {"Twice": "haha"}
    assert stacks.delete("app")["StackStatus"] == "DELETE_COMPLETE"


def test_a_stack_that_waits_can_be_deleted(stacks, provider):
    stack_id = stacks.client.create_stack(StackName="app", TemplateBody=CUSTOM)["StackId"]
    asked = provider.request()
    stacks.client.delete_stack(StackName="app")
    removal = provider.request()
    assert (asked["RequestType"], removal["RequestType"]) == ("Create", "Delete")
    provider.answer(removal, Status="SUCCESS", PhysicalResourceId=removal["PhysicalResourceId"])
    assert stacks.rest(stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_wait_condition_waits_for_its_signals(aws, stacks):
    template = """
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    Properties: {Handle: !Ref Handle, Count: 2, Timeout: 100}
Outputs: {Data: {Value: !GetAtt Wait.Data}}
"""
    stacks.client.create_stack(StackName="app", TemplateBody=template)
    aws.idle()
    url = stacks.physical_ids("app")["Handle"]
    for unique_id in ("a", "a", "b"):
        assert stacks.describe("app")["StackStatus"] == "CREATE_IN_PROGRESS"
        put(url, {"Status": "SUCCESS", "UniqueId": unique_id, "Data": f"from {unique_id}", "Reason": ""})
        aws.idle()
    assert json.loads(stacks.outputs("app")["Data"]) == {"a": "from a", "b": "from b"}


def test_a_nested_stack_is_made_changed_and_deleted_with_its_parent(aws, stacks):
    bucket = aws.unique("nested")
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="child.yaml", Body=CHILD)
    template = f"""
Parameters: {{Delay: {{Type: Number, Default: 1}}}}
Resources:
  Child:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: https://{bucket}.s3.amazonaws.com/child.yaml
      Parameters: {{Delay: !Ref Delay}}
Outputs: {{Arn: {{Value: !GetAtt Child.Outputs.Arn}}}}
"""
    assert stacks.create("app", template)["StackStatus"] == "CREATE_COMPLETE"
    child = stacks.describe(stacks.physical_ids("app")["Child"])
    assert child["StackName"].startswith("app-Child-")
    assert (child["ParentId"], child["RootId"]) == (stacks.describe("app")["StackId"],) * 2
    assert stacks.outputs("app")["Arn"] == stacks.outputs(child["StackId"])["Arn"]
    longer = [{"ParameterKey": "Delay", "ParameterValue": "2"}]
    assert stacks.update("app", template, Parameters=longer)["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.describe(child["StackId"])["StackStatus"] == "UPDATE_COMPLETE"
    too_long = [{"ParameterKey": "Delay", "ParameterValue": "90000"}]
    assert stacks.update("app", template, Parameters=too_long)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    reasons = {event[:2]: event[2] for event in stacks.events("app")}
    assert "was not successfully updated. Currently in UPDATE_ROLLBACK" in reasons[("Child", "UPDATE_FAILED")]
    assert stacks.delete("app")["StackStatus"] == "DELETE_COMPLETE"
    assert stacks.describe(child["StackId"])["StackStatus"] == "DELETE_COMPLETE"


def test_an_update_that_waits_can_be_cancelled(stacks, provider):
    created(stacks, provider)
    stacks.client.update_stack(StackName="app", TemplateBody=CUSTOM.replace("Size: 5", "Size: 6"))
    assert provider.request()["RequestType"] == "Update"
    stacks.client.cancel_update_stack(StackName="app")
    request = provider.request()
    assert (request["RequestType"], request["ResourceProperties"]["Size"]) == ("Update", "5")
    provider.answer(request, Status="SUCCESS", PhysicalResourceId="thing-1", Data={"Colour": "red"})
    assert stacks.describe("app")["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    with pytest.raises(stacks.client.exceptions.ClientError, match="cannot be called from current stack status"):
        stacks.client.cancel_update_stack(StackName="app")


def test_a_handle_serves_one_wait_condition(stacks):
    template = """
Resources:
  Handle: {Type: AWS::CloudFormation::WaitConditionHandle}
  One: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 9}}
  Two: {Type: AWS::CloudFormation::WaitCondition, Properties: {Handle: !Ref Handle, Timeout: 9}}
"""
    assert stacks.create("app", template)["StackStatus"] == "ROLLBACK_COMPLETE"
