"""The server is killed with SIGKILL while clients are connected: each is owed its `$disconnect`, and none is there."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed

from postgres import postgres_server
from serein.testing import Serein, ServerProcess
from websocket_api import MOCK_OK, WebSocketApi

pytestmark = [pytest.mark.crash, pytest.mark.timeout(300), pytest.mark.xdist_group("crash")]
CLIENTS = 20
PATIENCE = 5
"""Receives that may find nothing: twenty environments start at once."""
ACCOUNT, SETTINGS = "123456789012", {"clock": "system"}
WHO = {"$default": '{"connectionId": "$context.connectionId"}'}
KEEP = """
import boto3, json
def handler(event, context):
    boto3.client('sqs').send_message(QueueUrl='%s', MessageBody=json.dumps(event['requestContext']))
    return {'statusCode': 200}
"""


def chat(session: Serein) -> tuple[WebSocketApi, str]:
    queue: str = session.client("sqs").create_queue(QueueName="left")["QueueUrl"]
    api = WebSocketApi(session)
    api.mock("$default", MOCK_OK, WHO)
    api.proxy("$disconnect", KEEP % queue)
    api.deploy()
    return api, queue


def left(session: Serein, count: int) -> list[dict[str, Any]]:
    sqs, found, in_vain = session.client("sqs"), [], 0
    url = sqs.get_queue_url(QueueName="left")["QueueUrl"]
    while len(found) < count:
        messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=20).get("Messages", [])
        in_vain = 0 if messages else in_vain + 1
        assert in_vain < PATIENCE, f"only {len(found)} of {count} came"
        found += [json.loads(message["Body"]) for message in messages]
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_clients_of_a_killed_server_are_disconnected_once_and_gone(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, SETTINGS)
    session = Serein(server.endpoint, ACCOUNT)
    api, _ = chat(session)
    clients = [api.client() for _ in range(CLIENTS)]
    ids = set()
    opened = [client.__enter__() for client in clients]
    for client in opened:
        ids.add(client.ask("who")["connectionId"])
    server.kill()
    for client in opened:
        with pytest.raises(ConnectionClosed):
            client.text()
    server = ServerProcess(tmp_path, SETTINGS)
    session = Serein(server.endpoint, ACCOUNT)
    told = left(session, CLIENTS)
    assert {each["connectionId"] for each in told} == ids
    assert {each["disconnectStatusCode"] for each in told} == {1006}
    session.wait_until_idle(60)
    api.aws = session
    for connection_id in ids:
        with pytest.raises(ClientError) as error:
            api.management().post_to_connection(ConnectionId=connection_id, Data=b"x")
        assert error.value.response["Error"]["Code"] == "GoneException"
    with api.client() as client:
        assert client.ask("who")["connectionId"] not in ids
    server.stop()


def test_clients_of_a_server_that_stops_hear_good_bye(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, SETTINGS)
    session = Serein(server.endpoint, ACCOUNT)
    api, _ = chat(session)
    with api.client() as client:
        connection_id = client.ask("who")["connectionId"]
        server.stop()
        with pytest.raises(ConnectionClosed) as closed:
            client.text()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
    server = ServerProcess(tmp_path, SETTINGS)
    told = left(Serein(server.endpoint, ACCOUNT), 1)
    assert [(each["connectionId"], each["disconnectStatusCode"]) for each in told] == [(connection_id, 1001)]
    server.stop()


@pytest.mark.postgres
def test_another_server_passes_messages_on_and_sees_to_the_clients_of_one_that_died(tmp_path: Path) -> None:
    with postgres_server() as url:
        settings = {"clock": "virtual", "database": url}
        one, two = (ServerProcess(tmp_path / name, settings) for name in ("one", "two"))
        session, other = Serein(one.endpoint, ACCOUNT), Serein(two.endpoint, ACCOUNT)
        # Why no function: its code is in the first server's folder.
        api = WebSocketApi(session)
        session.client("dynamodb").create_table(
            TableName="left",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        item = '{"TableName": "left", "Item": {"id": {"S": "$context.connectionId"}}}'
        integration = api.integration(
            IntegrationType="AWS",
            IntegrationUri=f"arn:aws:apigateway:{session.region}:dynamodb:action/PutItem",
            RequestTemplates={"$default": item},
        )
        api.mock("$default", MOCK_OK, WHO)
        api.route("$disconnect", integration)
        api.deploy()
        with api.client() as client, api.client() as second:
            connection_id, closed_id = client.ask("who")["connectionId"], second.ask("who")["connectionId"]
            api.aws = other
            management = api.management()
            management.post_to_connection(ConnectionId=connection_id, Data="från en annan".encode())
            assert client.text() == "från en annan"
            shown = management.get_connection(ConnectionId=connection_id)
            assert shown["Identity"]["SourceIp"] == "127.0.0.1" and shown["ConnectedAt"] <= shown["LastActiveAt"]
            management.delete_connection(ConnectionId=closed_id)
            with pytest.raises(ConnectionClosed):
                second.text()
            other.clock.advance(45)
            one.kill()
            other.clock.advance(120)
            told = other.client("dynamodb").scan(TableName="left")["Items"]
            assert {each["id"]["S"] for each in told} == {connection_id, closed_id}
            with pytest.raises(ClientError) as error:
                api.management().post_to_connection(ConnectionId=connection_id, Data=b"x")
            assert error.value.response["Error"]["Code"] == "GoneException"
        two.stop()
