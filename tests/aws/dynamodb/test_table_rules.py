"""What CreateTable accepts: keys, indexes, projections, throughput and tags."""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal

PREFIX = "One or more parameter values were invalid: "


def schema(*names: str, kinds: str = "HASH RANGE RANGE") -> list[dict[str, str]]:
    return [{"AttributeName": name, "KeyType": kind} for name, kind in zip(names, kinds.split(), strict=False)]


def request_of(**members: Any) -> dict[str, Any]:
    """A request for a table with the key `pk` and `sk`, unless the members say something else."""
    request: dict[str, Any] = {
        "TableName": "ruled",
        "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        "KeySchema": schema("pk", "sk"),
        "BillingMode": "PAY_PER_REQUEST",
    }
    attributes = members.pop("attributes", None)
    if attributes is not None:
        request["AttributeDefinitions"] = [{"AttributeName": name, "AttributeType": "S"} for name in attributes]
    request |= members
    return {name: value for name, value in request.items() if value is not None}


UNITS = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
SAME_NAME = "Both the Hash Key and the Range Key element in the KeySchema have the same name"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"TableName": None}, "The parameter 'TableName' is required but was not present in the request"),
        (
            {"KeySchema": None},
            "1 validation error detected: Value null at 'keySchema' failed to satisfy constraint: Member must not be "
            "null",
        ),
        (
            {"KeySchema": []},
            "1 validation error detected: Value '[]' at 'keySchema' failed to satisfy constraint: Member must have "
            "length greater than or equal to 1",
        ),
        (
            {"KeySchema": schema("pk", "sk", "x")},
            "1 validation error detected: Value '[KeySchemaElement(attributeName=pk, keyType=HASH), "
            "KeySchemaElement(attributeName=sk, keyType=RANGE), KeySchemaElement(attributeName=x, keyType=RANGE)]' at "
            "'keySchema' failed to satisfy constraint: Member must have length less than or equal to 2",
        ),
        (
            {"KeySchema": schema("pk", "sk", kinds="HASH SORT")},
            "1 validation error detected: Value 'SORT' at 'keySchema.2.member.keyType' failed to satisfy constraint: "
            "Member must satisfy enum value set: [HASH, RANGE]",
        ),
        (
            {"BillingMode": None},
            PREFIX + "ReadCapacityUnits and WriteCapacityUnits must both be specified when Billing",
        ),
        (
            {"ProvisionedThroughput": UNITS},
            PREFIX
            + "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQ",
        ),
        (
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {**UNITS, "ReadCapacityUnits": 10**12 + 1}},
            "Given value 1000000000001 for ReadCapacityUnits is out of bounds",
        ),
        (
            {"BillingMode": "PROVISIONED", "ProvisionedThroughput": {**UNITS, "ReadCapacityUnits": 0}},
            "1 validation error detected: Value '0' at 'provisionedThroughput.readCapacityUnits' failed to satisfy "
            "constraint: Member must have value greater than or equal to 1",
        ),
        ({"attributes": ("pk",)}, "Invalid KeySchema: Some index key attribute have no definition"),
        (
            {"attributes": ("pk", "x")},
            PREFIX + "Some index key attributes are not defined in AttributeDefinitions. Keys: [pk, sk], "
            "AttributeDefinitions: [pk, x]",
        ),
        ({"KeySchema": schema("pk", "pk")}, SAME_NAME),
        (
            {"KeySchema": schema("pk", "sk", kinds="RANGE HASH")},
            "Invalid KeySchema: The first KeySchemaElement is not a HASH key type",
        ),
        (
            {"KeySchema": schema("pk", "sk", kinds="HASH HASH")},
            "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type",
        ),
        (
            {"attributes": ("pk", "sk", "x")},
            PREFIX + "Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions",
        ),
        ({"LocalSecondaryIndexes": []}, PREFIX + "List of LocalSecondaryIndexes is empty"),
        ({"GlobalSecondaryIndexes": []}, PREFIX + "List of GlobalSecondaryIndexes is empty"),
        (
            {"KeySchema": schema("pk"), "LocalSecondaryIndexes": [index("local", "pk", "sk")]},
            PREFIX + "Table KeySchema does not have a range key, which is required when specifying a "
            "LocalSecondaryIndex",
        ),
        (
            {"LocalSecondaryIndexes": [index("local", "pk")]},
            PREFIX + "Index KeySchema does not have a range key for index: local",
        ),
        (
            {"LocalSecondaryIndexes": [index("local", "sk", "pk")]},
            PREFIX + "Index KeySchema does not have the same leading hash key as table KeySchema for index: local. "
            "index hash key: sk, table hash key: pk",
        ),
        (
            {"LocalSecondaryIndexes": [index(f"local{at}", "pk", "sk") for at in range(6)]},
            PREFIX + "Number of LocalSecondaryIndexes exceeds per-table limit of 5",
        ),
        (
            {"GlobalSecondaryIndexes": [index(f"global{at}", "sk") for at in range(21)]},
            PREFIX + "GlobalSecondaryIndex count exceeds the per-table limit of 20",
        ),
        (
            {"GlobalSecondaryIndexes": [index("same", "sk"), index("same", "pk")]},
            PREFIX + "Duplicate index name: same",
        ),
        (
            {"LocalSecondaryIndexes": [index("same", "pk", "sk")], "GlobalSecondaryIndexes": [index("same", "pk")]},
            PREFIX + "Duplicate index name: same",
        ),
        ({"GlobalSecondaryIndexes": [index("global", "pk", "pk")]}, SAME_NAME),
        (
            {"GlobalSecondaryIndexes": [index("global", "x")]},
            PREFIX + "Some index key attributes are not defined in AttributeDefinitions. Keys: [x], "
            "AttributeDefinitions: [pk, sk]",
        ),
        (
            {"GlobalSecondaryIndexes": [{**index("global", "sk"), "Projection": {}}]},
            PREFIX + "Unknown ProjectionType: null",
        ),
        (
            {"GlobalSecondaryIndexes": [index("global", "sk", "", "ALL", "x")]},
            PREFIX + "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("global", "sk", "", "INCLUDE")]},
            PREFIX + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            {"GlobalSecondaryIndexes": [index("global", "sk", "", "INCLUDE", "x", "x")]},
            PREFIX + "Duplicate value in NonKeyAttributes: x",
        ),
        (
            {
                "GlobalSecondaryIndexes": [
                    index(f"global{at}", "sk", "", "INCLUDE", *(f"x{at}-{one}" for one in range(20))) for at in range(6)
                ]
            },
            PREFIX + "Number of NonKeyAttributes exceeds per-table limit of 100",
        ),
        (
            {"GlobalSecondaryIndexes": [{**index("global", "sk"), "ProvisionedThroughput": UNITS}]},
            PREFIX + "ProvisionedThroughput should not be specified for index: global when BillingMode is PAY_PER_REQ",
        ),
        (
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": UNITS,
                "GlobalSecondaryIndexes": [index("global", "sk")],
            },
            PREFIX + "ProvisionedThroughput must be specified for index: global",
        ),
        (
            {
                "BillingMode": "PROVISIONED",
                "ProvisionedThroughput": UNITS,
                "GlobalSecondaryIndexes": [
                    {**index("global", "sk"), "ProvisionedThroughput": {**UNITS, "WriteCapacityUnits": 10**12 + 1}}
                ],
            },
            "Given value 1000000000001 for WriteCapacityUnits is out of bounds for index global",
        ),
        (
            {"attributes": ("pk", "sk", "x"), "GlobalSecondaryIndexes": [index("global", "sk")]},
            PREFIX + "Some AttributeDefinitions are not used. AttributeDefinitions: [pk, sk, x], keys used: [pk, sk]",
        ),
        ({"Tags": [{"Key": str(at), "Value": "x"} for at in range(51)]}, PREFIX + "Too many tags"),
    ],
)
def test_a_wrong_table_is_refused_and_not_created(dynamodb: Any, members: dict[str, Any], message: str) -> None:
    code, found = refusal(dynamodb.create_table, **request_of(**members))
    assert code == "ValidationException"
    assert found.startswith(message)
    assert dynamodb.list_tables()["TableNames"] == []


