"""Vector indexes: made, filled, described, kept up with writes, and removed.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/VectorSearch.Requirements.html
"""

from typing import Any

import pytest

from tests.aws.dynamodb.conftest import index, make_table, refusal
from tests.aws.dynamodb.vectors import embedded, keys, make_vector_table, put, search, vector, vector_index, where

INVALID = "One or more parameter values were invalid: "
ONE_AT_ONCE = "Subscriber limit exceeded: Only 1 online index can be created or deleted simultaneously per table"
TENANT = {"AttributeName": "tenant", "AttributeType": "S"}


def described(client: Any, table: str) -> list[dict[str, Any]]:
    indexes: list[dict[str, Any]] = client.describe_table(TableName=table)["Table"].get("VectorIndexes", [])
    return indexes


def update(client: Any, table: str, *updates: dict[str, Any], **options: Any) -> dict[str, Any]:
    reply = client.update_table(TableName=table, VectorIndexUpdates=list(updates), **options)
    table_description: dict[str, Any] = reply["TableDescription"]
    return table_description


def test_an_index_is_described(aws: Any, dynamodb: Any) -> None:
    wanted = vector_index(
        "alike",
        "tenant:HASH",
        "brand:INLINE_FILTER",
        Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": ["title"]},
        Dimensions=3,
        DistanceFunction="EUCLIDEAN",
    )
    reply = dynamodb.create_table(
        TableName="words",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "tenant", "brand")],
        BillingMode="PAY_PER_REQUEST",
        VectorIndexes=[wanted],
    )["TableDescription"]
    assert reply["VectorIndexes"][0]["IndexStatus"] == "CREATING"
    item = {"pk": {"S": "a"}, "tenant": {"S": "t"}, "title": {"S": "Snow"}, "text": {"S": "long"}}
    dynamodb.put_item(TableName="words", Item={**item, "embedding": embedded(1, 2, 3)})
    dynamodb.put_item(TableName="words", Item={"pk": {"S": "b"}})
    arn = f"{reply['TableArn']}/index/alike"
    state = {
        "IndexStatus": "ACTIVE",
        "ItemCount": 1,
        "IndexSizeBytes": 12 + len("pkatenantttitleSnow"),
        "IndexArn": arn,
    }
    assert described(dynamodb, "words") == [{**wanted, **state}]
    assert "VectorIndexes" not in dynamodb.delete_table(TableName="words")["TableDescription"]


@pytest.mark.parametrize(
    ("indexes", "message"),
    [
        ([], INVALID + "List of VectorIndexes is empty"),
        (
            [vector_index(Dimensions=4097)],
            INVALID + "Provided Dimensions value '4097' is out of valid range. The value must be between 1 and 4096 "
            "inclusive. IndexName: alike",
        ),
        (
            [vector_index("alike", "color:HASH")],
            INVALID + "One element in SearchSchema is not defined in attribute definitions",
        ),
        (
            [vector_index("alike", "tenant:HASH", "tenant:INLINE_FILTER")],
            INVALID + "Duplicate AttributeName in SearchSchema: [tenant, tenant]. IndexName: alike",
        ),
        (
            [vector_index("alike", "tenant:HASH", "pk:HASH")],
            INVALID + "SearchSchema must not have more than one HASH element. IndexName: alike",
        ),
        ([vector_index("one"), vector_index("one")], INVALID + "Duplicate index name: one"),
        ([vector_index("by-tenant")], INVALID + "Duplicate index name: by-tenant"),
        (
            [vector_index(f"v{at}x") for at in range(6)],
            INVALID + "VectorIndex count exceeds the per-table limit of 5",
        ),
        (
            [vector_index("one"), vector_index("two", Dimensions=3)],
            INVALID + "Vector indexes of attribute embedding must have the same number of dimensions. one: 2, two: 3",
        ),
        (
            [vector_index(attribute="pk")],
            INVALID + "VectorAttribute pk must not be defined in AttributeDefinitions: it is a list. IndexName: alike",
        ),
        ([vector_index(Projection={})], INVALID + "Unknown ProjectionType: null"),
        (
            [vector_index(Projection={"ProjectionType": "INCLUDE"})],
            INVALID + "ProjectionType is INCLUDE, but NonKeyAttributes is not specified",
        ),
        (
            [vector_index(Projection={"ProjectionType": "ALL", "NonKeyAttributes": ["x"]})],
            INVALID + "ProjectionType is ALL, but NonKeyAttributes is specified",
        ),
        (
            [
                vector_index(
                    Projection={"ProjectionType": "INCLUDE", "NonKeyAttributes": [f"a{at}" for at in range(20)]}
                )
            ],
            INVALID + "Number of projected attributes exceeds the limit of 20, which the vector attribute and inline "
            "filters count towards. IndexName: alike",
        ),
    ],
)
def test_indexes_that_aws_would_not_make_are_refused(
    dynamodb: Any, indexes: list[dict[str, Any]], message: str
) -> None:
    options = {"attributes": {"tenant": "S"}, "GlobalSecondaryIndexes": [index("by-tenant", "tenant")]}
    with pytest.raises(dynamodb.exceptions.ClientError) as refused:
        make_table(dynamodb, "words", VectorIndexes=indexes, **options)
    assert refused.value.response["Error"]["Message"] == message


