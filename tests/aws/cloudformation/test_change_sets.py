"""Change sets, as `aws cloudformation deploy` and `sam deploy` use them."""

import json

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Parameters: {Delay: {Type: Number, Default: 0}}
Resources:
  Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: !Ref Delay}}
"""


def error_of(caught):
    return caught.value.response["Error"]


def make(stacks, template, kind, **options):
    made = stacks.client.create_change_set(
        StackName="app", ChangeSetName="next", ChangeSetType=kind, TemplateBody=template, **options
    )
    stacks.aws.idle()
    return stacks.client.describe_change_set(ChangeSetName=made["Id"])


def test_a_new_stack_is_made_through_a_change_set(stacks):
    made = make(stacks, TEMPLATE, "CREATE")
    assert (made["Status"], made["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert [(it["ResourceChange"]["Action"], it["ResourceChange"]["LogicalResourceId"]) for it in made["Changes"]] == [
        ("Add", "Queue")
    ]
    assert stacks.describe("app")["StackStatus"] == "REVIEW_IN_PROGRESS"
    stacks.client.execute_change_set(ChangeSetName="next", StackName="app")
    assert stacks.rest("app")["StackStatus"] == "CREATE_COMPLETE"


def test_a_change_set_shows_what_would_change_and_what_would_be_replaced(stacks):
    stacks.create("app", TEMPLATE)
    changed = TEMPLATE.replace("{DelaySeconds: !Ref Delay}", "{QueueName: other}") + "  T: {Type: AWS::SNS::Topic}\n"
    changes = {
        it["ResourceChange"]["LogicalResourceId"]: it["ResourceChange"]
        for it in make(stacks, changed, "UPDATE")["Changes"]
    }
    assert (changes["Queue"]["Action"], changes["Queue"]["Replacement"]) == ("Modify", "True")
    assert changes["T"]["Action"] == "Add"
    stacks.client.delete_change_set(ChangeSetName="next", StackName="app")
    assert stacks.client.list_change_sets(StackName="app")["Summaries"] == []


def test_a_change_set_without_changes_fails_as_deploy_expects(stacks):
    stacks.create("app", TEMPLATE)
    made = make(stacks, TEMPLATE, "UPDATE")
    assert (made["Status"], made["ExecutionStatus"]) == ("FAILED", "UNAVAILABLE")
    assert made["StatusReason"].startswith("The submitted information didn't contain changes.")
    with pytest.raises(stacks.client.exceptions.InvalidChangeSetStatusException):
        stacks.client.execute_change_set(ChangeSetName="next", StackName="app")


def test_a_change_set_for_a_stack_that_does_not_exist_is_refused(stacks):
    with pytest.raises(ClientError) as caught:
        make(stacks, TEMPLATE, "UPDATE")
    assert error_of(caught)["Message"] == "Stack [app] does not exist"


def test_an_unknown_change_set_is_not_found(stacks):
    stacks.create("app", TEMPLATE)
    with pytest.raises(stacks.client.exceptions.ChangeSetNotFoundException) as caught:
        stacks.client.describe_change_set(ChangeSetName="nobody", StackName="app")
    assert error_of(caught)["Message"] == "ChangeSet [nobody] does not exist"


def test_a_change_set_tells_values_before_and_after_when_asked(stacks):
    with_function = TEMPLATE + "  T: {Type: AWS::SNS::Topic, Properties: {DisplayName: one}}\n"
    stacks.create("app", with_function)
    changed = with_function.replace("DisplayName: one", "DisplayName: two, KmsMasterKeyId: !GetAtt New.Arn").replace(
        "  T:", "  New: {Type: AWS::SQS::Queue}\n  T:"
    )
    stacks.client.create_change_set(StackName="app", ChangeSetName="next", TemplateBody=changed)
    stacks.aws.idle()
    shown = stacks.client.describe_change_set(ChangeSetName="next", StackName="app", IncludePropertyValues=True)
    changes = {it["ResourceChange"]["LogicalResourceId"]: it["ResourceChange"] for it in shown["Changes"]}
    told = {it["Target"]["Name"]: it["Target"] for it in changes["T"]["Details"]}
    assert told["DisplayName"] | {"RequiresRecreation": "-"} == {
        "Attribute": "Properties",
        "Name": "DisplayName",
        "Path": "/Properties/DisplayName",
        "RequiresRecreation": "-",
        "AttributeChangeType": "Modify",
        "BeforeValue": "one",
        "AfterValue": "two",
    }
    assert told["KmsMasterKeyId"]["AttributeChangeType"] == "Add"
    assert told["KmsMasterKeyId"]["AfterValue"] == "{{changeSet:KNOWN_AFTER_APPLY}}"
    assert json.loads(changes["T"]["BeforeContext"]) == {"Properties": {"DisplayName": "one"}}
    assert "BeforeContext" not in changes["New"]