def test_tags_are_for_tables_of_the_account(aws: Any, dynamodb: Any) -> None:
    arn = make_table(dynamodb, "tagged", attributes={"g": "S"}, GlobalSecondaryIndexes=[index("by-g", "g")])
    tags = [{"Key": "a", "Value": "b"}]
    calls = (
        (dynamodb.tag_resource, {"Tags": tags}),
        (dynamodb.untag_resource, {"TagKeys": ["a"]}),
        (dynamodb.list_tags_of_resource, {}),
    )
    for call, members in calls:
        absent = arn + "x"
        assert refusal(call, ResourceArn=absent, **members) == (
            "ResourceNotFoundException",
            f"Requested resource not found: ResourcArn: {absent} not found",
        )
        foreign = arn.replace(aws.account, "999999999999")
        assert refusal(call, ResourceArn=foreign, **members)[0] == "AccessDeniedException"
        for wrong in ("tagged", "arn:wrong", arn.replace("dynamodb", "sqs"), f"{arn}/index/by-g"):
            assert refusal(call, ResourceArn=wrong, **members)[0] == "ValidationException"


@pytest.mark.parametrize(
    "tags",
    [
        [],
        [{"Key": "", "Value": "x"}],
        [{"Key": "k" * 129, "Value": "x"}],
        [{"Key": "k", "Value": "v" * 257}],
        [{"Key": "k!", "Value": "x"}],
        [{"Key": "k", "Value": "%"}],
        [{"Key": "aws:k", "Value": "x"}],
        [{"Key": "k", "Value": "x"}, {"Key": "k", "Value": "y"}],
        [{"Key": str(at), "Value": "x"} for at in range(51)],
    ],
)
def test_wrong_tags_are_refused(dynamodb: Any, tags: list[dict[str, str]]) -> None:
    arn = make_table(dynamodb, "tagged")
    assert refusal(dynamodb.tag_resource, ResourceArn=arn, Tags=tags)[0] == "ValidationException"
    assert dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"] == []


def test_tags_have_letters_of_any_script_and_some_signs(dynamodb: Any) -> None:
    arn = make_table(dynamodb, "tagged", Tags=[{"Key": "first", "Value": ""}])
    tags = [{"Key": "k" * 128, "Value": "é" * 256}, {"Key": "a b+-=._:/@1", "Value": "שלום"}]
    dynamodb.tag_resource(ResourceArn=arn, Tags=tags)
    found = dynamodb.list_tags_of_resource(ResourceArn=arn)["Tags"]
    assert sorted(found, key=str) == sorted([{"Key": "first", "Value": ""}, *tags], key=str)
    more = [{"Key": str(at), "Value": "x"} for at in range(48)]
    assert refusal(dynamodb.tag_resource, ResourceArn=arn, Tags=more)[0] == "ValidationException"
    dynamodb.tag_resource(ResourceArn=arn, Tags=more[:47])
