"""A chat in JavaScript: clients with `ws`, and a function that posts back with AWS's SDK for JavaScript."""

import io
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from client_programs import run_node
from serein.testing import Serein
from websocket_api import LOOPBACK, LOOPED, STAGE, WebSocketApi

pytestmark = pytest.mark.timeout(500)
CHAT = """
import { ApiGatewayManagementApiClient, DeleteConnectionCommand, GoneException, PostToConnectionCommand }
  from "@aws-sdk/client-apigatewaymanagementapi";
import { DynamoDBClient, DeleteItemCommand, PutItemCommand, ScanCommand } from "@aws-sdk/client-dynamodb";

const TableName = "people";
const table = new DynamoDBClient({});

export async function handler(event) {
  const { routeKey, connectionId, domainName, stage } = event.requestContext;
  const client = new ApiGatewayManagementApiClient({ endpoint: `https://${domainName}/${stage}` });
  const people = (await table.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
  const tell = async (message) => Promise.all(people.map(async ({ id }) => {
    try {
      const Data = JSON.stringify(message);
      await client.send(new PostToConnectionCommand({ ConnectionId: id.S, Data }));
    } catch (error) {
      if (!(error instanceof GoneException)) throw error;
    }
  }));
  const name = people.find(({ id }) => id.S === connectionId)?.name.S;
  if (routeKey === "$connect") {
    const wanted = event.queryStringParameters?.name;
    if (!wanted) return { statusCode: 401 };
    await table.send(new PutItemCommand({ TableName, Item: { id: { S: connectionId }, name: { S: wanted } } }));
    return { statusCode: 200, headers: { "Sec-WebSocket-Protocol": "chat" } };
  }
  if (routeKey === "$disconnect") {
    await table.send(new DeleteItemCommand({ TableName, Key: { id: { S: connectionId } } }));
    await tell({ left: name });
  } else if (routeKey === "say") {
    await tell({ from: name, text: JSON.parse(event.body).text });
  } else if (routeKey === "leave") {
    const who = people.find((each) => each.name.S === JSON.parse(event.body).who);
    await client.send(new DeleteConnectionCommand({ ConnectionId: who.id.S }));
  }
  return { statusCode: 200 };
}
"""
SECURE = """
import base64, http.client, os

def handler(event, context):
    connection = http.client.HTTPSConnection(event['host'])
    connection.putrequest('GET', '/dev', skip_accept_encoding=True)
    for name, value in (
        ('Upgrade', 'websocket'), ('Connection', 'Upgrade'), ('Sec-WebSocket-Version', '13'),
        ('Sec-WebSocket-Key', base64.b64encode(os.urandom(16)).decode()),
    ):
        connection.putheader(name, value)
    connection.endheaders()
    socket = connection.sock
    head = b''
    while b'\\r\\n\\r\\n' not in head:
        head += socket.recv(4096)
    socket.sendall(b'\\x81\\x85\\0\\0\\0\\0hello')
    frame = b''
    while len(frame) < 7:
        frame += socket.recv(100)
    return [head.split(b'\\r\\n')[0].decode(), frame[2:].decode()]
"""


def node_function(aws: Serein, code: str) -> str:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("index.mjs", code)
    made: Any = aws.client("lambda").create_function(
        FunctionName="chat",
        Runtime="nodejs20.x",
        Handler="index.handler",
        Role=f"arn:aws:iam::{aws.account}:role/r",
        Code={"ZipFile": packed.getvalue()},
        Timeout=30,
    )
    arn: str = made["FunctionArn"]
    return arn


def test_a_chat_with_ws_and_the_sdk_for_javascript(aws: Serein, tmp_path: Path) -> None:
    aws.client("dynamodb").create_table(
        TableName="people",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    api = WebSocketApi(aws)
    integration = api.integration(IntegrationType="AWS_PROXY", IntegrationUri=api.uri(node_function(aws, CHAT)))
    for key in ("$connect", "$disconnect", "say", "leave"):
        api.route(key, integration)
    api.deploy()
    server = urlsplit(aws.endpoint)
    url = f"ws://{server.netloc}/_aws/execute-api/{api.id}/{STAGE}"
    run_node(Path(__file__).parent / "javascript" / "chat.mjs", tmp_path, {**aws.environment, "CHAT_URL": url})


def test_a_function_connects_by_the_aws_host_name_over_tls(aws: Serein) -> None:
    api = WebSocketApi(aws)
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    function = api.function(SECURE, Timeout=30)
    host = f"{api.id}.execute-api.{aws.region}.amazonaws.com"
    reply = aws.client("lambda").invoke(FunctionName=function, Payload=f'{{"host": "{host}"}}')
    assert reply["Payload"].read() == b'["HTTP/1.1 101 Switching Protocols", "hello"]'
