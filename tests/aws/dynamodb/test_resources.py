"""AWS::DynamoDB::Table in stacks."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.aws.dynamodb.stacks import TableStack, attributes, key

PLAIN = {"AttributeDefinitions": attributes("pk"), "KeySchema": key("pk"), "BillingMode": "PAY_PER_REQUEST"}
UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}


@pytest.fixture
def stack(aws: Any) -> TableStack:
    return TableStack(aws)


def by(name: str, *names: str, **members: Any) -> dict[str, Any]:
    return {"IndexName": name, "KeySchema": key(*names), "Projection": {"ProjectionType": "ALL"}, **members}


def test_a_table_is_made_with_all_its_settings_and_removed_with_its_stack(
    aws: Any, dynamodb: Any, stack: TableStack
) -> None:
    properties = {
        "AttributeDefinitions": attributes("pk", "g"),
        "KeySchema": key("pk"),
        "ProvisionedThroughput": {"ReadCapacityUnits": "1", "WriteCapacityUnits": "2"},
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": "true"},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": "true", "RecoveryPeriodInDays": "7"},
        "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "DeletionProtectionEnabled": "false",
        "GlobalSecondaryIndexes": [by("by-g", "g", ProvisionedThroughput=UNITS)],
        "Tags": [{"Key": "team", "Value": "blue"}],
    }
    outputs = stack.put(properties)
    table = dynamodb.describe_table(TableName=outputs["Name"])["Table"]
    assert outputs["Name"].startswith("shop-Orders-")
    assert (table["TableArn"], table["LatestStreamArn"]) == (outputs["Arn"], outputs["Stream"])
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    assert table["SSEDescription"]["Status"] == "ENABLED"
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    expiry = dynamodb.describe_time_to_live(TableName=outputs["Name"])["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    backups = dynamodb.describe_continuous_backups(TableName=outputs["Name"])["ContinuousBackupsDescription"]
    assert backups["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 7
    assert dynamodb.list_tags_of_resource(ResourceArn=outputs["Arn"])["Tags"] == [{"Key": "team", "Value": "blue"}]
    assert stack.delete() == "DELETE_COMPLETE"
    assert dynamodb.list_tables()["TableNames"] == []


def test_a_table_is_changed_in_place(dynamodb: Any, stack: TableStack) -> None:
    outputs = stack.put(
        PLAIN
        | {
            "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
            "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True},
            "Tags": [{"Key": "team", "Value": "blue"}, {"Key": "old", "Value": "x"}],
        }
    )
    name = outputs["Name"]
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}})
    changed = stack.put(
        PLAIN
        | {
            "StreamSpecification": {"StreamViewType": "KEYS_ONLY"},
            "TableClass": "STANDARD_INFREQUENT_ACCESS",
            "DeletionProtectionEnabled": True,
            "OnDemandThroughput": {"MaxReadRequestUnits": "5"},
            "WarmThroughput": {"ReadUnitsPerSecond": 13000, "WriteUnitsPerSecond": 5000},
            "Tags": [{"Key": "team", "Value": "red"}],
        }
    )
    assert (changed["Name"], changed["Arn"]) == (name, outputs["Arn"])
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["StreamSpecification"]["StreamViewType"] == "KEYS_ONLY"
    assert changed["Stream"] == table["LatestStreamArn"] != outputs["Stream"]
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert table["OnDemandThroughput"]["MaxReadRequestUnits"] == 5
    assert table["WarmThroughput"]["ReadUnitsPerSecond"] == 13000
    assert dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]["TimeToLiveStatus"] == "DISABLED"
    assert dynamodb.list_tags_of_resource(ResourceArn=outputs["Arn"])["Tags"] == [{"Key": "team", "Value": "red"}]
    assert dynamodb.scan(TableName=name)["Count"] == 1
    assert stack.delete() == "DELETE_FAILED"
    assert dynamodb.list_tables()["TableNames"] == [name]


def test_a_stream_that_leaves_the_template_ends(dynamodb: Any, stack: TableStack) -> None:
    name = stack.put(PLAIN | {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}})["Name"]
    stack.put(PLAIN)
    assert "StreamSpecification" not in dynamodb.describe_table(TableName=name)["Table"]


def test_billing_modes_change_with_indexes(dynamodb: Any, stack: TableStack) -> None:
    indexed = {**PLAIN, "AttributeDefinitions": attributes("pk", "g"), "GlobalSecondaryIndexes": [by("by-g", "g")]}
    name = stack.put(indexed)["Name"]
    provisioned = {
        **indexed,
        "BillingMode": "PROVISIONED",
        "ProvisionedThroughput": {"ReadCapacityUnits": 3, "WriteCapacityUnits": 4},
        "GlobalSecondaryIndexes": [by("by-g", "g", ProvisionedThroughput=UNITS)],
    }
    stack.put(provisioned)
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 3
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 1
    more = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 1}
    provisioned["GlobalSecondaryIndexes"] = [by("by-g", "g", ProvisionedThroughput=more)]
    stack.put({**provisioned, "ProvisionedThroughput": more})
    table = dynamodb.describe_table(TableName=name)["Table"]
    assert table["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    assert table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"] == 5
    stack.put(indexed)
    assert dynamodb.describe_table(TableName=name)["Table"]["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"


def test_one_index_comes_or_goes_at_a_time(dynamodb: Any, stack: TableStack) -> None:
    name = stack.put(PLAIN)["Name"]
    dynamodb.put_item(TableName=name, Item={"pk": {"S": "a"}, "g": {"S": "x"}, "h": {"S": "y"}})
    three = {**PLAIN, "AttributeDefinitions": attributes("pk", "g", "h")}
    reason = stack.refused({**three, "GlobalSecondaryIndexes": [by("by-g", "g"), by("by-h", "h")]})
    assert "Cannot perform more than one GSI creation or deletion in a single update" in reason
    two = {**PLAIN, "AttributeDefinitions": attributes("pk", "g")}
    stack.put({**two, "GlobalSecondaryIndexes": [by("by-g", "g")]})
    assert dynamodb.scan(TableName=name, IndexName="by-g")["Count"] == 1
    reason = stack.refused(
        {**PLAIN, "AttributeDefinitions": attributes("pk", "h"), "GlobalSecondaryIndexes": [by("by-h", "h")]}
    )
    assert "Cannot perform more than one GSI creation or deletion in a single update" in reason
    reason = stack.refused({**two, "GlobalSecondaryIndexes": [by("by-g", "g", "pk")]})
    assert "Cannot update GSI's properties other than Provisioned Throughput" in reason
    stack.put({**three, "GlobalSecondaryIndexes": [by("by-g", "g"), by("by-h", "h")]})
    assert dynamodb.scan(TableName=name, IndexName="by-h")["Count"] == 1
    stack.put({**PLAIN, "AttributeDefinitions": attributes("pk", "h"), "GlobalSecondaryIndexes": [by("by-h", "h")]})
    (left,) = dynamodb.describe_table(TableName=name)["Table"]["GlobalSecondaryIndexes"]
    assert left["IndexName"] == "by-h"


def test_another_expiry_attribute_takes_two_updates(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    name = stack.put(PLAIN | {"TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True}})["Name"]
    aws.advance(7200)
    reason = stack.refused(PLAIN | {"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}})
    assert "TimeToLive is active on a different AttributeName: current AttributeName is ttl" in reason
    stack.put(PLAIN | {"TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": False}})
    aws.advance(7200)
    stack.put(PLAIN | {"TimeToLiveSpecification": {"AttributeName": "until", "Enabled": True}})
    described = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert described["AttributeName"] == "until"


@pytest.mark.parametrize(
    "properties",
    [
        {"AttributeDefinitions": attributes("other"), "KeySchema": key("other")},
        {"TableName": "orders"},
        {"AttributeDefinitions": attributes("pk:N")},
        {
            "AttributeDefinitions": attributes("pk", "sk", "l"),
            "KeySchema": key("pk", "sk"),
            "LocalSecondaryIndexes": [by("by-l", "pk", "l")],
        },
    ],
)
def test_some_changes_need_a_new_table(dynamodb: Any, stack: TableStack, properties: dict[str, Any]) -> None:
    before = stack.put(PLAIN)["Name"]
    after = stack.put(PLAIN | properties)["Name"]
    assert after != before
    assert dynamodb.list_tables()["TableNames"] == [after]
    assert stack.put(PLAIN | properties | {"TableClass": "STANDARD_INFREQUENT_ACCESS"})["Name"] == after


def test_a_named_table_is_not_replaced(dynamodb: Any, stack: TableStack) -> None:
    stack.put(PLAIN | {"TableName": "orders"})
    for properties in (
        {"KeySchema": key("id"), "AttributeDefinitions": attributes("id")},
        {"AttributeDefinitions": attributes("pk:B")},
    ):
        reason = stack.refused(PLAIN | {"TableName": "orders"} | properties)
        assert "cannot update a stack when a custom-named resource requires replacing" in reason
    assert dynamodb.list_tables()["TableNames"] == ["orders"]


def test_policies_keep_tables(dynamodb: Any, stack: TableStack) -> None:
    first = stack.put(PLAIN, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")["Name"]
    second = stack.put(PLAIN | {"TableName": "orders"}, DeletionPolicy="Retain", UpdateReplacePolicy="Retain")["Name"]
    assert stack.delete() == "DELETE_COMPLETE"
    assert sorted(dynamodb.list_tables()["TableNames"]) == sorted([first, second])


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"Colour": "blue"}, "#: extraneous key [Colour] is not permitted"),
        ({"SSESpecification": {"SSEEnabled": True, "Key": "x"}}, "extraneous key [Key] is not permitted"),
        (
            {"GlobalSecondaryIndexes": [by("by-g", "pk", Colour="blue")]},
            "#/GlobalSecondaryIndexes/0: extraneous key [Colour] is not permitted",
        ),
        (
            {"StreamSpecification": {"StreamViewType": "NEW_IMAGE", "StreamEnabled": True}},
            "#/StreamSpecification: extraneous key [StreamEnabled] is not permitted",
        ),
        ({"BillingMode": "PROVISIONED"}, "ReadCapacityUnits and WriteCapacityUnits must both be specified"),
        ({"ProvisionedThroughput": {"ReadCapacityUnits": "many", "WriteCapacityUnits": 1}}, "ReadCapacityUnits"),
        ({"TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": True, "X": 1}}, "extraneous key [X]"),
    ],
)
def test_a_wrong_template_is_refused_and_leaves_nothing(
    dynamodb: Any, stack: TableStack, properties: dict[str, Any], reason: str
) -> None:
    assert reason in stack.refused({**PLAIN, **properties})
    assert dynamodb.list_tables()["TableNames"] == []


def test_a_table_that_exists_is_not_taken_over(dynamodb: Any, stack: TableStack) -> None:
    dynamodb.create_table(TableName="orders", **PLAIN)
    reason = stack.refused(PLAIN | {"TableName": "orders"})
    assert "Resource of type 'AWS::DynamoDB::Table' with identifier 'orders' already exists." in reason
    assert "HandlerErrorCode: AlreadyExists" in reason
    assert dynamodb.list_tables()["TableNames"] == ["orders"]


def test_a_folder_with_a_template_is_deployed(aws: Any, dynamodb: Any, tmp_path: Path) -> None:
    template = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Parameters": {"Class": {"Type": "String"}},
        "Resources": {
            "Orders": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": {**PLAIN, "TableClass": {"Ref": "Class"}},
            }
        },
        "Outputs": {"Name": {"Value": {"Ref": "Orders"}}},
    }
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    for table_class in ("STANDARD", "STANDARD_INFREQUENT_ACCESS"):
        deployed = aws.deploy(path, stack="shop", parameters={"Class": table_class})
        table = dynamodb.describe_table(TableName=deployed.outputs["Name"])["Table"]
        assert table["TableClassSummary"]["TableClass"] == table_class


def test_a_table_is_made_from_files(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    bucket, s3 = aws.unique("bucket"), aws.client("s3")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="in/a.csv", Body=b"pk,name\na,Anna\nb,Bob\n")
    source = {"S3BucketSource": {"S3Bucket": bucket, "S3KeyPrefix": "in/"}, "InputFormat": "CSV"}
    wanted = {
        **PLAIN,
        "ImportSourceSpecification": source,
        "TableClass": "STANDARD_INFREQUENT_ACCESS",
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "Tags": [{"Key": "team", "Value": "blue"}],
    }
    outputs = stack.put(wanted)
    assert dynamodb.scan(TableName=outputs["Name"])["Count"] == 2
    table = dynamodb.describe_table(TableName=outputs["Name"])["Table"]
    assert table["LatestStreamArn"] == outputs["Stream"]
    assert table["TableClassSummary"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert dynamodb.list_tags_of_resource(ResourceArn=outputs["Arn"])["Tags"] == [{"Key": "team", "Value": "blue"}]
    changed = stack.put(wanted | {"ImportSourceSpecification": {**source, "InputCompressionType": "NONE"}})
    assert changed["Name"] != outputs["Name"]


def test_an_import_that_fails_leaves_no_table(aws: Any, dynamodb: Any, stack: TableStack) -> None:
    source = {"S3BucketSource": {"S3Bucket": aws.unique("nothing")}, "InputFormat": "CSV"}
    assert stack.refused({**PLAIN, "ImportSourceSpecification": source})
    assert dynamodb.list_tables()["TableNames"] == []
