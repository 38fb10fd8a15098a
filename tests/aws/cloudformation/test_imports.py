"""Resources that exist already and become a stack's, by name or because a stack comes upon them."""

import pytest
from botocore.exceptions import ClientError

TEMPLATE = """
Resources:
  Table:
    Type: AWS::DynamoDB::Table
    DeletionPolicy: Retain
    Properties:
      TableName: mine
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: pk, AttributeType: S}]
      KeySchema: [{AttributeName: pk, KeyType: HASH}]
"""
WANTED = [
    {
        "ResourceType": "AWS::DynamoDB::Table",
        "LogicalResourceId": "Table",
        "ResourceIdentifier": {"TableName": "mine"},
    }
]


@pytest.fixture
def table(aws):
    aws.client("dynamodb").create_table(
        TableName="mine",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    aws.client("dynamodb").put_item(TableName="mine", Item={"pk": {"S": "kept"}})


def make(stacks, template=TEMPLATE, kind="IMPORT", **options):
    made = stacks.client.create_change_set(
        StackName="app", ChangeSetName="c", ChangeSetType=kind, TemplateBody=template, **options
    )
    stacks.aws.idle()
    return stacks.client.describe_change_set(ChangeSetName=made["Id"])


def execute(stacks):
    stacks.client.execute_change_set(StackName="app", ChangeSetName="c")
    return stacks.rest("app")


def refusal(stacks, template=TEMPLATE, **options):
    with pytest.raises(ClientError) as caught:
        make(stacks, template, **options)
    return caught.value.response["Error"]["Message"]


def test_a_new_stack_takes_what_exists(aws, stacks, table):
    (change,) = make(stacks, ResourcesToImport=WANTED)["Changes"]
    told = change["ResourceChange"]
    assert (told["Action"], told["LogicalResourceId"], told["PhysicalResourceId"]) == ("Import", "Table", "mine")
    assert execute(stacks)["StackStatus"] == "IMPORT_COMPLETE"
    assert stacks.physical_ids("app") == {"Table": "mine"}
    assert [event[1] for event in stacks.events("app") if event[0] == "Table"] == [
        "IMPORT_IN_PROGRESS",
        "IMPORT_COMPLETE",
    ]
    assert aws.client("dynamodb").get_item(TableName="mine", Key={"pk": {"S": "kept"}})["Item"]
    more = TEMPLATE + "  Queue: {Type: AWS::SQS::Queue}\nOutputs: {Arn: {Value: !GetAtt Table.Arn}}\n"
    assert stacks.update("app", more)["StackStatus"] == "UPDATE_COMPLETE"
    assert stacks.outputs("app")["Arn"].endswith(":table/mine")


def test_an_import_into_a_stack_changes_nothing_else(stacks, table):
    queue = "Resources:\n  Queue: {Type: AWS::SQS::Queue}\n"
    stacks.create("app", queue)
    both = TEMPLATE + "  Queue: {Type: AWS::SQS::Queue}\n"
    changed = both.replace("AWS::SQS::Queue}", "AWS::SQS::Queue, Properties: {DelaySeconds: 1}}")
    assert refusal(stacks, changed, ResourcesToImport=WANTED) == (
        "As part of the import operation, you cannot modify or add [Queue]"
    )
    output = both + "Outputs: {Q: {Value: !Ref Queue}}\n"
    assert refusal(stacks, output, ResourcesToImport=WANTED).endswith("you cannot modify or add [Outputs]")
    make(stacks, both, ResourcesToImport=WANTED)
    assert execute(stacks)["StackStatus"] == "IMPORT_COMPLETE"


def test_what_cannot_be_imported_is_refused(stacks, table):
    assert refusal(stacks) == "ResourcesToImport must be specified for change sets of type IMPORT"
    assert refusal(stacks, TEMPLATE.replace("DeletionPolicy: Retain", ""), ResourcesToImport=WANTED) == (
        "The following resources to import [Table] must have DeletionPolicy attribute specified in the template."
    )
    unknown = [WANTED[0] | {"ResourceIdentifier": {"TableName": "none"}}]
    assert refusal(stacks, ResourcesToImport=unknown) == (
        "Resource of type 'AWS::DynamoDB::Table' with identifier 'none' was not found."
    )
    wrong = [WANTED[0] | {"ResourceIdentifier": {"Name": "mine"}}]
    assert refusal(stacks, ResourcesToImport=wrong).startswith("Invalid ResourceIdentifier for Table")
    assert "is not defined in the template" in refusal(
        stacks, ResourcesToImport=[WANTED[0] | {"LogicalResourceId": "Other"}]
    )
    make(stacks, ResourcesToImport=WANTED)
    execute(stacks)
    other = {"StackName": "other", "ChangeSetName": "c", "ChangeSetType": "IMPORT", "TemplateBody": TEMPLATE}
    with pytest.raises(ClientError) as caught:
        stacks.client.create_change_set(**other, ResourcesToImport=WANTED)
    assert "already exists in stack" in caught.value.response["Error"]["Message"]


def test_a_stack_takes_what_it_comes_upon_when_asked(aws, stacks, table):
    (change,) = make(stacks, kind="CREATE", ImportExistingResources=True)["Changes"]
    assert change["ResourceChange"]["Action"] == "Import"
    assert execute(stacks)["StackStatus"] == "CREATE_COMPLETE"
    assert aws.client("dynamodb").get_item(TableName="mine", Key={"pk": {"S": "kept"}})["Item"]


def test_what_is_come_upon_must_be_kept(stacks, table):
    careless = TEMPLATE.replace("DeletionPolicy: Retain", "DeletionPolicy: Delete")
    made = make(stacks, careless, kind="CREATE", ImportExistingResources=True)
    assert made["Status"] == "FAILED"
    assert made["StatusReason"].endswith("The affected resources are Table ({TableName=mine})")


def test_a_creation_that_fails_gives_back_what_it_took(aws, stacks, table):
    broken = TEMPLATE + "  Bad: {Type: AWS::SQS::Queue, DependsOn: Table, Properties: {QueueName: 'not/allowed'}}\n"
    make(stacks, broken, kind="CREATE", ImportExistingResources=True)
    assert execute(stacks)["StackStatus"] == "ROLLBACK_COMPLETE"
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["mine"]


def test_an_update_that_fails_gives_back_what_it_took(aws, stacks, table):
    stacks.create("app", "Resources: {Queue: {Type: AWS::SQS::Queue}}")
    broken = TEMPLATE + "  Bad: {Type: AWS::SQS::Queue, DependsOn: Table, Properties: {QueueName: 'not/allowed'}}\n"
    make(stacks, broken, kind="UPDATE", ImportExistingResources=True)
    assert execute(stacks)["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    assert list(stacks.physical_ids("app")) == ["Queue"]
    assert aws.client("dynamodb").list_tables()["TableNames"] == ["mine"]
