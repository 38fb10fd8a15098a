"""GET /orders/{id}/receipt: the receipt of one of the caller's orders."""

import json
import os

import boto3
from botocore.exceptions import ClientError
from http_answers import Refused, answering, caller_of

orders = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])
s3 = boto3.client("s3")


def get_receipt(event):
    key = {"customer_id": caller_of(event), "order_id": event["pathParameters"]["id"]}
    if "Item" not in orders.get_item(Key=key, ConsistentRead=True):
        raise Refused(404, "You have no such order.")
    try:
        stored = s3.get_object(Bucket=os.environ["RECEIPTS_BUCKET"], Key=f"receipts/{key['order_id']}.json")
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "AccessDenied"):
            raise
        raise Refused(404, "There is no receipt yet.") from None
    return 200, json.load(stored["Body"])


handler = answering(get_receipt)
