"""Cloud Control: resources by their CloudFormation types, outside of any stack."""

import json

import pytest
from botocore.exceptions import ClientError


class Resources:
    """Makes and changes resources, and waits for the end."""

    def __init__(self, aws):
        self.aws, self.client = aws, aws.client("cloudcontrol")

    def create(self, type_name, properties, **options):
        state = json.dumps(properties)
        return self.end(self.client.create_resource(TypeName=type_name, DesiredState=state, **options))

    def update(self, type_name, identifier, patch):
        document = json.dumps(patch)
        return self.end(self.client.update_resource(TypeName=type_name, Identifier=identifier, PatchDocument=document))

    def delete(self, type_name, identifier):
        return self.end(self.client.delete_resource(TypeName=type_name, Identifier=identifier))

    def end(self, reply):
        assert reply["ProgressEvent"]["OperationStatus"] == "IN_PROGRESS"
        self.aws.idle()
        token = reply["ProgressEvent"]["RequestToken"]
        return self.client.get_resource_request_status(RequestToken=token)["ProgressEvent"]

    def properties(self, type_name, identifier):
        found = self.client.get_resource(TypeName=type_name, Identifier=identifier)
        assert found["ResourceDescription"]["Identifier"] == identifier
        return json.loads(found["ResourceDescription"]["Properties"])


@pytest.fixture
def resources(aws):
    return Resources(aws)


def refusal(function, **request):
    with pytest.raises(ClientError) as caught:
        function(**request)
    return caught.value.response["Error"]["Code"]


@pytest.mark.parametrize(
    ("type_name", "properties", "patch", "changed"),
    [
        ("AWS::SQS::Queue", {"DelaySeconds": 5}, {"path": "/DelaySeconds", "value": 9}, {"DelaySeconds": 9}),
        ("AWS::SNS::Topic", {"DisplayName": "a"}, {"path": "/DisplayName", "value": "b"}, {"DisplayName": "b"}),
        (
            "AWS::Logs::LogGroup",
            {"LogGroupName": "/own", "RetentionInDays": 7},
            {"path": "/RetentionInDays", "value": 14},
            {"LogGroupName": "/own", "RetentionInDays": 14},
        ),
        (
            "AWS::Events::Rule",
            {"ScheduleExpression": "rate(1 day)", "State": "DISABLED"},
            {"path": "/ScheduleExpression", "value": "rate(2 days)"},
            {"ScheduleExpression": "rate(2 days)", "State": "DISABLED"},
        ),
        (
            "AWS::SSM::Parameter",
            {"Name": "own", "Type": "String", "Value": "1"},
            {"path": "/Value", "value": "2"},
            {"Name": "own", "Type": "String", "Value": "2"},
        ),
        (
            "AWS::StepFunctions::StateMachine",
            {
                "DefinitionString": '{"StartAt": "D", "States": {"D": {"Type": "Succeed"}}}',
                "RoleArn": "arn:aws:iam::123456789012:role/one",
            },
            {"path": "/RoleArn", "value": "arn:aws:iam::123456789012:role/two"},
            {"RoleArn": "arn:aws:iam::123456789012:role/two", "StateMachineType": "STANDARD"},
        ),
        (
            "AWS::DynamoDB::Table",
            {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            },
            {"path": "/DeletionProtectionEnabled", "value": False, "op": "add"},
            {"DeletionProtectionEnabled": False, "BillingMode": "PAY_PER_REQUEST"},
        ),
    ],
)
def test_a_resource_is_made_changed_listed_and_deleted(resources, type_name, properties, patch, changed):
    made = resources.create(type_name, properties)
    assert (made["OperationStatus"], made["Operation"]) == ("SUCCESS", "CREATE"), str(made)
    identifier = made["Identifier"]
    assert json.loads(made["ResourceModel"]).items() >= properties.items()
    listed = resources.client.list_resources(TypeName=type_name)["ResourceDescriptions"]
    assert [it["Identifier"] for it in listed] == [identifier]
    updated = resources.update(type_name, identifier, [{"op": "replace"} | patch])
    assert updated["OperationStatus"] == "SUCCESS", updated
    assert resources.properties(type_name, identifier).items() >= changed.items()
    assert resources.delete(type_name, identifier)["OperationStatus"] == "SUCCESS"
    assert refusal(resources.client.get_resource, TypeName=type_name, Identifier=identifier) == (
        "ResourceNotFoundException"
    )
    found = resources.client.list_resource_requests()["ResourceRequestStatusSummaries"]
    assert {it["Operation"] for it in found} == {"DELETE", "UPDATE", "CREATE"}


