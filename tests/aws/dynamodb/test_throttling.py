"""Throughput as a limit: `SEREIN_THROTTLING=on`."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from serein.testing import ServerProcess
from tests.aws.dynamodb.conftest import index, make_table, refusal
from tests.aws.dynamodb.realistic import RAW, THROTTLING
from tests.conftest import Aws

OF_TABLE = (
    "ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for the table was exceeded. Consider increasing your provisioning "
    "level with the UpdateTable API.",
)
OF_INDEX = (
    "ProvisionedThroughputExceededException",
    "The level of configured provisioned throughput for one or more global secondary indexes of the table was "
    "exceeded. Consider increasing your provisioning level for the under-provisioned global secondary indexes with the "
    "UpdateTable API",
)
MAXIMUM = ("ThrottlingException", "Throughput exceeds the maximum OnDemandThroughput configured on table or index")
KEY = {"pk": {"S": "1"}}


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = ServerProcess(tmp_path_factory.mktemp("data"), THROTTLING)
    yield server.endpoint
    server.stop()


@pytest.fixture
def slow(endpoint: str) -> Aws:
    return Aws(endpoint)


@pytest.fixture
def client(slow: Aws) -> Any:
    return slow.client("dynamodb", config=RAW)


def units(read: int = 1, write: int = 1) -> dict[str, int]:
    return {"ReadCapacityUnits": read, "WriteCapacityUnits": write}


def provisioned(client: Any, read: int = 1, write: int = 1, **options: Any) -> str:
    return make_table(client, "orders", BillingMode="PROVISIONED", ProvisionedThroughput=units(read, write), **options)


def times(call: Any, **request: Any) -> int:
    """How often a call succeeds until it is throttled."""
    for count in range(2000):
        try:
            call(**request)
        except ClientError as error:
            assert "Throttling" in error.response["Error"]["Code"] or "Exceeded" in error.response["Error"]["Code"]
            return count
    raise AssertionError("never throttled")


def put(client: Any, **more: Any) -> int:
    return times(client.put_item, TableName="orders", Item={**KEY, **more})


def test_writes_are_held_to_what_was_provisioned(slow: Aws, client: Any) -> None:
    arn = provisioned(client, write=5)
    assert put(client) == 5
    with pytest.raises(ClientError) as refused:
        client.put_item(TableName="orders", Item=KEY)
    assert (refused.value.response["Error"]["Code"], refused.value.response["Error"]["Message"]) == OF_TABLE
    assert refused.value.response["ThrottlingReasons"] == [
        {"reason": "TableWriteProvisionedThroughputExceeded", "resource": arn}
    ]
    slow.advance(1)
    assert put(client) == 5
    slow.advance(2)
    values = {"ExpressionAttributeValues": {":n": {"N": "1"}}}
    update = {"TableName": "orders", "Key": KEY, "UpdateExpression": "SET n = :n", **values}
    assert times(client.update_item, **update) == 10
    slow.advance(1)
    assert times(client.delete_item, TableName="orders", Key=KEY) == 5
    insert = {"Statement": "INSERT INTO orders VALUE {'pk': 'x'}"}
    assert refusal(client.execute_statement, **insert) == OF_TABLE
    never = {"ConditionExpression": "attribute_exists(n)"}
    assert refusal(client.put_item, TableName="orders", Item=KEY, **never) == OF_TABLE


def test_what_isn_t_used_is_kept_for_five_minutes(slow: Aws, client: Any) -> None:
    provisioned(client, write=2)
    assert put(client) == 2
    slow.advance(3600)
    assert put(client) == 600


def test_large_items_cost_more_and_are_made_up_for(slow: Aws, client: Any) -> None:
    provisioned(client, read=1, write=10)
    assert put(client, text={"S": "x" * 20_000}) == 1
    slow.advance(0.9)
    assert refusal(client.put_item, TableName="orders", Item=KEY) == OF_TABLE
    slow.advance(0.2)
    client.put_item(TableName="orders", Item={"pk": {"S": "2"}})
    get = {"TableName": "orders", "Key": KEY, "ConsistentRead": True}
    assert times(client.get_item, **get) == 1
    slow.advance(2.8)
    assert refusal(client.get_item, **get) == OF_TABLE
    slow.advance(0.2)
    client.get_item(**get)


def test_reads_of_all_kinds_are_held_to_what_was_provisioned(slow: Aws, client: Any) -> None:
    provisioned(client, read=2, write=50)
    client.put_item(TableName="orders", Item=KEY)
    get = {"TableName": "orders", "Key": KEY}
    query = {
        "TableName": "orders",
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": "1"}},
    }
    select = {"Statement": "SELECT * FROM orders WHERE pk = '1'"}
    reads = (
        (client.get_item, get),
        (client.query, query),
        (client.scan, {"TableName": "orders"}),
        (client.execute_statement, select),
    )
    for call, request in reads:
        slow.advance(400)
        assert times(call, **request) == 1200
        assert refusal(call, **request) == OF_TABLE
        break
    for call, request in reads[1:]:
        assert refusal(call, **request) == OF_TABLE
    slow.advance(1)
    for call, request in reads:
        call(**request)
    assert refusal(client.get_item, **get) == OF_TABLE


def test_a_global_index_that_can_t_follow_holds_up_writes(slow: Aws, client: Any) -> None:
    by_g = {**index("by-g", "g"), "ProvisionedThroughput": units(1, 1)}
    arn = provisioned(client, write=50, attributes={"g": "S"}, GlobalSecondaryIndexes=[by_g])
    assert put(client, g={"S": "a"}) == 50, "an entry that stays the same costs the index nothing"
    slow.advance(300)
    for number in range(300):
        client.put_item(TableName="orders", Item={"pk": {"S": f"new {number}"}, "g": {"S": "b"}})
    with pytest.raises(ClientError) as refused:
        client.put_item(TableName="orders", Item={"pk": {"S": "more"}, "g": {"S": "b"}})
    error = refused.value.response
    assert (error["Error"]["Code"], error["Error"]["Message"]) == OF_INDEX
    assert error["ThrottlingReasons"] == [
        {"reason": "IndexWriteProvisionedThroughputExceeded", "resource": f"{arn}/index/by-g"}
    ]
    client.put_item(TableName="orders", Item={"pk": {"S": "not in the index"}})


def test_global_indexes_are_read_with_units_of_their_own(slow: Aws, client: Any) -> None:
    by_g = {**index("by-g", "g"), "ProvisionedThroughput": units(1, 5)}
    provisioned(client, read=5, write=5, attributes={"g": "S"}, GlobalSecondaryIndexes=[by_g])
    client.put_item(TableName="orders", Item={**KEY, "g": {"S": "a"}})
    assert times(client.scan, TableName="orders", IndexName="by-g") == 2
    assert refusal(client.scan, TableName="orders", IndexName="by-g") == OF_INDEX
    client.get_item(TableName="orders", Key=KEY)


def test_batches_leave_what_exceeds_the_throughput(slow: Aws, client: Any) -> None:
    provisioned(client, read=1, write=4)
    writes = [{"PutRequest": {"Item": {"pk": {"S": str(number)}}}} for number in range(10)]
    assert client.batch_write_item(RequestItems={"orders": writes})["UnprocessedItems"] == {"orders": writes[4:]}
    assert refusal(client.batch_write_item, RequestItems={"orders": writes}) == OF_TABLE
    keys = [write["PutRequest"]["Item"] for write in writes]
    wanted = {"orders": {"Keys": keys, "ConsistentRead": True}}
    reply = client.batch_get_item(RequestItems=wanted)
    assert len(reply["Responses"]["orders"]) == 1
    assert reply["UnprocessedKeys"] == {"orders": {"Keys": keys[1:], "ConsistentRead": True}}
    assert refusal(client.batch_get_item, RequestItems=wanted) == OF_TABLE
    slow.advance(1)
    statements = [{"Statement": f"SELECT * FROM orders WHERE pk = '{number}'"} for number in range(3)]
    answers = client.batch_execute_statement(Statements=statements)["Responses"]
    assert [answer.get("Error", {}).get("Code") for answer in answers] == [None, None, "ProvisionedThroughputExceeded"]


def test_transactions_are_cancelled_for_want_of_throughput(slow: Aws, client: Any) -> None:
    provisioned(client, read=2, write=2)

    def write(number: int) -> dict[str, Any]:
        return {"Put": {"TableName": "orders", "Item": {"pk": {"S": str(number)}}}}

    def cancelled(call: Any, **request: Any) -> list[Any]:
        with pytest.raises(client.exceptions.TransactionCanceledException) as refused:
            call(**request)
        return [reason["Code"] for reason in refused.value.response["CancellationReasons"]]

    exceeded = "ProvisionedThroughputExceeded"
    assert cancelled(client.transact_write_items, TransactItems=[write(1), write(2)]) == ["None", exceeded]
    client.transact_write_items(TransactItems=[write(1)])
    assert cancelled(client.transact_write_items, TransactItems=[write(2)]) == [exceeded]
    insert = {"Statement": "INSERT INTO orders VALUE {'pk': 'x'}"}
    assert cancelled(client.execute_transaction, TransactStatements=[insert]) == [exceeded]
    get = [{"Get": {"TableName": "orders", "Key": KEY}}]
    client.transact_get_items(TransactItems=get)
    assert cancelled(client.transact_get_items, TransactItems=get) == [exceeded]
    select = {"Statement": "SELECT * FROM orders WHERE pk = '1'"}
    assert cancelled(client.execute_transaction, TransactStatements=[select]) == [exceeded]


def test_on_demand_tables_are_held_to_their_maximum(slow: Aws, client: Any) -> None:
    most = {"MaxReadRequestUnits": 1, "MaxWriteRequestUnits": 3}
    arn = make_table(client, "orders", OnDemandThroughput=most)
    assert put(client) == 3
    with pytest.raises(ClientError) as refused:
        client.put_item(TableName="orders", Item=KEY)
    error = refused.value.response
    assert (error["Error"]["Code"], error["Error"]["Message"]) == MAXIMUM
    assert error["throttlingReasons"] == [{"reason": "TableWriteMaxOnDemandThroughputExceeded", "resource": arn}]
    with pytest.raises(client.exceptions.TransactionCanceledException) as cancelled:
        client.transact_write_items(TransactItems=[{"Put": {"TableName": "orders", "Item": KEY}}])
    assert cancelled.value.response["CancellationReasons"][0]["Code"] == "ThrottlingError"
    client.update_table(TableName="orders", OnDemandThroughput={"MaxWriteRequestUnits": -1})
    slow.advance(1)
    for _ in range(50):
        client.put_item(TableName="orders", Item=KEY)
    assert times(client.get_item, TableName="orders", Key=KEY, ConsistentRead=True) == 2


def test_more_throughput_helps_at_once(slow: Aws, client: Any) -> None:
    provisioned(client, write=1)
    assert put(client) == 1
    client.update_table(TableName="orders", ProvisionedThroughput=units(1, 100))
    slow.advance(0.5)
    assert put(client) == 50


def test_conditions_that_fail_are_paid_for(slow: Aws, client: Any) -> None:
    provisioned(client, write=50)
    client.put_item(TableName="orders", Item={**KEY, "text": {"S": "x" * 4000}})
    slow.advance(1)
    never = {"ConditionExpression": "attribute_not_exists(pk)"}
    code = "ConditionalCheckFailedException"
    assert refusal(client.put_item, TableName="orders", Item=KEY, **never)[0] == code
    assert refusal(client.delete_item, TableName="orders", Key=KEY, **never)[0] == code
    missing = {"pk": {"S": "2"}}
    exists = {"ConditionExpression": "attribute_exists(pk)"}
    assert refusal(client.update_item, TableName="orders", Key=missing, **exists)[0] == code
    update = "UPDATE orders SET n = 1 WHERE pk = '1' AND n = 2"
    assert refusal(client.execute_statement, Statement=update)[0] == code
    answer = client.batch_execute_statement(Statements=[{"Statement": update}])["Responses"][0]
    assert answer["Error"]["Code"] == "ConditionalCheckFailed"
    assert times(client.delete_item, TableName="orders", Key=missing) == 100 - 4 - 4 * 4 - 1
