"""POST /orders. With an Idempotency-Key header the same request makes one order, however often it is sent."""

import hashlib
import json
import os
import time
import uuid
from datetime import UTC, datetime

import boto3
from botocore.exceptions import ClientError
from http_answers import Refused, answering, body_of, caller_of, shown

dynamodb = boto3.resource("dynamodb")
orders = dynamodb.Table(os.environ["ORDERS_TABLE"])
idempotency = dynamodb.Table(os.environ["IDEMPOTENCY_TABLE"])
REMEMBERED_SECONDS = 24 * 3600


def create_order(event):
    customer = caller_of(event)
    lines = _lines(body_of(event))
    total = sum(line["quantity"] * line["price_cents"] for line in lines)
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    order = {
        "customer_id": customer,
        "order_id": str(uuid.uuid4()),
        "status": "PENDING",
        "created_at": now,
        "updated_at": now,
        "lines": lines,
        "total_cents": total,
        "request_hash": hashlib.sha256(json.dumps(lines, sort_keys=True).encode()).hexdigest(),
    }
    key = event["headers"].get("idempotency-key")
    if not key:
        orders.put_item(Item=order, ConditionExpression="attribute_not_exists(order_id)")
        return 201, shown(order)
    return _create_once(order, f"{customer}#{key}")


def _create_once(order, key):
    """The order and the note that the key was used are stored together or not at all."""
    note = {"id": key, "order_id": order["order_id"], "expires_at": int(time.time()) + REMEMBERED_SECONDS}
    puts = [
        (idempotency, note, "attribute_not_exists(id)"),
        (orders, order, "attribute_not_exists(order_id)"),
    ]
    try:
        dynamodb.meta.client.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": table.name, "Item": item, "ConditionExpression": condition}}
                for table, item, condition in puts
            ]
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        return _created_before(order, key)
    return 201, shown(order)


def _created_before(order, key):
    note = idempotency.get_item(Key={"id": key}, ConsistentRead=True).get("Item")
    if note is None:
        # Another request with this key was being stored at the same moment: the client may simply try again.
        raise Refused(409, "A request with this Idempotency-Key is under way.")
    place = {"customer_id": order["customer_id"], "order_id": note["order_id"]}
    first = orders.get_item(Key=place, ConsistentRead=True)["Item"]
    if first["request_hash"] != order["request_hash"]:
        raise Refused(422, "This Idempotency-Key was used for another order.")
    return 200, shown(first)


def _lines(body):
    lines = body.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= 20:
        raise Refused(400, "An order has 1 to 20 lines.")
    parsed = []
    for line in lines:
        if not isinstance(line, dict):
            raise Refused(400, "A line is an object with sku, quantity and price_cents.")
        sku, quantity, price = (line.get(name) for name in ("sku", "quantity", "price_cents"))
        if not isinstance(sku, str) or not sku:
            raise Refused(400, "A line's sku is a text.")
        if type(quantity) is not int or not 1 <= quantity <= 1000:
            raise Refused(400, "A line's quantity is a number from 1 to 1000.")
        if type(price) is not int or not 0 <= price <= 100_000_000:
            raise Refused(400, "A line's price_cents is a number from 0 to 100000000.")
        parsed.append({"sku": sku, "quantity": quantity, "price_cents": price})
    if len({line["sku"] for line in parsed}) != len(parsed):
        raise Refused(400, "Each sku stands in one line.")
    return parsed


handler = answering(create_order)
