"""boto3's client and resource: batches, conditions, pages, waiters, and how it turns values into DynamoDB's."""

from decimal import Decimal
from typing import Any

import pytest
from boto3.dynamodb.conditions import Attr, Key
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError


@pytest.fixture
def library(aws: Any) -> Any:
    """A table of books with an index by year."""
    resource = aws.resource("dynamodb")
    table = resource.create_table(
        TableName="library",
        KeySchema=[{"AttributeName": "author", "KeyType": "HASH"}, {"AttributeName": "title", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "author", "AttributeType": "S"},
            {"AttributeName": "title", "AttributeType": "S"},
            {"AttributeName": "year", "AttributeType": "N"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-year",
                "KeySchema": [
                    {"AttributeName": "author", "KeyType": "HASH"},
                    {"AttributeName": "year", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    table.wait_until_exists()
    return table


def fill(table: Any, count: int) -> None:
    with table.batch_writer(overwrite_by_pkeys=["author", "title"]) as batch:
        for number in range(count):
            batch.put_item(Item={"author": "Lem", "title": "twice", "year": 1})
            batch.put_item(
                Item={"author": "Lem", "title": f"t{number:03}", "year": 1900 + number, "pages": number * 10}
            )
        batch.delete_item(Key={"author": "Lem", "title": "twice"})


def test_a_table_tells_of_itself(library: Any) -> None:
    fill(library, 3)
    library.reload()
    assert library.table_status == "ACTIVE"
    assert library.item_count == 3
    assert library.key_schema[0] == {"AttributeName": "author", "KeyType": "HASH"}
    assert library.global_secondary_indexes[0]["IndexStatus"] == "ACTIVE"
    assert library.billing_mode_summary["BillingMode"] == "PAY_PER_REQUEST"


def test_values_survive_as_what_they_were(library: Any) -> None:
    item = {
        "author": "A",
        "title": "everything",
        "tiny": Decimal("1E-130"),
        "huge": Decimal("12345678901234567890123456789012345678"),
        "negative": Decimal("-0.5"),
        "whole": 7,
        "blob": Binary(b"\x00\xff"),
        "raw": b"bytes",
        "strings": {"a", "b"},
        "numbers": {Decimal(1), Decimal("2.5")},
        "blobs": {Binary(b"1"), Binary(b"2")},
        "nothing": None,
        "yes": True,
        "empty": "",
        "nested": {"list": [1, {"deep": [[], {}]}], "text": "é😀"},
    }
    library.put_item(Item=item)
    found = library.get_item(Key={"author": "A", "title": "everything"}, ConsistentRead=True)["Item"]
    assert found == {**item, "raw": Binary(b"bytes")}
    assert isinstance(found["whole"], Decimal)
    assert isinstance(found["blob"], Binary)


def test_the_serializer_and_the_client_agree_with_the_resource(library: Any, aws: Any) -> None:
    write, read = TypeSerializer().serialize, TypeDeserializer().deserialize
    item = {"author": "A", "title": "t", "price": Decimal("19.90"), "tags": {"x"}}
    client = aws.client("dynamodb")
    client.put_item(TableName="library", Item={name: write(value) for name, value in item.items()})
    raw = client.get_item(TableName="library", Key={"author": {"S": "A"}, "title": {"S": "t"}})["Item"]
    assert raw["price"] == {"N": "19.9"}
    assert {name: read(value) for name, value in raw.items()} == item
    assert library.get_item(Key={"author": "A", "title": "t"})["Item"] == item


def test_conditions_are_built_and_understood(library: Any) -> None:
    fill(library, 40)
    found = library.query(
        KeyConditionExpression=Key("author").eq("Lem") & Key("title").between("t010", "t029"),
        FilterExpression=(Attr("pages").gte(200) & ~Attr("pages").is_in([210, 220])) | Attr("year").eq(1910),
        ScanIndexForward=False,
        ProjectionExpression="#y",
        ExpressionAttributeNames={"#y": "year"},
    )
    years = [int(item["year"]) for item in found["Items"]]
    assert years == [1929, 1928, 1927, 1926, 1925, 1924, 1923, 1920, 1910]
    assert found["ScannedCount"] == 20
    by_year = library.query(
        IndexName="by-year", KeyConditionExpression=Key("author").eq("Lem") & Key("year").lt(1903), Select="COUNT"
    )
    assert by_year["Count"] == 3
    odd = Attr("title").begins_with("t03") & Attr("pages").attribute_type("N") & Attr("none").not_exists()
    assert library.scan(FilterExpression=odd & Attr("title").contains("5"))["Count"] == 1
    assert library.scan(FilterExpression=Attr("title").size().gt(4))["Count"] == 0


def test_a_condition_that_fails_is_an_exception_of_its_own(library: Any) -> None:
    book = {"author": "A", "title": "t"}
    library.put_item(Item=book, ConditionExpression=Attr("author").not_exists())
    exceptions = library.meta.client.exceptions
    with pytest.raises(exceptions.ConditionalCheckFailedException) as refused:
        library.put_item(
            Item=book,
            ConditionExpression=Attr("author").not_exists(),
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    assert refused.value.response["Item"] == {"author": {"S": "A"}, "title": {"S": "t"}}
    with pytest.raises(exceptions.ResourceNotFoundException):
        library.meta.client.describe_table(TableName="none")


def test_an_update_returns_what_changed(library: Any) -> None:
    key = {"author": "A", "title": "t"}
    changed = library.update_item(
        Key=key,
        UpdateExpression="SET #l = list_append(if_not_exists(#l, :none), :new), price = :p ADD seen :one",
        ExpressionAttributeNames={"#l": "list"},
        ExpressionAttributeValues={":none": [], ":new": [1, "x"], ":p": Decimal("0.10"), ":one": 1},
        ReturnValues="UPDATED_NEW",
    )
    assert changed["Attributes"] == {"list": [1, "x"], "price": Decimal("0.1"), "seen": 1}
    removed = library.delete_item(Key=key, ReturnValues="ALL_OLD", ConditionExpression=Attr("price").lt(1))
    assert removed["Attributes"]["seen"] == 1


def test_paginators_go_through_everything(library: Any, aws: Any) -> None:
    fill(library, 60)
    client = aws.client("dynamodb")
    pages = list(client.get_paginator("scan").paginate(TableName="library", PaginationConfig={"PageSize": 25}))
    assert [page["Count"] for page in pages] == [25, 25, 10]
    query = client.get_paginator("query").paginate(
        TableName="library",
        KeyConditionExpression="author = :a",
        ExpressionAttributeValues={":a": {"S": "Lem"}},
        PaginationConfig={"PageSize": 7, "MaxItems": 20},
    )
    limited = query.build_full_result()
    assert [len(limited["Items"]), "NextToken" in limited] == [20, True]
    assert [name for page in client.get_paginator("list_tables").paginate() for name in page["TableNames"]] == [
        "library"
    ]


def test_batches_and_transactions_of_the_resource(library: Any, aws: Any) -> None:
    fill(library, 5)
    resource = aws.resource("dynamodb")
    keys = [{"author": "Lem", "title": f"t00{number}"} for number in (1, 3, 9)]
    got = resource.batch_get_item(RequestItems={"library": {"Keys": keys, "ConsistentRead": True}})
    assert sorted(item["title"] for item in got["Responses"]["library"]) == ["t001", "t003"]
    assert got["UnprocessedKeys"] == {}
    client = resource.meta.client
    put = {"Put": {"TableName": "library", "Item": {"author": "B", "title": "new", "copies": 1}}}
    check = {
        "ConditionCheck": {
            "TableName": "library",
            "Key": {"author": "Lem", "title": "t001"},
            "ConditionExpression": "pages > :p",
            "ExpressionAttributeValues": {":p": 100},
        }
    }
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(TransactItems=[put, check])
    reasons = cancelled.value.response["CancellationReasons"]
    assert [reason["Code"] for reason in reasons] == ["None", "ConditionalCheckFailed"]
    client.transact_write_items(TransactItems=[put])
    gets = [{"Get": {"TableName": "library", "Key": {"author": "B", "title": "new"}}}]
    assert client.transact_get_items(TransactItems=gets)["Responses"][0]["Item"]["copies"] == 1


def test_waiters_see_tables_come_and_go(library: Any, aws: Any) -> None:
    client = aws.client("dynamodb")
    client.get_waiter("table_exists").wait(TableName="library")
    library.delete()
    library.wait_until_not_exists()
    client.get_waiter("table_not_exists").wait(TableName="library")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        library.load()


def test_statements_take_python_values(library: Any) -> None:
    client = library.meta.client
    client.execute_statement(
        Statement="INSERT INTO library VALUE {'author': ?, 'title': ?, 'pages': ?}", Parameters=["A", "t", 12]
    )
    found = client.execute_statement(
        Statement="SELECT pages FROM library WHERE author = ? AND title = ?", Parameters=["A", "t"]
    )
    assert found["Items"] == [{"pages": Decimal(12)}]