def test_requests_are_told_and_filtered(resources):
    made = resources.create("AWS::SQS::Queue", {"QueueName": "one"}, ClientToken="token")
    again = resources.client.create_resource(
        TypeName="AWS::SQS::Queue", DesiredState='{"QueueName": "one"}', ClientToken="token"
    )["ProgressEvent"]
    assert again["RequestToken"] == made["RequestToken"]
    other = {"TypeName": "AWS::SQS::Queue", "DesiredState": '{"QueueName": "two"}', "ClientToken": "token"}
    assert refusal(resources.client.create_resource, **other) == "ClientTokenConflictException"
    failed = resources.create("AWS::SQS::Queue", {"QueueName": "one", "DelaySeconds": 5})
    assert (failed["OperationStatus"], failed["ErrorCode"]) == ("FAILED", "AlreadyExists")
    wanted = {"Operations": ["CREATE"], "OperationStatuses": ["FAILED"]}
    found = resources.client.list_resource_requests(ResourceRequestStatusFilter=wanted)
    assert [it["RequestToken"] for it in found["ResourceRequestStatusSummaries"]] == [failed["RequestToken"]]
    token = made["RequestToken"]
    assert refusal(resources.client.cancel_resource_request, RequestToken=token) == "ConcurrentModificationException"
    unknown = "00000000-0000-4000-a000-000000000000"
    assert refusal(resources.client.get_resource_request_status, RequestToken=unknown) == (
        "RequestTokenNotFoundException"
    )


def test_what_can_not_be_is_refused(resources):
    client = resources.client
    assert refusal(client.list_resources, TypeName="AWS::None::Here") == "TypeNotFoundException"
    assert refusal(client.list_resources, TypeName="AWS::EC2::VPC") == "UnsupportedActionException"
    assert refusal(client.create_resource, TypeName="AWS::SQS::Queue", DesiredState="{") == "InvalidRequestException"
    gone = {"TypeName": "AWS::SQS::Queue", "Identifier": "http://localhost/000000000000/none"}
    assert refusal(client.delete_resource, **gone) == "ResourceNotFoundException"
    assert refusal(client.update_resource, **gone, PatchDocument="[]") == "ResourceNotFoundException"
    failed = resources.create("AWS::SQS::Queue", {"Nothing": 1})
    assert (failed["OperationStatus"], failed["ErrorCode"]) == ("FAILED", "InvalidRequest")
    url = resources.create("AWS::SQS::Queue", {"QueueName": "one"})["Identifier"]
    fixed = resources.update("AWS::SQS::Queue", url, [{"op": "replace", "path": "/QueueName", "value": "two"}])
    assert (fixed["OperationStatus"], fixed["ErrorCode"]) == ("FAILED", "NotUpdatable")
    assert "[/properties/QueueName] cannot be updated" in fixed["StatusMessage"]
    wrong = json.dumps([{"op": "remove", "path": "/None"}])
    request = {"TypeName": "AWS::SQS::Queue", "Identifier": url, "PatchDocument": wrong}
    assert refusal(client.update_resource, **request) == "InvalidRequestException"


def test_lists_come_in_pages_and_by_model(resources):
    for number in range(3):
        resources.create("AWS::SQS::Queue", {"QueueName": f"queue-{number}"})
    first = resources.client.list_resources(TypeName="AWS::SQS::Queue", MaxResults=2)
    assert len(first["ResourceDescriptions"]) == 2
    rest = resources.client.list_resources(TypeName="AWS::SQS::Queue", NextToken=first["NextToken"])
    assert len(rest["ResourceDescriptions"]) == 1 and "NextToken" not in rest
    model = json.dumps({"QueueName": "queue-1"})
    found = resources.client.list_resources(TypeName="AWS::SQS::Queue", ResourceModel=model)["ResourceDescriptions"]
    assert [it["Identifier"].rpartition("/")[2] for it in found] == ["queue-1"]


def test_what_a_failed_creation_has_made_is_told_and_can_be_deleted(aws, resources):
    wrong = {"TopicName": "half", "Subscription": [{"Protocol": "sqs", "Endpoint": "x"}]}
    failed = resources.create("AWS::SNS::Topic", wrong)
    arn = f"arn:aws:sns:{aws.region}:{aws.account}:half"
    assert (failed["OperationStatus"], failed["Identifier"]) == ("FAILED", arn)
    assert failed["StatusMessage"] == "Invalid parameter: SQS endpoint ARN"
    assert resources.properties("AWS::SNS::Topic", arn)["TopicName"] == "half"
    again = resources.create("AWS::SNS::Topic", {"TopicName": "half"})
    assert (again["OperationStatus"], again["ErrorCode"]) == ("FAILED", "AlreadyExists")
    assert "Identifier" not in again
    assert resources.delete("AWS::SNS::Topic", arn)["OperationStatus"] == "SUCCESS"
    assert resources.create("AWS::SNS::Topic", {"TopicName": "half"})["Identifier"] == arn
