"""The walk that the architecture describes, on both engines: PutItem, stream, function."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from postgres import postgres_server
from serein.testing import Serein, ServerProcess

CODE = """
import boto3
table = boto3.resource("dynamodb").Table("seen")
def handler(event, context):
    for record in event["Records"]:
        value = record["dynamodb"].get("NewImage", {}).get("value", {}).get("S", "")
        table.put_item(Item={"pk": record["eventID"], "name": record["eventName"], "value": value})
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServerProcess]:
    if request.param == "sqlite":
        process = ServerProcess(tmp_path / "data", {"clock": "virtual"})
        yield process
        process.stop()
        return
    with postgres_server() as url:
        process = ServerProcess(tmp_path / "data", {"clock": "virtual", "database": url})
        yield process
        process.stop()


def make_table(session: Serein, name: str, stream: bool) -> str:
    created = session.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        if stream
        else {"StreamEnabled": False},
    )
    return str(created["TableDescription"].get("LatestStreamArn", ""))


def make_function(session: Serein, stream_arn: str) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    lambda_ = session.client("lambda")
    lambda_.create_function(
        FunctionName="walk",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{session.account}:role/walk",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=20,
    )
    lambda_.create_event_source_mapping(
        FunctionName="walk", EventSourceArn=stream_arn, StartingPosition="TRIM_HORIZON", BatchSize=5
    )


def test_an_item_reaches_the_function_behind_its_tables_stream(server: ServerProcess) -> None:
    session = Serein(server.endpoint)
    stream_arn = make_table(session, "walked", stream=True)
    make_table(session, "seen", stream=False)
    make_function(session, stream_arn)
    table = session.resource("dynamodb").Table("walked")
    for number in range(12):
        table.put_item(Item={"pk": f"k{number}", "value": f"v{number}"})
    table.delete_item(Key={"pk": "k0"})
    session.wait_until_idle(60)
    seen = session.resource("dynamodb").Table("seen").scan()["Items"]
    assert sorted(item["value"] for item in seen if item["name"] == "INSERT") == sorted(f"v{n}" for n in range(12))
    assert [item["name"] for item in seen].count("REMOVE") == 1


def test_an_invocation_of_the_walks_function_is_logged(server: ServerProcess) -> None:
    session = Serein(server.endpoint)
    make_table(session, "seen", stream=False)
    make_function(session, make_table(session, "walked", stream=True))
    reply = session.client("lambda").invoke(FunctionName="walk", Payload=json.dumps({"Records": []}))
    assert "FunctionError" not in reply
    session.wait_until_idle()
    events = session.client("logs").filter_log_events(logGroupName="/aws/lambda/walk")["events"]
    assert any(event["message"].startswith("START RequestId:") for event in events)
    assert any(event["message"].startswith("REPORT RequestId:") for event in events)
