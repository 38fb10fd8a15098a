"""GET /orders/{id}: one of the caller's orders."""

import os

import boto3
from http_answers import Refused, answering, caller_of, shown

orders = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def get_order(event):
    key = {"customer_id": caller_of(event), "order_id": event["pathParameters"]["id"]}
    order = orders.get_item(Key=key, ConsistentRead=True).get("Item")
    if order is None:
        raise Refused(404, "You have no such order.")
    return 200, shown(order)


handler = answering(get_order)
