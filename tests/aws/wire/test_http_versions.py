"""HTTP/2 without TLS and upgrades, spoken by Node.js, beside the HTTP/1.1 that every other test speaks."""

import json
import shutil
import subprocess
from typing import Any

import pytest

from serein.testing import Serein

HTTP_2 = """
const http2 = require("node:http2");
const [endpoint, target, credential, body] = process.argv.slice(1);
const session = http2.connect(endpoint);
let left = 3;
for (let turn = 0; turn < 3; turn++) {
  const request = session.request({
    ":method": "POST", ":path": "/", "content-type": "application/x-amz-json-1.0", "x-amz-target": target,
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
  });
  let status, received = "";
  request.on("response", (headers) => { status = headers[":status"]; });
  request.setEncoding("utf8").on("data", (chunk) => { received += chunk; });
  request.on("end", () => {
    console.log(JSON.stringify({ status, body: JSON.parse(received) }));
    if (--left === 0) session.close();
  });
  request.end(body);
}
"""
UPGRADE = """
const http = require("node:http");
const request = http.request(process.argv[1], { headers: {
  connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13",
  "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==",
} });
request.on("upgrade", (reply, socket) => { console.log(reply.statusCode); socket.on("close", () => process.exit()); });
request.on("response", (reply) => { console.log(reply.statusCode); process.exit(); });
request.end();
"""


@pytest.fixture
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("Node.js is not installed")
    return found


def run(node: str, script: str, *arguments: str) -> list[Any]:
    ended = subprocess.run([node, "-e", script, *arguments], check=True, capture_output=True, text=True, timeout=30)
    return [json.loads(line) for line in ended.stdout.splitlines()]


def test_an_sdk_that_speaks_http_2_without_tls_is_answered(aws: Serein, node: str) -> None:
    aws.client("sqs").create_queue(QueueName="over-http-2")
    credential = f"{aws.account}/20260101/us-east-1/sqs/aws4_request"
    replies = run(node, HTTP_2, aws.endpoint, "AmazonSQS.GetQueueUrl", credential, '{"QueueName":"over-http-2"}')
    url = f"{aws.endpoint}/{aws.account}/over-http-2"
    assert replies == [{"status": 200, "body": {"QueueUrl": url}}] * 3


def test_a_websocket_that_nobody_serves_is_answered_like_any_request(aws: Serein, node: str) -> None:
    assert run(node, UPGRADE, f"{aws.endpoint}/nothing-here") == [404]
