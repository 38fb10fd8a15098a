"""The outbox: every order that was stored goes to the queue, every change of status to the topic.

A record that fails is reported, and the stream delivers it and what follows again: both receivers tolerate repeats.
"""

import json
import os

import boto3

sqs = boto3.client("sqs")
sns = boto3.client("sns")


def handler(event, _context):
    for record in event["Records"]:
        try:
            dispatch(record)
        except Exception as error:  # noqa: BLE001
            print(json.dumps({"level": "error", "event": record["eventID"], "error": repr(error)}))
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def dispatch(record):
    new, old = (record["dynamodb"].get(image, {}) for image in ("NewImage", "OldImage"))
    if not new:
        return
    order = {name: new[name]["S"] for name in ("customer_id", "order_id", "status")}
    if record["eventName"] == "INSERT":
        body = {"customer_id": order["customer_id"], "order_id": order["order_id"]}
        sqs.send_message(QueueUrl=os.environ["ORDER_QUEUE_URL"], MessageBody=json.dumps(body))
    elif old["status"]["S"] != order["status"]:
        sns.publish(
            TopicArn=os.environ["STATUS_TOPIC_ARN"],
            Message=json.dumps({**order, "before": old["status"]["S"]}),
            MessageAttributes={"status": {"DataType": "String", "StringValue": order["status"]}},
        )
