"""PynamoDB's models: indexes, conditions, versions, batches, transactions, expiry."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    NumberSetAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
    VersionAttribute,
)
from pynamodb.connection import Connection
from pynamodb.exceptions import DeleteError, DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection, LocalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactGet, TransactWrite

BEGUN = datetime(2026, 3, 1, tzinfo=UTC)


class Address(MapAttribute):
    street = UnicodeAttribute()
    number = NumberAttribute(null=True)


class ByState(GlobalSecondaryIndex):
    class Meta:
        index_name = "by-state"
        projection = AllProjection()

    state = UnicodeAttribute(hash_key=True)
    amount = NumberAttribute(range_key=True)


class ByAmount(LocalSecondaryIndex):
    class Meta:
        index_name = "by-amount"
        projection = KeysOnlyProjection()

    customer = UnicodeAttribute(hash_key=True)
    amount = NumberAttribute(range_key=True)


@pytest.fixture
def orders(aws: Any) -> Any:
    """A model of orders, with its table."""

    class Order(Model):
        class Meta:
            table_name = "orders"
            host = aws.endpoint
            region = aws.region
            aws_access_key_id = aws.account
            aws_secret_access_key = "test"
            billing_mode = "PAY_PER_REQUEST"
            max_retry_attempts = 0

        customer = UnicodeAttribute(hash_key=True)
        number = NumberAttribute(range_key=True)
        state = UnicodeAttribute(default="open")
        amount = NumberAttribute(default=0)
        is_gift = BooleanAttribute(default=False)
        tags = UnicodeSetAttribute(null=True)
        sizes = NumberSetAttribute(null=True)
        lines: Any = ListAttribute(default=list)
        address = Address(null=True)
        raw = BinaryAttribute(null=True, legacy_encoding=False)
        extra = JSONAttribute(null=True)
        created = UTCDateTimeAttribute(default=BEGUN)
        expires = TTLAttribute(null=True)
        version = VersionAttribute()
        by_state = ByState()
        by_amount = ByAmount()

    Order.create_table(wait=True)
    return Order


def test_models_keep_their_values(orders: Any) -> None:
    order = orders(
        "ann",
        1,
        amount=12.5,
        is_gift=True,
        tags={"new", "gift"},
        sizes={1, 2.5},
        lines=[{"sku": "lamp"}, 3, None],
        address=Address(street="Main St", number=4),
        raw=b"\x00\xff",
        extra={"a": [1]},
        expires=timedelta(days=9000),
    )
    order.save()
    found = orders.get("ann", 1, consistent_read=True)
    assert (found.amount, found.is_gift, found.tags, found.sizes) == (12.5, True, {"new", "gift"}, {1, 2.5})
    assert (found.address.street, found.address.number) == ("Main St", 4)
    assert (found.lines[1:], found.lines[0]["sku"]) == ([3, None], "lamp")
    assert (found.raw, found.extra, found.created, found.version) == (b"\x00\xff", {"a": [1]}, BEGUN, 1)
    assert found.expires == order.expires
    assert orders.exists()
    with pytest.raises(DoesNotExist):
        orders.get("ann", 2)


def test_versions_refuse_stale_writers(orders: Any) -> None:
    orders("ann", 1).save()
    mine, theirs = orders.get("ann", 1), orders.get("ann", 1)
    theirs.update(actions=[orders.state.set("paid")])
    assert theirs.version == 2
    mine.state = "lost"
    with pytest.raises(PutError) as refused:
        mine.save()
    assert refused.value.cause_response_code == "ConditionalCheckFailedException"
    with pytest.raises(UpdateError):
        mine.update(actions=[orders.state.set("lost")])
    with pytest.raises(DeleteError):
        mine.delete()
    mine.refresh()
    assert (mine.state, mine.version) == ("paid", 2)
    mine.delete()
    assert orders.count("ann") == 0


def test_updates_and_conditions(orders: Any) -> None:
    order = orders("ann", 1, amount=10, tags={"a"}, lines=[1], address=Address(street="x"))
    order.save(orders.number.does_not_exist())
    with pytest.raises(PutError):
        orders("ann", 1).save(orders.number.does_not_exist())
    order.update(
        actions=[
            orders.amount.set(orders.amount + 5),
            orders.tags.add({"b"}),
            orders.lines.set(orders.lines.append([2])),
            orders.address.street.set("y"),
            orders.is_gift.remove(),
        ],
        condition=(orders.amount < 11) & orders.tags.contains("a") & (orders.address.street == "x"),
    )
    assert (order.amount, order.tags, order.lines, order.address.street) == (15, {"a", "b"}, [1, 2], "y")
    with pytest.raises(UpdateError):
        order.update(actions=[orders.amount.set(1)], condition=orders.state.is_in("paid", "sent"))


def test_queries_scans_and_indexes(orders: Any) -> None:
    with orders.batch_write() as batch:
        for number in range(40):
            batch.save(orders("bob", number, amount=100 - number, state="paid" if number % 4 else "open"))
    some = orders.query("bob", orders.number.between(10, 19), orders.state == "open", scan_index_forward=False)
    assert [order.number for order in some] == [16, 12]
    assert [order.number for order in orders.by_state.query("open", ByState.amount > 90)] == [8, 4, 0]
    assert [order.number for order in orders.by_amount.query("bob", limit=2)] == [39, 38]
    pages = orders.query("bob", limit=15, page_size=4)
    assert len(list(pages)) == 15
    rest = orders.query("bob", last_evaluated_key=pages.last_evaluated_key)
    assert next(rest).number == 15
    assert orders.count("bob", orders.number < 5) == 5
    assert orders.by_state.count("paid") == 30
    scanned = [order for segment in (0, 1) for order in orders.scan(segment=segment, total_segments=2, page_size=7)]
    assert len(scanned) == 40
    keys = [("bob", 1), ("bob", 2), ("bob", 99)]
    assert sorted(order.number for order in orders.batch_get(keys)) == [1, 2]
    with orders.batch_write() as batch:
        for order in scanned:
            batch.delete(order)
    assert orders.count() == 0


def test_transactions(orders: Any, aws: Any) -> None:
    connection = Connection(
        region=aws.region,
        host=aws.endpoint,
    )
    connection.session.set_credentials(aws.account, "test")
    orders("ann", 1, amount=10).save()
    with TransactWrite(connection=connection, client_request_token="once") as transaction:
        transaction.save(orders("ann", 2), condition=orders.number.does_not_exist())
        transaction.update(orders("ann", 3), actions=[orders.amount.set(7)])
    with pytest.raises(TransactWriteError) as refused, TransactWrite(connection=connection) as transaction:
        transaction.condition_check(orders, "ann", 1, condition=orders.amount > 50)
        transaction.save(orders("ann", 4))
    reasons = refused.value.cancellation_reasons
    assert [reason and reason.code for reason in reasons] == ["ConditionalCheckFailed", None]
    with TransactGet(connection=connection) as transaction:
        first, third = transaction.get(orders, "ann", 1), transaction.get(orders, "ann", 3)
    assert (first.get().amount, third.get().amount, third.get().version) == (10, 7, 1)
    assert orders.count("ann") == 3


def test_tables_of_models(orders: Any, aws: Any) -> None:
    expiry = aws.client("dynamodb").describe_time_to_live(TableName="orders")["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    described = orders.describe_table()
    assert described["TableStatus"] == "ACTIVE"
    assert [index["IndexName"] for index in described["GlobalSecondaryIndexes"]] == ["by-state"]
    orders.delete_table()
    assert not orders.exists()
