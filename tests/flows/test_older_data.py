"""Data of older versions is read on from where it was.

From before streams had shards, and mappings a cursor for each; from when items were stored in the order of keys.
"""

import io
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

from serein.testing import Serein, ServerProcess

CODE = """
import boto3
table = boto3.resource("dynamodb").Table("seen")
def handler(event, context):
    for record in event["Records"]:
        table.update_item(Key={"pk": record["dynamodb"]["Keys"]["pk"]["S"]}, UpdateExpression="ADD times :one",
            ExpressionAttributeValues={":one": 1})
"""
BACKWARDS = """
UPDATE dynamodb_streams SET last_sequence =
  (SELECT last_sequence FROM dynamodb_shards WHERE stream_id = dynamodb_streams.id AND number = 0);
DROP TABLE dynamodb_shards;
DELETE FROM applied_schemas WHERE folder = 'dynamodb' AND file = '0004_shards.sql';
CREATE TABLE lambda_cursors (mapping_id TEXT NOT NULL PRIMARY KEY, position TEXT NOT NULL, state TEXT NOT NULL);
INSERT INTO lambda_cursors SELECT mapping_id, position, '{}' FROM lambda_shard_cursors;
DROP TABLE lambda_shard_cursors;
DELETE FROM applied_schemas WHERE folder = 'lambda_' AND file = '0002_shard_cursors.sql';
"""
CLUSTERED = """
ALTER TABLE dynamodb_items RENAME TO items;
CREATE TABLE dynamodb_items (table_id INTEGER NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL, body BLOB NOT NULL,
  size INTEGER NOT NULL, PRIMARY KEY (table_id, pk, sk)) WITHOUT ROWID;
INSERT INTO dynamodb_items SELECT * FROM items;
DROP TABLE items;
ALTER TABLE dynamodb_history RENAME TO history;
CREATE TABLE dynamodb_history (table_id INTEGER NOT NULL, pk BLOB NOT NULL, sk BLOB NOT NULL, seq INTEGER NOT NULL,
  epoch INTEGER NOT NULL, changed_at REAL NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL,
  PRIMARY KEY (table_id, pk, sk, seq)) WITHOUT ROWID;
INSERT INTO dynamodb_history SELECT * FROM history;
DROP TABLE history;
CREATE INDEX dynamodb_history_by_age ON dynamodb_history (table_id, changed_at);
DELETE FROM applied_schemas WHERE folder = 'dynamodb' AND file = '0009_large_rows.sql';
"""


def make_table(session: Serein, name: str, **options: Any) -> None:
    session.client("dynamodb").create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        **options,
    )


def follow(session: Serein, stream_arn: str) -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("index.py", CODE)
    session.client("lambda").create_function(
        FunctionName="follower",
        Runtime="python3.12",
        Role=f"arn:aws:iam::{session.account}:role/follower",
        Handler="index.handler",
        Code={"ZipFile": package.getvalue()},
        Timeout=20,
    )
    session.client("lambda").create_event_source_mapping(
        FunctionName="follower", EventSourceArn=stream_arn, StartingPosition="TRIM_HORIZON"
    )


def put(session: Serein, *keys: str) -> None:
    for key in keys:
        session.resource("dynamodb").Table("told").put_item(Item={"pk": key})
    session.wait_until_idle(60)


def seen(session: Serein) -> dict[str, int]:
    items = session.resource("dynamodb").Table("seen").scan()["Items"]
    return {str(item["pk"]): int(item["times"]) for item in items}


def test_a_stream_of_one_shard_goes_on_and_so_does_who_follows_it(tmp_path: Path) -> None:
    settings = {"clock": "virtual"}
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint)
    make_table(session, "told", StreamSpecification={"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"})
    make_table(session, "seen")
    arn = session.client("dynamodb").describe_table(TableName="told")["Table"]["LatestStreamArn"]
    (first,) = session.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    follow(session, arn)
    put(session, "a", "b")
    account = session.account
    server.kill()
    with sqlite3.connect(tmp_path / "data" / "serein.db") as database:
        database.executescript(BACKWARDS)
        assert json.loads(database.execute("SELECT state FROM lambda_cursors").fetchone()[0]) == {}
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, account)
    put(session, "c")
    assert seen(session) == {"a": 1, "b": 1, "c": 1}
    shards = session.client("dynamodbstreams").describe_stream(StreamArn=arn)["StreamDescription"]["Shards"]
    assert shards[0]["ShardId"] == shards[1]["ParentShardId"] == first["ShardId"]
    session.clock.advance(5 * 3600)
    put(session, "d")
    assert seen(session) == {"a": 1, "b": 1, "c": 1, "d": 1}
    server.stop()


def test_items_and_their_history_are_all_there_in_a_new_order(tmp_path: Path) -> None:
    settings = {"clock": "virtual"}
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint)
    dynamodb = session.client("dynamodb")
    make_table(session, "told")
    dynamodb.update_continuous_backups(
        TableName="told", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    )
    put(session, *(f"k{n}" for n in range(50)))
    session.clock.advance(60)
    before = session.clock.now()
    session.clock.advance(60)
    put(session, "later")
    account = session.account
    server.kill()
    with sqlite3.connect(tmp_path / "data" / "serein.db") as database:
        database.executescript(CLUSTERED)
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, account)
    session.clock.advance(3600)
    items = session.resource("dynamodb").Table("told").scan()["Items"]
    assert {item["pk"] for item in items} == {"later", *(f"k{n}" for n in range(50))}
    session.client("dynamodb").restore_table_to_point_in_time(
        SourceTableName="told", TargetTableName="restored", RestoreDateTime=before
    )
    session.wait_until_idle(60)
    assert len(session.resource("dynamodb").Table("restored").scan()["Items"]) == 50
    server.stop()
