"""PUT /orders/{id}: move one of the caller's orders to another status."""

import os
from datetime import UTC, datetime

import boto3
from botocore.exceptions import ClientError
from http_answers import Refused, answering, body_of, caller_of, shown

orders = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])
COMES_AFTER = {"CANCELLED": "PENDING", "SHIPPED": "CONFIRMED", "DELIVERED": "SHIPPED"}


def update_order(event):
    key = {"customer_id": caller_of(event), "order_id": event["pathParameters"]["id"]}
    status = body_of(event).get("status")
    if status not in COMES_AFTER:
        raise Refused(400, f"status is one of {', '.join(COMES_AFTER)}.")
    try:
        changed = orders.update_item(
            Key=key,
            UpdateExpression="SET #status = :status, updated_at = :now",
            # The condition decides, not what was read before: of two changes at the same moment one wins.
            ConditionExpression="#status = :before",
            ExpressionAttributeNames={"#status": "status"},
            ExpressionAttributeValues={
                ":status": status,
                ":before": COMES_AFTER[status],
                ":now": datetime.now(UTC).isoformat(timespec="milliseconds"),
            },
            ReturnValues="ALL_NEW",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        order = orders.get_item(Key=key, ConsistentRead=True).get("Item")
        if order is None:
            raise Refused(404, "You have no such order.") from None
        raise Refused(409, f"The order is {order['status']}: it can't become {status}.") from None
    return 200, shown(changed["Attributes"])


handler = answering(update_order)
