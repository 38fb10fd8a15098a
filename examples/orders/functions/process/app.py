"""Processing orders from the queue: payment, then stock, then the receipt.

A message may come more than once, and a run may die anywhere, so every step can be repeated: the payment is stored
under the order's id and only once; stock, payment and the order's status change in one transaction, which only a
PENDING order allows; the receipt is made from what was stored.
"""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal

import boto3
from botocore.exceptions import ClientError

dynamodb = boto3.resource("dynamodb")
client = dynamodb.meta.client
orders = dynamodb.Table(os.environ["ORDERS_TABLE"])
stock = dynamodb.Table(os.environ["STOCK_TABLE"])
payments = dynamodb.Table(os.environ["PAYMENTS_TABLE"])
s3 = boto3.client("s3")


def handler(event, _context):
    failed = []
    for record in event["Records"]:
        try:
            process(json.loads(record["body"]))
        except Exception as error:  # noqa: BLE001
            # This message comes again, and after five times it goes to the dead-letter queue; the others are done.
            print(json.dumps({"level": "error", "message": record["messageId"], "error": repr(error)}))
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def process(message):
    key = {"customer_id": message["customer_id"], "order_id": message["order_id"]}
    order = orders.get_item(Key=key, ConsistentRead=True)["Item"]
    if order["status"] == "PENDING":
        payment = pay(order)
        if payment["status"] == "DECLINED":
            reject(order, "PAYMENT_DECLINED")
        elif not confirm(order):
            reject(order, "OUT_OF_STOCK")
        order = orders.get_item(Key=key, ConsistentRead=True)["Item"]
    if order["status"] == "CONFIRMED":
        write_receipt(order)
    print(json.dumps({"level": "info", "order": order["order_id"], "status": order["status"]}))


def pay(order):
    """Charge the customer, once: a second attempt finds the first one's result."""
    is_accepted = order["total_cents"] <= int(os.environ["PAYMENT_LIMIT_CENTS"])
    payment = {
        "order_id": order["order_id"],
        "amount_cents": order["total_cents"],
        "status": "CHARGED" if is_accepted else "DECLINED",
    }
    try:
        payments.put_item(Item=payment, ConditionExpression="attribute_not_exists(order_id)")
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        payment = payments.get_item(Key={"order_id": order["order_id"]}, ConsistentRead=True)["Item"]
    return payment


def confirm(order):
    """Take the articles out of stock and confirm, or do nothing; False when something is out of stock."""
    reservations = [
        {
            "Update": {
                "TableName": stock.name,
                "Key": {"sku": line["sku"]},
                "UpdateExpression": "SET available = available - :quantity",
                "ConditionExpression": "available >= :quantity",
                "ExpressionAttributeValues": {":quantity": line["quantity"]},
            }
        }
        for line in order["lines"]
    ]
    reasons = transact([*reservations, moved(order, "CONFIRMED")])
    return not any(reason["Code"] == "ConditionalCheckFailed" for reason in reasons[:-1])


def reject(order, reason):
    """Reject the order and give the money back."""
    refund = {
        "Update": {
            "TableName": payments.name,
            "Key": {"order_id": order["order_id"]},
            "UpdateExpression": "SET #status = :refunded",
            "ConditionExpression": "#status = :charged",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {":refunded": "REFUNDED", ":charged": "CHARGED"},
        }
    }
    refunds = [refund] if reason == "OUT_OF_STOCK" else []
    transact([*refunds, moved(order, "REJECTED", reason)])


def moved(order, status, reason=""):
    """The part of a transaction that moves a PENDING order on."""
    return {
        "Update": {
            "TableName": orders.name,
            "Key": {"customer_id": order["customer_id"], "order_id": order["order_id"]},
            "UpdateExpression": "SET #status = :status, updated_at = :now, reason = :reason",
            "ConditionExpression": "#status = :pending",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":status": status,
                ":pending": "PENDING",
                ":reason": reason,
                ":now": datetime.now(UTC).isoformat(timespec="milliseconds"),
            },
        }
    }


def transact(items):
    """Write all or nothing. Returns why each item was refused, empty when all was written; conflicts are raised."""
    try:
        client.transact_write_items(TransactItems=items)
    except ClientError as error:
        reasons = error.response.get("CancellationReasons", [])
        if not any(reason["Code"] == "ConditionalCheckFailed" for reason in reasons):
            raise
        return reasons
    return []


def write_receipt(order):
    receipt = {
        "order_id": order["order_id"],
        "lines": order["lines"],
        "total_cents": order["total_cents"],
        "confirmed_at": order["updated_at"],
    }
    s3.put_object(
        Bucket=os.environ["RECEIPTS_BUCKET"],
        Key=f"receipts/{order['order_id']}.json",
        Body=json.dumps(receipt, default=plain).encode(),
        ContentType="application/json",
    )


def plain(value):
    if isinstance(value, Decimal):
        return int(value)
    raise TypeError(type(value).__name__)
