"""GET /orders: the caller's orders, a page at a time (`limit`, `after`)."""

import os

import boto3
from boto3.dynamodb.conditions import Key
from http_answers import Refused, answering, caller_of, shown

orders = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def list_orders(event):
    customer = caller_of(event)
    asked = event.get("queryStringParameters", {})
    limit = asked.get("limit", "20")
    if not limit.isdigit() or not 1 <= int(limit) <= 100:
        raise Refused(400, "limit is a number from 1 to 100.")
    query = {"KeyConditionExpression": Key("customer_id").eq(customer), "Limit": int(limit)}
    if "after" in asked:
        query["ExclusiveStartKey"] = {"customer_id": customer, "order_id": asked["after"]}
    page = orders.query(**query)
    body = {"orders": [shown(order) for order in page["Items"]]}
    if "LastEvaluatedKey" in page:
        body["after"] = page["LastEvaluatedKey"]["order_id"]
    return 200, body


handler = answering(list_orders)
