"""AWS::DynamoDB::Table and AWS::DynamoDB::GlobalTable in stacks."""

import json
from typing import Any

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "AttributeDefinitions": [
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "g", "AttributeType": "S"},
        ],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "ProvisionedThroughput": {"ReadCapacityUnits": "1", "WriteCapacityUnits": "2"},
        "StreamSpecification": {"StreamViewType": "NEW_IMAGE"},
        "TimeToLiveSpecification": {"AttributeName": "ttl", "Enabled": "true"},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "SSESpecification": {"SSEEnabled": True},
        "GlobalSecondaryIndexes": [
            {
                "IndexName": "by-g",
                "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
                "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            }
        ],
        "Tags": [{"Key": "team", "Value": "blue"}],
    },
}
OUTPUTS = {
    "Name": {"Value": {"Ref": "Orders"}},
    "Arn": {"Value": {"Fn::GetAtt": ["Orders", "Arn"]}},
    "Stream": {"Value": {"Fn::GetAtt": ["Orders", "StreamArn"]}},
}


def template(resource: dict[str, Any], outputs: dict[str, Any]) -> str:
    return json.dumps({"Resources": {"Orders": resource}, "Outputs": outputs})


def outputs_of(cloudformation: Any, stack: str) -> dict[str, str]:
    (described,) = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    assert described["StackStatus"].endswith("_COMPLETE"), described
    assert "ROLLBACK" not in described["StackStatus"], described
    return {output["OutputKey"]: output["OutputValue"] for output in described.get("Outputs", [])}


def test_a_table_is_made_changed_and_removed_with_its_stack(aws: Any, dynamodb: Any) -> None:
    cloudformation = aws.client("cloudformation")
    cloudformation.create_stack(StackName="shop", TemplateBody=template(TABLE, OUTPUTS))
    aws.idle()
    outputs = outputs_of(cloudformation, "shop")
    table = dynamodb.describe_table(TableName=outputs["Name"])["Table"]
    assert outputs["Name"].startswith("shop-Orders-")
    assert (table["TableArn"], table["LatestStreamArn"]) == (outputs["Arn"], outputs["Stream"])
    assert table["ProvisionedThroughput"]["WriteCapacityUnits"] == 2
    assert table["SSEDescription"]["Status"] == "ENABLED"
    expiry = dynamodb.describe_time_to_live(TableName=outputs["Name"])["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "ttl"}
    tags = {tag["Key"]: tag["Value"] for tag in dynamodb.list_tags_of_resource(ResourceArn=outputs["Arn"])["Tags"]}
    assert tags["team"] == "blue"
    dynamodb.put_item(TableName=outputs["Name"], Item={"pk": {"S": "a"}, "h": {"S": "x"}})

    changed = json.loads(json.dumps(TABLE))
    properties = changed["Properties"]
    properties["BillingMode"] = "PAY_PER_REQUEST"
    del properties["ProvisionedThroughput"], properties["TimeToLiveSpecification"]
    properties["AttributeDefinitions"][1]["AttributeName"] = "h"
    (index,) = properties["GlobalSecondaryIndexes"]
    index["IndexName"] = "by-h"
    index["KeySchema"][0]["AttributeName"] = "h"
    del index["ProvisionedThroughput"]
    cloudformation.update_stack(StackName="shop", TemplateBody=template(changed, OUTPUTS))
    aws.idle()
    assert outputs_of(cloudformation, "shop") == outputs
    table = dynamodb.describe_table(TableName=outputs["Name"])["Table"]
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert [one["IndexName"] for one in table["GlobalSecondaryIndexes"]] == ["by-h"]
    assert dynamodb.scan(TableName=outputs["Name"], IndexName="by-h")["Count"] == 1
    expiry = dynamodb.describe_time_to_live(TableName=outputs["Name"])["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "DISABLED"}

    cloudformation.delete_stack(StackName="shop")
    aws.idle()
    assert dynamodb.list_tables()["TableNames"] == []


def test_a_global_table_with_one_replica_is_a_table(aws: Any, dynamodb: Any) -> None:
    cloudformation = aws.client("cloudformation")
    resource = {
        "Type": "AWS::DynamoDB::GlobalTable",
        "Properties": {
            "TableName": "orders",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
            "Replicas": [{"Region": {"Ref": "AWS::Region"}, "DeletionProtectionEnabled": False}],
        },
    }
    cloudformation.create_stack(StackName="global", TemplateBody=template(resource, {"Arn": OUTPUTS["Arn"]}))
    aws.idle()
    assert outputs_of(cloudformation, "global")["Arn"].endswith("table/orders")
    assert dynamodb.describe_table(TableName="orders")["Table"]["TableStatus"] == "ACTIVE"