@pytest.mark.parametrize(
    ("member", "value", "constraint"),
    [
        ("Dimensions", 0, "Member must have value greater than or equal to 1"),
        ("DistanceFunction", "MANHATTAN", "Member must satisfy enum value set: ["),
        ("SearchSchema", [], "Member must have length greater than or equal to 1"),
        ("IndexName", "no", "Member must have length greater than or equal to 3"),
        ("VectorAttribute", {"AttributeName": ""}, "Member must have length greater than or equal to 1"),
    ],
)
def test_the_models_constraints_hold(dynamodb: Any, member: str, value: Any, constraint: str) -> None:
    with pytest.raises(dynamodb.exceptions.ClientError) as refused:
        make_vector_table(dynamodb, "words", {**vector_index(), member: value})
    error = refused.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert constraint in error["Message"]


def test_there_may_be_eighteen_filters(dynamodb: Any) -> None:
    names = [f"f{at}" for at in range(19)]
    schema = [f"{name}:INLINE_FILTER" for name in names]
    with pytest.raises(dynamodb.exceptions.ClientError) as refused:
        make_vector_table(dynamodb, "words", vector_index("alike", *schema), attributes=dict.fromkeys(names, "S"))
    assert "exceeds the limit of 18" in refused.value.response["Error"]["Message"]
    indexes = vector_index("alike", *schema[:18], Projection={"ProjectionType": "KEYS_ONLY"})
    make_vector_table(dynamodb, "words", indexes, attributes=dict.fromkeys(names[:18], "S"))


