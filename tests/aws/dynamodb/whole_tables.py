"""What the tests of backups, exports and imports have in common."""

import random
from datetime import UTC, datetime
from typing import Any

Item = dict[str, Any]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def whole_second(aws: Any) -> int:
    """Move on to the next whole second, to which requests can refer."""
    now = aws.clock.now()
    return round(aws.advance(int(now) + 1 - now))


def fill(client: Any, table: str, count: int, size_bytes: int = 10, prefix: str = "item") -> None:
    """Put items with the keys `prefix-0`, `prefix-1`, …"""
    for start in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": f"{prefix}-{at}"}, "text": {"S": "x" * size_bytes}}}}
            for at in range(start, min(start + 25, count))
        ]
        client.batch_write_item(RequestItems={table: puts})


def contents(client: Any, table: str) -> dict[str, Item]:
    """A table's items by partition key."""
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return {item["pk"]["S"]: item for page in pages for item in page["Items"]}


def enable_recovery(client: Any, table: str, **options: Any) -> dict[str, Any]:
    wanted = {"PointInTimeRecoveryEnabled": True, **options}
    reply = client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=wanted)
    described: dict[str, Any] = reply["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return described


def write_something(client: Any, table: str, choose: random.Random) -> None:
    """One write of any kind to one of twelve items, or to several."""
    kind = choose.choice(("put", "put", "update", "update", "delete", "batch", "transact"))
    key = {"pk": {"S": f"item-{choose.randrange(12)}"}}
    item = {**key, "group": {"S": choose.choice("abc")}, "n": {"N": str(choose.randrange(1000))}}
    if kind == "put":
        client.put_item(TableName=table, Item=item)
    elif kind == "update":
        client.update_item(
            TableName=table,
            Key=key,
            UpdateExpression="ADD n :one SET #group = :group",
            ExpressionAttributeNames={"#group": "group"},
            ExpressionAttributeValues={":one": {"N": "1"}, ":group": item["group"]},
        )
    elif kind == "delete":
        client.delete_item(TableName=table, Key=key)
    elif kind == "batch":
        other = {"pk": {"S": f"item-{choose.randrange(12, 16)}"}}
        writes = [{"PutRequest": {"Item": item}}, {"DeleteRequest": {"Key": other}}]
        client.batch_write_item(RequestItems={table: writes})
    else:
        other = {"pk": {"S": f"item-{choose.randrange(12, 16)}"}, "n": {"N": "7"}}
        actions = [{"Delete": {"TableName": table, "Key": key}}, {"Put": {"TableName": table, "Item": other}}]
        client.transact_write_items(TransactItems=actions)
