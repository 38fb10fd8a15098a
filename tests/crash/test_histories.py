"""Concurrent histories under SIGKILL, on both engines: conditional writes are linearizable, transactions strictly
serializable and whole, indexes agree with their tables, and streams tell every change once, in order.

`SEREIN_CRASH_KILLS` sets how many times servers are killed (default 5 for each engine), `SEREIN_CRASH_SEED` what is
random about it.
"""

import asyncio
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crash import registers
from crash.cluster import PATIENCE_SECONDS, Client, Lost, Node, all_items, tell
from crash.invariants import Story, wrong_entries, wrong_sums
from crash.linearizability import find_violation
from crash.loads import INDEX, LISTS, REGISTERS, BankLoad, Journal, ListLoad, RegisterLoad, final_registers, list_in
from crash.serializability import find_anomalies
from postgres import postgres_server

KILLS = int(os.environ.get("SEREIN_CRASH_KILLS", "5"))
CLIENTS = 14
LATE_INDEX = "late"
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180 + 12 * KILLS)]


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres_server() as url:
        yield url


class History:
    """A run of clients against servers that are killed, and all that is to be checked of it."""

    def __init__(self, nodes: list[Node], *, ends_with_server: bool) -> None:
        self.journal = Journal()
        self.nodes = nodes
        self._ends_with_server = ends_with_server
        """Whether nothing that a killed server was asked for can happen later: its database died with it."""
        account = str(random.randrange(10**11, 10**12))
        self._clients = [Client(number, nodes, account) for number in range(CLIENTS)]
        self._admin = Client(0, nodes, account)
        self._bank = BankLoad(self.journal)
        lists = ListLoad(self.journal)
        self._registers = RegisterLoad(self.journal)
        self._loads = [self._registers, self._registers, lists, lists, lists, self._bank]
        self._streams: dict[str, str] = {}
        self._is_over = False
        self.violations: list[str] = []
        self.kills = 0
        self.entries = 0
        self.late_indexes = 0
        self.records = 0

    async def prepare(self) -> None:
        client = self._admin
        for table in (REGISTERS, *LISTS):
            described = await client.require("CreateTable", _table(table))
            self._streams[table] = described["TableDescription"]["LatestStreamArn"]
        await self._registers.open(client)
        await self._bank.open(client)

    async def run(self, kills: int) -> None:
        """Kill servers under load, so many times; look at the index now and then while all is quiet."""
        pauses = max(1, kills // 25)
        while self.kills < kills:
            self._is_over = False
            working = [asyncio.create_task(self._work(client)) for client in self._clients]
            killing = asyncio.create_task(self._kill(min(pauses, kills - self.kills)))
            adding = asyncio.create_task(self._add_late_index())
            await asyncio.wait({killing, *working}, return_when=asyncio.FIRST_COMPLETED)
            self._is_over = True
            self.journal.more.set()
            await asyncio.gather(killing, adding, *working)
            self._admin.close()  # its node may have been killed since it was last asked
            await self._check_indexes()

    async def _work(self, client: Client) -> None:
        while not self._is_over:
            await random.choice(self._loads).step(client)

    async def _kill(self, times: int) -> None:
        for _ in range(times):
            await self._answers(random.randrange(20, 700))
            victims = random.sample(self.nodes, random.randrange(1, len(self.nodes) + 1))
            for node in victims:
                died = await node.kill()
                self.kills += 1
                self._close_unknown(node, died)
            await asyncio.gather(*(node.restart() for node in victims))
            await self._answers(random.randrange(20, 100))

    async def _answers(self, count: int) -> None:
        wanted = self.journal.answered + count
        while self.journal.answered < wanted and not self._is_over:
            self.journal.more.clear()
            await self.journal.more.wait()

    def _close_unknown(self, node: Node, died: float) -> None:
        for client, operation in self.journal.undecided:
            if client.node is node and self._ends_with_server:
                operation.until = died
        self.journal.undecided.clear()

    async def _add_late_index(self) -> None:
        """Add an index to the table that is being written; it is filled in the background, across the kills."""
        await self._answers(random.randrange(10, 200))
        keys = _table(REGISTERS)
        create = {"Create": {**keys["GlobalSecondaryIndexes"][0], "IndexName": LATE_INDEX}}
        definitions = keys["AttributeDefinitions"]
        try:
            await self._admin.require("UpdateTable", _index_change(create, AttributeDefinitions=definitions))
        except Lost:
            self.journal.unknown += 1

    async def _check_indexes(self) -> None:
        """Compare the table with its indexes while all is quiet, and drop the late one again."""
        items = await all_items(self._admin, REGISTERS)
        for index in await self._active_indexes():
            entries = await all_items(self._admin, REGISTERS, index)
            self.violations += [f"{index}: {what}" for what in wrong_entries(items, entries, "pk", ("g", "v"))]
            self.entries += len(entries)
            if index == LATE_INDEX:
                self.late_indexes += 1
                await self._admin.require("UpdateTable", _index_change({"Delete": {"IndexName": LATE_INDEX}}))
                assert await self._active_indexes() == [INDEX]

    async def _active_indexes(self) -> list[str]:
        """The indexes of the registers, once none is being made or dropped any more."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                table = (await self._admin.require("DescribeTable", {"TableName": REGISTERS}))["Table"]
                indexes = table["GlobalSecondaryIndexes"]
                if table["TableStatus"] == "ACTIVE" and all(one["IndexStatus"] == "ACTIVE" for one in indexes):
                    return [one["IndexName"] for one in indexes]

    async def check(self) -> None:
        """Read how everything ended, and judge."""
        client, journal = self._admin, self.journal
        begun = time.perf_counter()
        tables = {table: await all_items(client, table) for table in (REGISTERS, *LISTS)}
        final_registers(journal, tables[REGISTERS], begun, time.perf_counter())
        for table, items in tables.items():
            story = Story("pk")
            await tell(client, self._streams[table], story)
            self.records += story.records
            self.violations += [f"stream of {table}: {what}" for what in story.end(items)]
        for name, operations in journal.registers.items():
            violation = find_violation(operations, registers.apply)
            if violation is not None:
                self.violations.append(f"{name}: {violation}")
        lists = {item["pk"]["S"]: list_in(item) for table in LISTS for item in tables[table] if "l" in item}
        self.violations += map(str, find_anomalies(journal.transactions, lists))
        accounts = {item["pk"]["S"]: int(item["b"]["N"]) for table in LISTS for item in tables[table] if "b" in item}
        total = BankLoad.START * len(BankLoad.ACCOUNTS)
        self.violations += wrong_sums([*journal.balances, accounts], total)
        self.violations += journal.strange
        for one in (self._admin, *self._clients):
            self.violations += one.spoiled
            one.close()

    def summary(self) -> str:
        journal = self.journal
        return (
            f"{self.kills} kills, {journal.answered} operations answered ({journal.refused} refused by a condition), "
            f"{journal.unknown} unknown; {len(journal.registers)} registers, {len(journal.transactions)} transactions, "
            f"{len(journal.balances)} balances, {self.entries} entries of indexes "
            f"({self.late_indexes} made under load) and {self.records} stream records; "
            f"{len(self.violations)} violations"
        )


def _table(name: str) -> dict[str, Any]:
    index = {
        "IndexName": INDEX,
        "KeySchema": [{"AttributeName": "g", "KeyType": "HASH"}, {"AttributeName": "v", "KeyType": "RANGE"}],
        "Projection": {"ProjectionType": "ALL"},
    }
    keys = ("pk", "g", "v") if name == REGISTERS else ("pk",)
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        **({"GlobalSecondaryIndexes": [index]} if name == REGISTERS else {}),
    }


def _index_change(change: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"TableName": REGISTERS, "GlobalSecondaryIndexUpdates": [change], **more}


async def judged(nodes: list[Node], kills: int, *, ends_with_server: bool) -> History:
    history = History(nodes, ends_with_server=ends_with_server)
    await history.prepare()
    await history.run(kills)
    await history.check()
    return history


def start_nodes(count: int, folder: Path, settings: dict[str, str]) -> list[Node]:
    return [Node(folder / f"node-{number}", settings) for number in range(count)]


def judge(nodes: list[Node], name: str, capsys: pytest.CaptureFixture[str], *, ends_with_server: bool) -> None:
    try:
        history = asyncio.run(judged(nodes, KILLS, ends_with_server=ends_with_server))
    finally:
        for node in nodes:
            node.process.stop()
    with capsys.disabled():
        print(f"\n{name}: {history.summary()}")
    assert not history.violations, "\n\n".join(history.violations[:5])


def test_histories_on_the_embedded_engine_have_no_anomaly(tmp_path: Path, capsys: Any) -> None:
    random.seed(os.environ.get("SEREIN_CRASH_SEED"))
    judge(start_nodes(1, tmp_path, {}), "SQLite, 1 server", capsys, ends_with_server=True)


@pytest.mark.postgres
def test_histories_on_two_servers_that_share_a_database_have_no_anomaly(
    tmp_path: Path, postgres_url: str, capsys: Any
) -> None:
    random.seed(os.environ.get("SEREIN_CRASH_SEED"))
    nodes = start_nodes(2, tmp_path, {"database": postgres_url})
    judge(nodes, "PostgreSQL, 2 servers", capsys, ends_with_server=False)
