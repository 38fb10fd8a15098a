"""The life of a stack: create, update, replace, roll back, delete, and the events that tell of it."""

import pytest
from botocore.exceptions import ClientError

QUEUE = """
Parameters:
  Delay: {Type: Number, Default: 0, MaxValue: 900}
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties: {DelaySeconds: !Ref Delay}
  Topic:
    Type: AWS::SNS::Topic
    Properties: {TopicName: !GetAtt Queue.QueueName}
Outputs:
  Url: {Value: !Ref Queue, Description: Where to send}
  Arn: {Value: !GetAtt Queue.Arn, Export: {Name: !Sub "${AWS::StackName}-arn"}}
"""
BAD_QUEUE = """
  Bad:
    Type: AWS::SQS::Queue
    DependsOn: Topic
    Properties: {DelaySeconds: 90000}
Outputs:"""


def error_of(caught):
    return caught.value.response["Error"]


def test_a_stack_is_created_with_its_outputs(aws, stacks):
    created = stacks.create("app", QUEUE, Tags=[{"Key": "team", "Value": "a"}])
    assert created["StackStatus"] == "CREATE_COMPLETE"
    assert created["Tags"] == [{"Key": "team", "Value": "a"}]
    assert created["Parameters"] == [{"ParameterKey": "Delay", "ParameterValue": "0"}]
    url = created["Outputs"][0]
    assert url["Description"] == "Where to send"
    assert aws.client("sqs").get_queue_attributes(QueueUrl=url["OutputValue"], AttributeNames=["QueueArn"])
    stacks.client.get_waiter("stack_create_complete").wait(StackName="app")


def test_physical_names_are_stack_logical_id_and_random(stacks):
    stacks.create("app", QUEUE)
    stack, logical_id, random = stacks.physical_ids("app")["Queue"].rpartition("/")[2].split("-")
    assert (stack, logical_id) == ("app", "Queue")
    assert random.isalnum()
    assert random.isupper() or random.isdigit()


