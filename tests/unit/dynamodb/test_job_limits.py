"""How many restores, exports and imports may be under way at once."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest

import serein.services.dynamodb as package
from serein.kernel.call import Call, Platform
from serein.kernel.clock import VirtualClock
from serein.kernel.database import Transaction
from serein.kernel.scope import Caller, Scope
from serein.services.dynamodb.errors import LimitExceededException
from serein.services.dynamodb.jobs.exports import start_export
from serein.services.dynamodb.jobs.imports import start_import
from serein.services.dynamodb.jobs.restores import Source, start_restore
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import tables
from serein.services.dynamodb.store.jobs import NEVER, Job, append_job
from serein.services.dynamodb.tables import TableDefinition
from serein.storage.local_bus import LocalBus
from serein.storage.migrations import migrate
from serein.storage.sqlite import SqliteDatabase

SCOPE = Scope("123456789012", "us-east-1")
CALL = Call(cast(Platform, None), "dynamodb", "", SCOPE, Caller(), "")
TABLE = TableDefinition(
    id=1,
    table_id="id",
    name="orders",
    arn="arn:aws:dynamodb:us-east-1:123456789012:table/orders",
    created_at=1000.0,
    attributes={"pk": "S"},
    key_schema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    billing="PAY_PER_REQUEST",
    recovery_since=1000.0,
)


def restore(tx: Transaction) -> Any:
    return start_restore(tx, CALL, {"TargetTableName": "restored"}, Source(TABLE, 5, 1000.0, None))


def export(tx: Transaction) -> Any:
    return start_export(tx, CALL, {"TableArn": TABLE.arn, "S3Bucket": "bucket"})


def import_(tx: Transaction) -> Any:
    table = {
        "TableName": "imported",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": TABLE.key_schema,
        "BillingMode": "PAY_PER_REQUEST",
    }
    source = {"S3Bucket": "bucket"}
    return start_import(tx, CALL, {"S3BucketSource": source, "InputFormat": "CSV", "TableCreationParameters": table})


def open_job(id: int, kind: str, scope: Scope) -> Job:
    return Job(id, kind, scope, f"arn:{id}", "", 0, 0, True, 1000.0, NEVER, NEVER, 0, Key(b"", b""), "{}")


@pytest.mark.parametrize(
    ("kind", "most", "start"), [("restore", 50, restore), ("export", 300, export), ("import", 50, import_)]
)
def test_one_job_more_than_aws_allows_is_refused(
    tmp_path: Path, kind: str, most: int, start: Callable[[Transaction], Any]
) -> None:
    async def run() -> None:
        clock = VirtualClock(1000.0)
        database = SqliteDatabase(tmp_path / "test.db", clock, LocalBus(clock))
        files = [("dynamodb", path) for path in sorted((Path(package.__path__[0]) / "schema").glob("*.sql"))]

        def prepare(tx: Transaction) -> None:
            migrate(tx, files, database.dialect)
            tables.append_table(tx, SCOPE, TABLE)
            for id in range(10, 10 + most - 1):
                append_job(tx, open_job(id, kind, SCOPE))
            for id in range(1000, 1000 + most):
                append_job(tx, open_job(id, kind, Scope("123456789012", "eu-west-1")))

        try:
            await database.write(prepare)
            await database.write(start)
            with pytest.raises(LimitExceededException, match=f"Only {most} {kind}s"):
                await database.write(lambda tx: start_again(tx, start))
        finally:
            await database.close()

    asyncio.run(run())


def start_again(tx: Transaction, start: Callable[[Transaction], Any]) -> None:
    """Start another; the names that the first took are free again."""
    tx.run("DELETE FROM dynamodb_tables WHERE name <> 'orders'")
    start(tx)
