"""The server is killed with SIGKILL while tables are backed up, restored, exported and imported.

Each goes on after the restart and ends right, although the table has been written all the time.
"""

import gzip
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aws.dynamodb.conftest import index, make_table
from aws.dynamodb.whole_tables import contents, enable_recovery
from postgres import postgres_server
from serein.testing import Serein, ServerProcess

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]
ITEMS = 4000
IMPORTED = 12_000


class Server:
    """A server that is killed and comes back on the same data."""

    def __init__(self, data: Path, settings: dict[str, str]) -> None:
        self.data = data
        self.settings = settings
        self.process = ServerProcess(data, settings)
        self.session = Serein(self.process.endpoint)

    def kill_and_restart(self) -> None:
        self.process.kill()
        self.process = ServerProcess(self.data, self.settings)
        self.session = Serein(self.process.endpoint, account=self.session.account)

    @property
    def dynamodb(self) -> Any:
        return self.session.client("dynamodb")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    if request.param == "sqlite":
        running = Server(tmp_path, {"clock": "system"})
        yield running
        running.process.stop()
        return
    with postgres_server() as url:
        running = Server(tmp_path, {"clock": "system", "database": url})
        yield running
        running.process.stop()


def put_many(client: Any, count: int, text: str) -> None:
    for start in range(0, count, 25):
        puts = [
            {"PutRequest": {"Item": {"pk": {"S": f"item-{at}"}, "group": {"S": str(at % 7)}, "text": {"S": text}}}}
            for at in range(start, start + 25)
        ]
        client.batch_write_item(RequestItems={"orders": puts})


def write_something(client: Any, choose: random.Random) -> None:
    key = {"pk": {"S": f"item-{choose.randrange(ITEMS + 50)}"}}
    if choose.random() < 0.5:
        client.delete_item(TableName="orders", Key=key)
    else:
        client.put_item(TableName="orders", Item={**key, "group": {"S": "changed"}, "text": {"S": "changed"}})


def is_all_done(client: Any, export_arn: str, import_arn: str, table: str) -> bool:
    exported = client.describe_export(ExportArn=export_arn)["ExportDescription"]["ExportStatus"]
    imported = client.describe_import(ImportArn=import_arn)["ImportTableDescription"]["ImportStatus"]
    restored = client.describe_table(TableName=table)["Table"]["TableStatus"]
    return (exported, imported, restored) == ("COMPLETED", "COMPLETED", "ACTIVE")


def exported_items(server: Server, bucket: str, manifest: str) -> list[dict[str, Any]]:
    s3 = server.session.client("s3")

    def read(key: str) -> bytes:
        content: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        return content

    files_key = json.loads(read(manifest))["manifestFilesS3Key"]
    entries = [json.loads(line) for line in read(files_key).splitlines()]
    lines = [line for entry in entries for line in gzip.decompress(read(entry["dataFileS3Key"])).splitlines()]
    assert sum(entry["itemCount"] for entry in entries) == len(lines)
    return [json.loads(line)["Item"] for line in lines]


def test_jobs_go_on_after_kills(server: Server) -> None:
    choose = random.Random(7)
    client = server.dynamodb
    arn = make_table(client, "orders", attributes={"group": "S"}, GlobalSecondaryIndexes=[index("by-group", "group")])
    enable_recovery(client, "orders")
    put_many(client, ITEMS, "x" * 3000)
    before = contents(client, "orders")
    bucket = server.session.unique("exports")
    s3 = server.session.client("s3")
    s3.create_bucket(Bucket=bucket)
    lines = [json.dumps({"Item": {"pk": {"S": f"row-{at}"}, "n": {"N": str(at)}}}) for at in range(IMPORTED)]
    for part in range(3):
        third = lines[part * IMPORTED // 3 : (part + 1) * IMPORTED // 3]
        s3.put_object(Bucket=bucket, Key=f"source/{part}", Body="\n".join(third).encode())

    backup_arn = client.create_backup(TableName="orders", BackupName="backup")["BackupDetails"]["BackupArn"]
    started = client.export_table_to_point_in_time(TableArn=arn, S3Bucket=bucket)["ExportDescription"]
    imported = client.import_table(
        S3BucketSource={"S3Bucket": bucket, "S3KeyPrefix": "source/"},
        InputFormat="DYNAMODB_JSON",
        TableCreationParameters={
            "TableName": "imported",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "BillingMode": "PAY_PER_REQUEST",
        },
    )["ImportTableDescription"]
    kills = 0
    target = ""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for _ in range(choose.randrange(20)):
            write_something(client, choose)
        if kills < 8:
            server.kill_and_restart()
            kills += 1
            client = server.dynamodb
        else:
            server.session.wait_until_idle()
        backup = client.describe_backup(BackupArn=backup_arn)["BackupDescription"]["BackupDetails"]
        if not target and backup["BackupStatus"] == "AVAILABLE":
            target = "restored"
            client.restore_table_from_backup(BackupArn=backup_arn, TargetTableName=target)
        if target and is_all_done(client, started["ExportArn"], imported["ImportArn"], target):
            break
    assert kills >= 2
    server.session.wait_until_idle()

    assert contents(client, "restored") == before
    pages = client.get_paginator("scan").paginate(TableName="restored", IndexName="by-group", Select="COUNT")
    assert sum(page["Count"] for page in pages) == ITEMS
    described = client.describe_export(ExportArn=started["ExportArn"])["ExportDescription"]
    items = exported_items(server, bucket, described["ExportManifest"])
    assert described["ItemCount"] == len(items) == ITEMS
    assert {item["pk"]["S"]: item for item in items} == before
    described = client.describe_import(ImportArn=imported["ImportArn"])["ImportTableDescription"]
    assert described["ProcessedItemCount"] == described["ImportedItemCount"] == IMPORTED
    found = contents(client, "imported")
    assert found == {f"row-{at}": {"pk": {"S": f"row-{at}"}, "n": {"N": str(at)}} for at in range(IMPORTED)}
