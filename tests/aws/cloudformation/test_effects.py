"""What of a stack has no effect here is told before and after it is made."""

import json
import urllib.error
import urllib.parse
import urllib.request

import pytest

TEMPLATE = """
Conditions: {Never: !Equals [a, b]}
Resources:
  Key: {Type: "AWS::AutoScaling::AutoScalingGroup", Properties: {MinSize: "1", MaxSize: "1"}}
  Absent: {Type: "AWS::AutoScaling::AutoScalingGroup", Condition: Never}
  Nested:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: 1}
"""


def effects(aws, **query):
    with urllib.request.urlopen(f"{aws.endpoint}/_serein/effects?{urllib.parse.urlencode(query)}") as reply:
        return json.load(reply)


def test_a_change_set_tells_what_would_only_be_recorded(aws):
    client = aws.client("cloudformation")
    made = client.create_change_set(
        StackName="app", ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=TEMPLATE
    )
    found = effects(aws, **{"change-set": made["Id"]})
    assert found == {
        "Inert": [{"LogicalResourceId": "Key", "ResourceType": "AWS::AutoScaling::AutoScalingGroup"}],
        "WithoutEffect": [],
    }
    by_name = {"stack": "app", "change-set": "first", "account": aws.account, "region": aws.region}
    assert effects(aws, **by_name) == found


def test_a_stack_tells_what_is_only_recorded(aws, stacks):
    stack_id = stacks.create("app", TEMPLATE)["StackId"]
    assert [it["LogicalResourceId"] for it in effects(aws, stack=stack_id)["Inert"]] == ["Key"]


def test_an_unknown_stack_has_no_effects_to_tell(aws):
    with pytest.raises(urllib.error.HTTPError) as caught:
        effects(aws, stack="nothing", account=aws.account)
    assert caught.value.code == 400
    assert json.load(caught.value)["message"] == "Stack with id nothing does not exist"
