#!/usr/bin/env python3
"""Drives the order service and checks what it answers. Standard library only.

    python drive.py [URL]

URL is the stack's output ApiUrl; without it, the Serein server at AWS_ENDPOINT_URL (or http://127.0.0.1:4566) is asked
for it.
"""

import concurrent.futures
import http.client
import json
import os
import sys
import time
import uuid
from urllib.parse import urlsplit
from xml.etree import ElementTree

PATIENCE_SECONDS = 60
FINAL = ("CONFIRMED", "REJECTED", "CANCELLED")


class Api:
    def __init__(self, url):
        self.url = urlsplit(url.rstrip("/"))

    def __call__(self, method, path, body=None, customer="", **headers):
        # Why: `*.localhost` is this machine by definition, but not every system's resolver knows.
        host = "127.0.0.1" if self.url.hostname.endswith(".localhost") else self.url.hostname
        kind = http.client.HTTPSConnection if self.url.scheme == "https" else http.client.HTTPConnection
        connection = kind(host, self.url.port, timeout=PATIENCE_SECONDS)
        sent = {"Host": self.url.netloc, "content-type": "application/json"}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        if customer:
            sent["x-user-id"] = customer
        try:
            connection.request(method, self.url.path + path, json.dumps(body) if body is not None else None, sent)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        finally:
            connection.close()


def find_url():
    endpoint = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "http://127.0.0.1:4566"))
    connection = http.client.HTTPConnection(endpoint.hostname, endpoint.port, timeout=10)
    region, key = os.environ.get("AWS_REGION", "us-east-1"), os.environ.get("AWS_ACCESS_KEY_ID", "test")
    scope = f"Credential={key}/20260101/{region}/cloudformation/aws4_request"
    headers = {
        "authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=none",
        "content-type": "application/x-www-form-urlencoded",
    }
    try:
        connection.request("POST", "/", "Action=DescribeStacks&Version=2010-05-15", headers)
        answer = ElementTree.fromstring(connection.getresponse().read())
    except (OSError, ElementTree.ParseError) as error:
        sys.exit(f"No server at {endpoint.geturl()} ({error}). Is `serein up examples/orders` running?")
    for output in answer.iterfind(".//{*}Outputs/{*}member"):
        if output.findtext("{*}OutputKey") == "ApiUrl":
            return output.findtext("{*}OutputValue")
    return sys.exit(f"The application is not deployed at {endpoint.geturl()}. Give the API's URL as an argument.")


def check(what, is_so, seen=None):
    print(f"{'ok    ' if is_so else 'FAILED'} {what}")
    if not is_so:
        sys.exit(f"       saw {seen}")


def settled(api, customer, order_id):
    """The order once it has been processed."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        status, order = api("GET", f"/orders/{order_id}", customer=customer)
        if status == 200 and order["status"] in FINAL:
            return order
        time.sleep(0.1)
    return sys.exit(f"Order {order_id} was not processed within {PATIENCE_SECONDS} s.")


def drive(api):
    """Go through the whole of the service with customers and articles of this run."""
    run = uuid.uuid4().hex[:8]
    alice, bob, mug, hat = f"alice-{run}", f"bob-{run}", f"mug-{run}", f"hat-{run}"
    check("stock is kept", api("PUT", f"/stock/{mug}", {"available": 30})[0] == 200)
    api("PUT", f"/stock/{hat}", {"available": 1})
    order = create_once(api, alice, mug, hat, key=run)
    follow(api, alice, bob, order)
    buy_at_once(api, bob, mug, hat, run)
    print("Everything as it should be.")


def create_once(api, customer, mug, hat, key):
    """An order is made once, whatever is sent; what makes no sense is refused."""
    check("a caller without a name is refused", api("GET", "/orders")[0] == 401)
    status, answer = api("POST", "/orders", {"lines": []}, customer)
    check("an empty order is refused", status == 400, answer)
    lines = {"lines": [{"sku": mug, "quantity": 2, "price_cents": 1250}]}
    status, order = api("POST", "/orders", lines, customer, idempotency_key=key)
    check("an order is created", status == 201 and order["status"] == "PENDING", order)
    status, again = api("POST", "/orders", lines, customer, idempotency_key=key)
    check("the same request makes no second order", status == 200 and again["order_id"] == order["order_id"], again)
    other = {"lines": [{"sku": hat, "quantity": 1, "price_cents": 1}]}
    status, answer = api("POST", "/orders", other, customer, idempotency_key=key)
    check("the same key for another order is refused", status == 422, answer)
    return order["order_id"]


def follow(api, customer, stranger, order_id):
    """An order is processed, gets its receipt, ships and arrives."""
    order = settled(api, customer, order_id)
    check("the order is confirmed", order["status"] == "CONFIRMED" and order["total_cents"] == 2500, order)
    path = f"/orders/{order_id}"
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (receipt := api("GET", f"{path}/receipt", customer=customer))[0] == 404 and time.monotonic() < deadline:
        time.sleep(0.1)
    check("there is a receipt", receipt[0] == 200 and receipt[1]["total_cents"] == 2500, receipt)
    check("others do not see the order", api("GET", path, customer=stranger)[0] == 404)
    check("an order can't skip a status", api("PUT", path, {"status": "DELIVERED"}, customer)[0] == 409)
    for status, what in (("SHIPPED", "it ships"), ("DELIVERED", "it arrives")):
        check(what, api("PUT", path, {"status": status}, customer)[1].get("status") == status)


def buy_at_once(api, customer, mug, hat, run):
    """Many orders at the same moment, each sent twice: nothing is sold twice, nothing is lost."""
    costly = {"lines": [{"sku": mug, "quantity": 1, "price_cents": 99_999_999}]}
    order = settled(api, customer, api("POST", "/orders", costly, customer)[1]["order_id"])
    check("an order over the limit is declined", order["reason"] == "PAYMENT_DECLINED", order)

    def buy(number):
        lines = [{"sku": mug, "quantity": 1, "price_cents": 100}]
        if number in (3, 13):
            lines.append({"sku": hat, "quantity": 1, "price_cents": 1})
        sent = [api("POST", "/orders", {"lines": lines}, customer, idempotency_key=f"{run}-{number}") for _ in "12"]
        return {answer["order_id"] for status, answer in sent if status in (200, 201)}

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        bought = list(pool.map(buy, range(20)))
    check("20 orders, each sent twice, are 20 orders", all(len(made) == 1 for made in bought), bought)
    results = [settled(api, customer, made.pop())["status"] for made in bought]
    check("of two orders for the one hat one was confirmed", results.count("CONFIRMED") == 19, results)
    left = api("GET", f"/stock/{mug}")[1]["available"]
    check("the stock is right", left == 30 - 2 - 19, left)

    seen, after = [], ""
    while after is not None:
        _, page = api("GET", f"/orders?limit=8{f'&after={after}' if after else ''}", customer=customer)
        seen += page["orders"]
        after = page.get("after")
    check("the caller's orders come in pages", len(seen) == 21, len(seen))


if __name__ == "__main__":
    drive(Api(sys.argv[1] if len(sys.argv) > 1 else find_url()))