def test_events_tell_the_story_as_aws_does(stacks):
    stacks.create("app", QUEUE)
    assert stacks.events("app") == [
        ("app", "CREATE_IN_PROGRESS", "User Initiated"),
        ("Queue", "CREATE_IN_PROGRESS", ""),
        ("Queue", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Queue", "CREATE_COMPLETE", ""),
        ("Topic", "CREATE_IN_PROGRESS", ""),
        ("Topic", "CREATE_IN_PROGRESS", "Resource creation Initiated"),
        ("Topic", "CREATE_COMPLETE", ""),
        ("app", "CREATE_COMPLETE", ""),
    ]


def test_an_update_in_place_keeps_the_resource(aws, stacks):
    stacks.create("app", QUEUE)
    before = stacks.physical_ids("app")
    updated = stacks.update("app", QUEUE, Parameters=[{"ParameterKey": "Delay", "ParameterValue": "5"}])
    assert updated["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.physical_ids("app") == before
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=before["Queue"], AttributeNames=["DelaySeconds"])
    assert attributes["Attributes"]["DelaySeconds"] == "5"
    assert [event[:2] for event in stacks.events("app")[-5:]] == [
        ("app", "UPDATE_IN_PROGRESS"),
        ("Queue", "UPDATE_IN_PROGRESS"),
        ("Queue", "UPDATE_COMPLETE"),
        ("app", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"),
        ("app", "UPDATE_COMPLETE"),
    ]


def test_an_update_without_changes_is_refused(stacks):
    stacks.create("app", QUEUE)
    with pytest.raises(ClientError) as caught:
        stacks.update("app", QUEUE + "\n# only a comment")
    assert error_of(caught)["Code"] == "ValidationError"
    assert error_of(caught)["Message"] == "No updates are to be performed."


def test_a_change_that_needs_a_new_resource_replaces_it_and_removes_the_old_one_last(aws, stacks):
    stacks.create("app", QUEUE)
    old = stacks.physical_ids("app")["Queue"]
    named = QUEUE.replace("Properties: {DelaySeconds: !Ref Delay}", "Properties: {QueueName: chosen}")
    assert stacks.update("app", named)["StackStatus"] == "UPDATE_COMPLETE"
    new = stacks.physical_ids("app")["Queue"]
    assert new.endswith("/chosen")
    assert aws.client("sqs").list_queues()["QueueUrls"] == [new]
    events = stacks.events("app")
    assert (
        "Queue",
        "UPDATE_IN_PROGRESS",
        "Requested update requires the creation of a new physical resource; hence creating one.",
    ) in events
    statuses = [event[:2] for event in events]
    clean_up = statuses.index(("app", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"))
    assert statuses.index(("Queue", "DELETE_COMPLETE")) > clean_up
    assert old != new


def test_a_removed_resource_is_deleted_unless_it_is_retained(aws, stacks):
    retained = QUEUE.replace("Type: AWS::SQS::Queue", "Type: AWS::SQS::Queue\n    DeletionPolicy: Retain")
    stacks.create("app", retained)
    only_topic = "Resources: {Topic: {Type: AWS::SNS::Topic}}"
    assert stacks.update("app", only_topic)["StackStatus"] == "UPDATE_COMPLETE"
    assert list(stacks.physical_ids("app")) == ["Topic"]
    assert len(aws.client("sqs").list_queues()["QueueUrls"]) == 1
    assert ("Queue", "DELETE_SKIPPED", "") in stacks.events("app")


def test_a_failed_creation_is_rolled_back(aws, stacks):
    failed = stacks.create("app", QUEUE.replace("\nOutputs:", BAD_QUEUE))
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    assert "QueueUrls" not in aws.client("sqs").list_queues()
    assert aws.client("sns").list_topics()["Topics"] == []
    reasons = {event[:2]: event[2] for event in stacks.events("app")}
    assert (
        reasons[("app", "ROLLBACK_IN_PROGRESS")]
        == "The following resource(s) failed to create: [Bad]. Rollback requested by user."
    )
    assert "Resource handler returned message" in reasons[("Bad", "CREATE_FAILED")]
    with pytest.raises(ClientError) as caught:
        stacks.update("app", QUEUE)
    assert "is in ROLLBACK_COMPLETE state and can not be updated." in error_of(caught)["Message"]


def test_on_failure_may_leave_or_delete_what_was_made(aws, stacks):
    bad = QUEUE.replace("\nOutputs:", BAD_QUEUE)
    assert stacks.create("left", bad, OnFailure="DO_NOTHING")["StackStatus"] == "CREATE_FAILED"
    assert len(aws.client("sqs").list_queues()["QueueUrls"]) == 1
    stacks.delete("left")
    stack_id = stacks.client.create_stack(StackName="gone", TemplateBody=bad, OnFailure="DELETE")["StackId"]
    assert stacks.rest(stack_id)["StackStatus"] == "DELETE_COMPLETE"


def test_a_failed_update_goes_back_to_what_was(aws, stacks):
    stacks.create("app", QUEUE)
    before = stacks.physical_ids("app")
    changed = QUEUE.replace("\nOutputs:", BAD_QUEUE).replace("{DelaySeconds: !Ref Delay}", "{DelaySeconds: 9}")
    failed = stacks.update("app", changed)
    assert failed["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.physical_ids("app") == before
    attributes = aws.client("sqs").get_queue_attributes(QueueUrl=before["Queue"], AttributeNames=["DelaySeconds"])
    assert attributes["Attributes"]["DelaySeconds"] == "0"
    assert stacks.client.get_template(StackName="app")["TemplateBody"] == QUEUE
    reasons = {event[:2]: event[2] for event in stacks.events("app")}
    assert reasons[("app", "UPDATE_ROLLBACK_IN_PROGRESS")] == "The following resource(s) failed to create: [Bad]. "
    assert stacks.update("app", changed.replace("90000", "9"))["StackStatus"] == "UPDATE_COMPLETE"


def test_a_failed_replacement_takes_the_old_resource_back(aws, stacks):
    stacks.create("app", QUEUE)
    before = stacks.physical_ids("app")
    changed = QUEUE.replace("\nOutputs:", BAD_QUEUE).replace("{DelaySeconds: !Ref Delay}", "{QueueName: other}")
    assert stacks.update("app", changed)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert stacks.physical_ids("app") == before
    assert aws.client("sqs").list_queues()["QueueUrls"] == [before["Queue"]]


def test_a_deleted_stack_is_known_by_its_id_only(aws, stacks):
    stacks.create("app", QUEUE)
    deleted = stacks.delete("app")
    assert deleted["StackStatus"] == "DELETE_COMPLETE"
    assert "QueueUrls" not in aws.client("sqs").list_queues()
    with pytest.raises(ClientError) as caught:
        stacks.describe("app")
    assert error_of(caught) | {"Type": ""} == {
        "Type": "",
        "Code": "ValidationError",
        "Message": "Stack with id app does not exist",
    }
    stacks.client.delete_stack(StackName="app")
    assert stacks.create("app", QUEUE)["StackStatus"] == "CREATE_COMPLETE"
    listed = [(it["StackName"], it["StackStatus"]) for it in stacks.client.list_stacks()["StackSummaries"]]
    assert sorted(listed) == [("app", "CREATE_COMPLETE"), ("app", "DELETE_COMPLETE")]


def test_a_second_stack_of_the_same_name_is_refused(stacks):
    stacks.create("app", QUEUE)
    with pytest.raises(stacks.client.exceptions.AlreadyExistsException) as caught:
        stacks.create("app", QUEUE)
    assert error_of(caught)["Message"] == "Stack [app] already exists"


def test_termination_protection_forbids_deletion(stacks):
    stacks.create("app", QUEUE, EnableTerminationProtection=True)
    with pytest.raises(ClientError) as caught:
        stacks.client.delete_stack(StackName="app")
    assert error_of(caught)["Message"] == "Stack [app] cannot be deleted while TerminationProtection is enabled"
    stacks.client.update_termination_protection(StackName="app", EnableTerminationProtection=False)
    assert stacks.delete("app")["StackStatus"] == "DELETE_COMPLETE"


def test_an_export_in_use_cannot_be_deleted(stacks):
    stacks.create("app", QUEUE)
    stacks.create("user", "Resources: {T: {Type: AWS::SNS::Topic, Properties: {DisplayName: !ImportValue app-arn}}}")
    assert [it["Name"] for it in stacks.client.list_exports()["Exports"]] == ["app-arn"]
    assert stacks.client.list_imports(ExportName="app-arn")["Imports"] == ["user"]
    with pytest.raises(ClientError) as caught:
        stacks.client.delete_stack(StackName="app")
    assert error_of(caught)["Message"] == "Export app-arn cannot be deleted as it is in use by user"
    stacks.delete("user")
    assert stacks.delete("app")["StackStatus"] == "DELETE_COMPLETE"


def test_an_unknown_export_fails_the_stack(stacks):
    failed = stacks.create("app", "Resources: {T: {Type: AWS::SNS::Topic, Properties: {TopicName: !ImportValue no}}}")
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    assert ("T", "CREATE_FAILED", "No export named no found.") in stacks.events("app")


def test_a_type_that_serein_lacks_is_recorded_and_said_so(stacks):
    template = """
Resources:
  Database: {Type: AWS::Glue::Database, Properties: {CatalogId: !Ref AWS::AccountId, DatabaseInput: {}}}
"""
    assert stacks.create("app", template)["StackStatus"] == "CREATE_COMPLETE"
    resource = stacks.client.describe_stack_resources(StackName="app")["StackResources"][0]
    assert resource["PhysicalResourceId"].startswith("app-Database-")
    assert (
        resource["ResourceStatusReason"]
        == "Serein has no AWS::Glue::Database yet: the resource is recorded and does nothing"
    )


def test_a_property_that_the_type_lacks_fails_the_resource(stacks):
    failed = stacks.create("app", "Resources: {Q: {Type: AWS::SQS::Queue, Properties: {Colour: red}}}")
    assert failed["StackStatus"] == "ROLLBACK_COMPLETE"
    reason = "Properties validation failed for resource Q with message:\n#: extraneous key [Colour] is not permitted"
    assert ("Q", "CREATE_FAILED", reason) in stacks.events("app")


def test_a_required_property_that_is_missing_fails_the_resource(stacks):
    stacks.create("app", "Resources: {F: {Type: AWS::Lambda::Function, Properties: {Handler: a.b}}}")
    reason = {event[:2]: event[2] for event in stacks.events("app")}[("F", "CREATE_FAILED")]
    assert reason.startswith("Properties validation failed for resource F with message:\n#: required key [Code]")


def test_a_rollback_removes_retained_resources_when_asked(aws, stacks):
    bad = QUEUE.replace("\nOutputs:", BAD_QUEUE).replace(
        "Type: AWS::SNS::Topic", "Type: AWS::SNS::Topic\n    DeletionPolicy: Retain"
    )
    assert stacks.create("kept", bad)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert len(aws.client("sns").list_topics()["Topics"]) == 1
    assert stacks.create("gone", bad, RetainExceptOnCreate=True)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert len(aws.client("sns").list_topics()["Topics"]) == 1


def test_resource_types_can_be_limited(stacks):
    with pytest.raises(ClientError) as caught:
        stacks.create("app", QUEUE, ResourceTypes=["AWS::SQS::*"])
    assert error_of(caught)["Message"].startswith("Resource type AWS::SNS::Topic is not allowed")