def test_only_tables_on_demand_have_vector_indexes(dynamodb: Any) -> None:
    units = {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1}
    message = INVALID + "Vector indexes are only supported on tables with BillingMode PAY_PER_REQUEST"
    with pytest.raises(dynamodb.exceptions.ClientError) as refused:
        make_vector_table(dynamodb, "words", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    assert refused.value.response["Error"]["Message"] == message
    make_table(dynamodb, "words", BillingMode="PROVISIONED", ProvisionedThroughput=units)
    create = {"Create": vector_index()}
    assert refusal(dynamodb.update_table, TableName="words", VectorIndexUpdates=[create])[1] == message
    update(dynamodb, "words", create, BillingMode="PAY_PER_REQUEST")
    provisioned = {"TableName": "words", "BillingMode": "PROVISIONED", "ProvisionedThroughput": units}
    assert refusal(dynamodb.update_table, **provisioned)[1] == message


def test_attributes_that_no_index_needs_are_refused(dynamodb: Any) -> None:
    with pytest.raises(dynamodb.exceptions.ClientError) as refused:
        make_vector_table(dynamodb, "words", attributes={"spare": "S"})
    message = refused.value.response["Error"]["Message"]
    assert "Some AttributeDefinitions are not used" in message


def test_a_new_index_is_filled_with_the_items_that_fit(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "words")
    for at in range(60):
        put(dynamodb, "words", f"k{at}", 1, at, tenant={"S": "t"})
    put(dynamodb, "words", "long", 1, 2, 3, tenant={"S": "t"})
    put(dynamodb, "words", "alone", 1, 2)
    put(dynamodb, "words", "numbered", 1, 2, tenant={"N": "1"})
    dynamodb.put_item(TableName="words", Item={"pk": {"S": "text"}, "embedding": {"S": "x"}, "tenant": {"S": "t"}})
    create = {"Create": vector_index("alike", "tenant:HASH")}
    table = update(dynamodb, "words", create, AttributeDefinitions=[TENANT])
    (made,) = table["VectorIndexes"]
    assert (made["IndexStatus"], made["Backfilling"]) == ("CREATING", True)
    assert {one["AttributeName"] for one in table["AttributeDefinitions"]} == {"pk", "tenant"}
    aws.idle()
    (made,) = described(dynamodb, "words")
    assert (made["IndexStatus"], made["ItemCount"]) == ("ACTIVE", 60)
    assert "Backfilling" not in made
    assert keys(dynamodb, "words", 1, 0, count=3, **where("tenant = :t", t="t")) == ["k0", "k1", "k2"]


def test_wide_vectors_are_filled_in_chunks_while_writes_go_on(aws: Any, dynamodb: Any) -> None:
    make_table(dynamodb, "words")
    for at in range(50):
        put(dynamodb, "words", f"k{at}", *([1] * 1999), at)
    update(dynamodb, "words", {"Create": vector_index(Dimensions=2000)})
    put(dynamodb, "words", "k7", *([-1] * 2000))
    dynamodb.delete_item(TableName="words", Key={"pk": {"S": "k8"}})
    put(dynamodb, "words", "new", *([1] * 2000))
    aws.idle()
    assert described(dynamodb, "words")[0]["ItemCount"] == 50
    found = keys(dynamodb, "words", *([-1] * 2000), count=100)
    assert found[0] == "k7"
    assert len(found) == 50
    assert "k8" not in found


def test_an_index_that_is_removed_leaves_nothing(aws: Any, dynamodb: Any) -> None:
    make_vector_table(dynamodb, "words", vector_index("alike", "tenant:HASH"), attributes={"tenant": "S"})
    put(dynamodb, "words", "old", 1, 0, tenant={"S": "t"})
    table = update(dynamodb, "words", {"Delete": {"IndexName": "alike"}})
    assert [one["AttributeName"] for one in table["AttributeDefinitions"]] == ["pk"]
    request = {"TableName": "words", "IndexName": "alike", "SearchVector": vector(1, 0), "TopK": 1}
    assert refusal(dynamodb.search_vectors, **request)[1] == "The table does not have the specified index: alike"
    aws.idle()
    assert described(dynamodb, "words") == []
    # What was refused for the index's sake no longer is.
    put(dynamodb, "words", "free", 1, 2, 3, tenant={"N": "1"})
    update(dynamodb, "words", {"Create": vector_index("alike", Dimensions=3)})
    aws.idle()
    assert keys(dynamodb, "words", 1, 0, 0) == ["free"]


@pytest.mark.parametrize(
    ("updates", "options", "code", "message"),
    [
        ([{"Create": vector_index("one")}, {"Create": vector_index("two")}], {}, "LimitExceeded", ONE_AT_ONCE),
        (
            [{"Create": vector_index("one")}],
            {
                "AttributeDefinitions": [TENANT],
                "GlobalSecondaryIndexUpdates": [{"Create": index("by-tenant", "tenant")}],
            },
            "LimitExceeded",
            ONE_AT_ONCE,
        ),
        (
            [{}],
            {},
            "Validation",
            INVALID + "One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null",
        ),
        ([{"Create": vector_index("alike")}], {}, "Validation", "Attempting to create an index which already exists"),
        ([{"Delete": {"IndexName": "another"}}], {}, "ResourceNotFound", "Requested resource not found"),
        (
            [{"Create": vector_index("one", Dimensions=3)}],
            {},
            "Validation",
            INVALID + "Vector indexes of attribute embedding must have the same number of dimensions. alike: 2, one: 3",
        ),
        (
            [{"Create": vector_index("one", "pk:HASH")}],
            {"AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "N"}]},
            "Validation",
            INVALID + "Attempting to change the type of attribute pk that is part of a key",
        ),
    ],
)
def test_updates_that_cannot_be_are_refused(
    dynamodb: Any, updates: list[dict[str, Any]], options: dict[str, Any], code: str, message: str
) -> None:
    make_vector_table(dynamodb, "words")
    found = refusal(dynamodb.update_table, TableName="words", VectorIndexUpdates=updates, **options)
    assert found == (f"{code}Exception", message)


def test_global_and_vector_indexes_do_not_share_names(dynamodb: Any) -> None:
    make_vector_table(dynamodb, "words")
    create = {"Create": index("alike", "tenant")}
    request = {"TableName": "words", "AttributeDefinitions": [TENANT], "GlobalSecondaryIndexUpdates": [create]}
    message = "Attempting to create an index which already exists"
    assert refusal(dynamodb.update_table, **request)[1] == message


def test_removing_a_global_index_keeps_the_attributes_of_a_vector_index(dynamodb: Any) -> None:
    options = {"attributes": {"tenant": "S"}, "GlobalSecondaryIndexes": [index("by-tenant", "tenant")]}
    make_vector_table(dynamodb, "words", vector_index("alike", "tenant:INLINE_FILTER"), **options)
    dynamodb.update_table(TableName="words", GlobalSecondaryIndexUpdates=[{"Delete": {"IndexName": "by-tenant"}}])
    put(dynamodb, "words", "a", 1, 0, tenant={"S": "t"})
    assert keys(dynamodb, "words", 1, 0, **where("tenant = :t", t="t")) == ["a"]


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ({"embedding": embedded(1)}, "Invalid size for parameter embedding, Expected: 2, Actual: 1"),
        ({"embedding": {"S": "1"}}, "Invalid type for parameter embedding, Expected: L, Actual: S"),
        (
            {"embedding": {"L": [{"N": "1"}, {"BOOL": True}]}},
            "Invalid type for parameter embedding[1], Expected: N, Actual: BOOL",
        ),
        ({"tenant": {"N": "1"}}, "Type mismatch for Index Key tenant Expected: S Actual: N"),
        ({"year": {"S": "1"}}, "Type mismatch for Index Key year Expected: N Actual: S"),
    ],
)
def test_every_way_to_write_refuses_what_does_not_fit(dynamodb: Any, attributes: dict[str, Any], reason: str) -> None:
    indexes = vector_index("alike", "tenant:HASH", "year:INLINE_FILTER")
    make_vector_table(dynamodb, "words", indexes, attributes={"tenant": "S", "year": "N"})
    item = {"pk": {"S": "a"}, **attributes}
    ((name, value),) = attributes.items()
    change = {
        "TableName": "words",
        "Key": {"pk": {"S": "a"}},
        "UpdateExpression": "SET #n = :v",
        "ExpressionAttributeNames": {"#n": name},
        "ExpressionAttributeValues": {":v": value},
    }
    writes = [
        (dynamodb.put_item, {"TableName": "words", "Item": item}),
        (dynamodb.update_item, change),
        (dynamodb.batch_write_item, {"RequestItems": {"words": [{"PutRequest": {"Item": item}}]}}),
        (
            dynamodb.execute_statement,
            {"Statement": f"INSERT INTO words VALUE {{'pk': 'a', '{name}': ?}}", "Parameters": [value]},
        ),
    ]
    found = [refusal(call, **request) for call, request in writes]
    assert {code for code, _ in found} == {"ValidationException"}
    assert all(reason in message and "IndexName: alike" in message for _, message in found)
    for action in ({"Put": {"TableName": "words", "Item": item}}, {"Update": change}):
        with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as cancelled:
            dynamodb.transact_write_items(TransactItems=[action])
        (why,) = cancelled.value.response["CancellationReasons"]
        assert reason in why["Message"]
    assert dynamodb.scan(TableName="words")["Items"] == []


