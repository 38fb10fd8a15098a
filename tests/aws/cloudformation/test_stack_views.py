"""Other ways to a stack: aliases, events by operation, signals to its resources."""

import pytest
from botocore.exceptions import ClientError

TEMPLATE = "Resources: {Queue: {Type: AWS::SQS::Queue}}"
BROKEN = "Resources: {Queue: {Type: AWS::SQS::Queue, Properties: {DelaySeconds: 99999}}}"
WAITING = """
Resources:
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    CreationPolicy: {ResourceSignal: {Count: 2, Timeout: PT1M}}
  Queue: {Type: AWS::SQS::Queue, DependsOn: Wait}
"""


def refusal(function, **request):
    with pytest.raises(ClientError) as caught:
        function(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def test_an_alias_stands_for_a_stack_wherever_its_name_may(stacks):
    client = stacks.client
    made = stacks.create("app", TEMPLATE)
    stacks.create("other", TEMPLATE)
    client.set_alias(StackName="app", AliasName="shop")
    client.set_alias(StackName=made["StackId"], AliasName="shop")
    found = stacks.describe("shop")
    assert (found["StackId"], found["StackName"], found["AliasName"]) == (made["StackId"], "app", "shop")
    assert client.list_stack_resources(StackName="shop")["StackResourceSummaries"]
    for stack, alias in (("other", "shop"), ("other", "app"), ("app", "second")):
        assert refusal(client.set_alias, StackName=stack, AliasName=alias)[0] == "AlreadyExistsException"
    assert refusal(client.create_stack, StackName="shop", TemplateBody=TEMPLATE)[0] == "AlreadyExistsException"
    assert refusal(client.set_alias, StackName="none", AliasName="a")[0] == "ValidationError"
    client.remove_alias(AliasName="shop")
    assert refusal(client.describe_stacks, StackName="shop")[0] == "ValidationError"
    assert refusal(client.remove_alias, AliasName="shop")[0] == "ValidationError"
    client.set_alias(StackName="app", AliasName="shop")
    stacks.delete("app")
    assert refusal(client.describe_stacks, StackName="shop")[0] == "ValidationError"
    client.set_alias(StackName="other", AliasName="shop")


def test_events_are_told_by_operation(stacks):
    client = stacks.client
    stacks.create("app", TEMPLATE)
    stacks.create("broken", BROKEN)
    found = client.describe_events(StackName="app")["OperationEvents"]
    assert {it["OperationType"] for it in found} == {"CREATE_STACK"}
    assert (found[0]["EventType"], found[0]["OperationStatus"]) == ("STACK_EVENT", "SUCCEEDED")
    assert found[0]["EndTime"] >= found[0]["StartTime"]
    progress = [it["ResourceStatus"] for it in found if it["EventType"] == "PROGRESS_EVENT"]
    assert progress[0] == "CREATE_COMPLETE" and progress[-1] == "CREATE_IN_PROGRESS"
    again = client.describe_events(OperationId=found[0]["OperationId"])["OperationEvents"]
    assert [it["EventId"] for it in again] == [it["EventId"] for it in found]
    failed = client.describe_events(StackName="broken", Filters={"FailedEvents": True})["OperationEvents"]
    assert [(it["LogicalResourceId"], it["EventType"]) for it in failed] == [("Queue", "PROVISIONING_ERROR")]
    assert client.describe_events(StackName="broken")["OperationEvents"][0]["OperationStatus"] == "FAILED"
    change = {"StackName": "app", "ChangeSetName": "next"}
    client.create_change_set(**change, TemplateBody=TEMPLATE)
    stacks.aws.idle()
    (event,) = client.describe_events(**change)["OperationEvents"]
    assert (event["OperationType"], event["OperationStatus"]) == ("CREATE_CHANGESET", "FAILED")
    assert refusal(client.describe_events)[0] == "ValidationError"


def test_a_resource_with_a_creation_policy_waits_for_its_signals(stacks):
    client = stacks.client
    client.create_stack(StackName="app", TemplateBody=WAITING)
    stacks.aws.idle()
    signal = {"StackName": "app", "LogicalResourceId": "Wait", "Status": "SUCCESS"}
    client.signal_resource(**signal, UniqueId="one")
    client.signal_resource(**signal, UniqueId="one")
    stacks.aws.idle()
    assert stacks.describe("app")["StackStatus"] == "CREATE_IN_PROGRESS"
    assert (
        refusal(client.signal_resource, **(signal | {"LogicalResourceId": "No"}), UniqueId="x")[0] == "ValidationError"
    )
    client.signal_resource(**signal, UniqueId="two")
    assert stacks.rest("app")["StackStatus"] == "CREATE_COMPLETE"
    code, message = refusal(client.signal_resource, **signal, UniqueId="three")
    assert code == "ValidationError" and message.endswith("is in CREATE_COMPLETE state and cannot be updated")


def test_a_failure_signal_or_none_fails_the_resource(stacks):
    client = stacks.client
    client.create_stack(StackName="app", TemplateBody=WAITING)
    stacks.aws.idle()
    client.signal_resource(StackName="app", LogicalResourceId="Wait", UniqueId="one", Status="FAILURE")
    assert stacks.rest("app")["StackStatus"] == "ROLLBACK_COMPLETE"
    client.create_stack(StackName="late", TemplateBody=WAITING)
    stacks.aws.idle()
    stacks.aws.advance(61)
    assert stacks.rest("late")["StackStatus"] == "ROLLBACK_COMPLETE"


def test_a_templates_summary_says_what_identifies_its_resources(stacks):
    template = TEMPLATE.replace("}}", "}, Other: {Type: AWS::SQS::Queue}, Table: {Type: AWS::DynamoDB::Table}}")
    found = stacks.client.get_template_summary(TemplateBody=template)["ResourceIdentifierSummaries"]
    assert found == [
        {
            "ResourceType": "AWS::DynamoDB::Table",
            "LogicalResourceIds": ["Table"],
            "ResourceIdentifiers": ["TableName"],
        },
        {
            "ResourceType": "AWS::SQS::Queue",
            "LogicalResourceIds": ["Queue", "Other"],
            "ResourceIdentifiers": ["QueueUrl"],
        },
    ]
