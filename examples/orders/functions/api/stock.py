"""PUT and GET /stock/{sku}: how many of an article there are."""

import os

import boto3
from http_answers import Refused, answering, body_of

stock = boto3.resource("dynamodb").Table(os.environ["STOCK_TABLE"])


def keep_stock(event):
    sku = event["pathParameters"]["sku"]
    if event["requestContext"]["http"]["method"] == "PUT":
        available = body_of(event).get("available")
        if type(available) is not int or available < 0:
            raise Refused(400, "available is a number from 0 on.")
        stock.put_item(Item={"sku": sku, "available": available})
        return 200, {"sku": sku, "available": available}
    item = stock.get_item(Key={"sku": sku}, ConsistentRead=True).get("Item")
    if item is None:
        raise Refused(404, f"There is no article {sku}.")
    return 200, item


handler = answering(keep_stock)