def test_an_index_follows_every_change_of_an_item(aws: Any, dynamodb: Any) -> None:
    indexes = vector_index("alike", "tenant:HASH", "year:INLINE_FILTER", DistanceFunction="EUCLIDEAN")
    make_vector_table(dynamodb, "words", indexes, attributes={"tenant": "S", "year": "N"})
    put(dynamodb, "words", "a", 1, 0, tenant={"S": "t"})

    def change(expression: str, **values: Any) -> None:
        given = {"ExpressionAttributeValues": {f":{name}": value for name, value in values.items()}} if values else {}
        names = {"ExpressionAttributeNames": {"#year": "year"}} if "#year" in expression else {}
        request = {"TableName": "words", "Key": {"pk": {"S": "a"}}, "UpdateExpression": expression}
        dynamodb.update_item(**request, **given, **names)

    def scores(tenant: str, **more: Any) -> list[float]:
        options = {**where("tenant = :t", t=tenant), **more}
        return [found["Score"] for found in search(dynamodb, "words", 0, 0, **options)["SearchResults"]]

    assert scores("t") == [1.0]
    change("SET embedding[1] = :n", n={"N": "1"})
    assert scores("t") == [pytest.approx(2**0.5)]
    change("SET tenant = :t", t={"S": "u"})
    assert (scores("t"), scores("u")) == ([], [pytest.approx(2**0.5)])
    change("SET #year = :y", y={"N": "7"})
    filtered = {
        "SearchConditionExpression": "tenant = :t AND #year = :y",
        "ExpressionAttributeNames": {"#year": "year"},
        "ExpressionAttributeValues": {":t": {"S": "u"}, ":y": {"N": "7"}},
    }
    assert len(scores("u", **filtered)) == 1
    change("SET title = :t", t={"S": "Snow"})
    assert search(dynamodb, "words", 0, 0, **where("tenant = :t", t="u"))["SearchResults"][0]["Item"]["title"] == {
        "S": "Snow"
    }
    change("REMOVE tenant")
    assert scores("u") == []
    change("SET tenant = :t REMOVE embedding", t={"S": "u"})
    assert scores("u") == []
    put(dynamodb, "words", "a", 3, 4, tenant={"S": "u"})
    assert scores("u") == [5.0]
    dynamodb.delete_item(TableName="words", Key={"pk": {"S": "a"}})
    assert scores("u") == []
    assert described(dynamodb, "words")[0]["ItemCount"] == 0
