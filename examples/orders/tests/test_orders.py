"""The order service, deployed and driven through its API. Needs `pip install serein`, nothing else."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from drive import Api, drive  # noqa: E402


@pytest.fixture(scope="module")
def stack(serein_module):
    return serein_module.deploy(ROOT, "orders")


@pytest.fixture(scope="module")
def api(stack):
    return Api(stack.outputs["ApiUrl"])


def test_the_driver_is_satisfied(api):
    drive(api)


def test_an_order_is_confirmed_and_the_customer_is_told(serein_module, stack, api):
    api("PUT", "/stock/lamp", {"available": 5})
    lines = {"lines": [{"sku": "lamp", "quantity": 5, "price_cents": 10}]}
    _, order = api("POST", "/orders", lines, "carol")
    serein_module.wait_until_idle()
    _, order = api("GET", f"/orders/{order['order_id']}", customer="carol")
    assert order["status"] == "CONFIRMED"

    receipt = serein_module.client("s3").get_object(
        Bucket=stack.outputs["ReceiptsBucketName"], Key=f"receipts/{order['order_id']}.json"
    )
    assert json.load(receipt["Body"])["total_cents"] == 50

    group = f"/aws/lambda/{stack.outputs['NotifyFunctionName']}"
    logged = serein_module.client("logs").filter_log_events(logGroupName=group, filterPattern=f'"{order["order_id"]}"')
    assert "Your order is confirmed" in logged["events"][0]["message"]


def test_orders_can_be_found_by_status(serein_module, stack, api):
    api("POST", "/orders", {"lines": [{"sku": "nothing", "quantity": 1, "price_cents": 1}]}, "dave")
    serein_module.wait_until_idle()
    found = serein_module.client("dynamodb").query(
        TableName=stack.outputs["OrdersTableName"],
        IndexName="by-status",
        KeyConditionExpression="#s = :s",
        ExpressionAttributeNames={"#s": "status"},
        ExpressionAttributeValues={":s": {"S": "REJECTED"}},
    )
    assert "dave" in [item["customer_id"]["S"] for item in found["Items"]]


def test_a_message_that_makes_no_sense_ends_in_the_dead_letter_queue(serein_module, stack):
    sqs = serein_module.client("sqs")
    sqs.send_message(QueueUrl=stack.resources["OrderQueue"], MessageBody="nonsense")
    for _ in range(6):
        serein_module.wait_until_idle()
        serein_module.clock.advance(61)
    left = sqs.receive_message(QueueUrl=stack.outputs["DeadLetterQueueUrl"])
    assert [message["Body"] for message in left["Messages"]] == ["nonsense"]
