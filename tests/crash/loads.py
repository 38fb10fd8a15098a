"""What the clients of a concurrent history do, and what they note of it."""

import asyncio
import itertools
import random
import time
from typing import Any

from crash.cluster import Client, Lost
from crash.linearizability import Operation
from crash.registers import State
from crash.serializability import ListTransaction

REGISTERS = "registers"
LISTS = ("lists-a", "lists-b")
INDEX = "by-group"
STILL = frozenset(f"still-{number}" for number in range(400))
"""Items among the registers that nobody changes, so that an index takes some time to make."""
_CONFLICTS = frozenset({"None", "ConditionalCheckFailed", "TransactionConflict"})


class Journal:
    """What all clients noted."""

    def __init__(self) -> None:
        self.registers: dict[str, list[Operation]] = {}
        self.transactions: list[ListTransaction] = []
        self.balances: list[dict[str, int]] = []
        self.strange: list[str] = []
        """Answers that are wrong by themselves."""
        self.answered = 0
        self.refused = 0
        self.unknown = 0
        self.undecided: list[tuple[Client, Operation]] = []
        """Operations whose connection died since the last kill."""
        self.more = asyncio.Event()
        """Set with each answer."""

    def note(self, *, is_refusal: bool = False) -> None:
        """Something was answered."""
        self.answered += 1
        self.refused += is_refusal
        self.more.set()


def _key(name: str) -> dict[str, Any]:
    return {"pk": {"S": name}}


class RegisterLoad:
    """Conditional writes and consistent reads of single items; a few at a time, each for a while."""

    _OPERATIONS = 120
    _KEYS = 6

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._values = itertools.count(1)
        self._names = (f"r{number}" for number in itertools.count())
        self._left: dict[str, int] = {}
        self._seen: dict[str, str] = {}

    async def open(self, client: Client) -> None:
        puts = [{"PutRequest": {"Item": _register(name, str(number))}} for number, name in enumerate(sorted(STILL))]
        for start in range(0, len(puts), 25):
            await client.require("BatchWriteItem", {"RequestItems": {REGISTERS: puts[start : start + 25]}})

    async def step(self, client: Client) -> None:
        name = self._choose_name()
        kind = random.choice(
            ("get", "get", "put", "put if absent", "exchange", "exchange", "add", "add", "delete", "delete if")
        )
        await client.ready()
        operation = Operation(kind, self._argument(kind, name), time.perf_counter(), client=client.number)
        self._journal.registers.setdefault(name, []).append(operation)
        call, request = self._request(kind, name, operation.argument)
        try:
            code, reply = await client.ask(call, {"TableName": REGISTERS, **request})
        except Lost:
            self._journal.unknown += 1
            self._journal.undecided.append((client, operation))
            return
        returned = time.perf_counter()
        if code not in ("", "ConditionalCheckFailedException"):
            self._journal.strange.append(f"{kind} of {name}: {reply}")
            return
        shown = reply.get("Item") or reply.get("Attributes")
        operation.result = (not code, self._state(name, shown))
        operation.returned = returned
        self._journal.note(is_refusal=bool(code))

    def _choose_name(self) -> str:
        while len(self._left) < self._KEYS:
            self._left[next(self._names)] = self._OPERATIONS
        name = random.choice(list(self._left))
        self._left[name] -= 1
        if not self._left[name]:
            del self._left[name]
        return name

    def _argument(self, kind: str, name: str) -> Any:
        if kind in ("get", "delete"):
            return None
        if kind == "add":
            return random.randrange(1, 5)
        if kind == "delete if":
            return self._seen.get(name, "0")
        value = str(next(self._values))
        return (self._seen.get(name, "0"), value) if kind == "exchange" else value

    def _request(self, kind: str, name: str, argument: Any) -> tuple[str, dict[str, Any]]:
        shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        if kind == "get":
            return "GetItem", {"Key": _key(name), "ConsistentRead": True}
        if kind in ("put", "put if absent"):
            request = {"Item": _register(name, argument), "ReturnValues": "ALL_OLD"}
            absent = {"ConditionExpression": "attribute_not_exists(pk)", **shown}
            return "PutItem", {**request, **(absent if kind == "put if absent" else {})}
        if kind in ("delete", "delete if"):
            condition = {"ConditionExpression": "v = :v", "ExpressionAttributeValues": {":v": {"S": argument}}, **shown}
            request = {"Key": _key(name), "ReturnValues": "ALL_OLD"}
            return "DeleteItem", {**request, **(condition if kind == "delete if" else {})}
        if kind == "add":
            change = {"UpdateExpression": "ADD n :n", "ExpressionAttributeValues": {":n": {"N": str(argument)}}}
            return "UpdateItem", {"Key": _key(name), "ReturnValues": "ALL_NEW", **change}
        expected, value = argument
        change = {
            "UpdateExpression": "SET v = :v, g = :g",
            "ConditionExpression": "v = :old",
            "ExpressionAttributeValues": {":v": {"S": value}, ":g": {"S": _group(value)}, ":old": {"S": expected}},
        }
        return "UpdateItem", {"Key": _key(name), "ReturnValues": "ALL_NEW", **change, **shown}

    def _state(self, name: str, item: dict[str, Any] | None) -> State:
        if item is None:
            return None
        value = item["v"]["S"] if "v" in item else None
        if item["pk"] != {"S": name} or item.get("g") != ({"S": _group(value)} if value else None):
            self._journal.strange.append(f"parts of different items: {item}")
        if value:
            self._seen[name] = value
        return value, int(item["n"]["N"])


def _register(name: str, value: str) -> dict[str, Any]:
    return {**_key(name), "v": {"S": value}, "g": {"S": _group(value)}, "n": {"N": "0"}}


def _group(value: str) -> str:
    return f"g{int(value) % 7}"


def final_registers(journal: Journal, items: list[dict[str, Any]], invoked: float, returned: float) -> None:
    """Note what the table of registers holds at the end as a read of each."""
    found = {
        item["pk"]["S"]: (item["v"]["S"] if "v" in item else None, int(item["n"]["N"]))
        for item in items
        if item["pk"]["S"] not in STILL
    }
    for name, operations in journal.registers.items():
        operations.append(Operation("get", None, invoked, returned, (True, found.get(name))))
    for name in found.keys() - journal.registers.keys():
        journal.strange.append(f"nobody wrote the item {name}")


class ListLoad:
    """Transactions that append to some lists and look at others, over two tables."""

    _APPENDS = 40
    _KEYS = 7

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._values = itertools.count(1)
        self._names = (f"l{number}" for number in itertools.count())
        self._left: dict[str, int] = {}
        self._lengths: dict[str, int] = {}
        """How long each list was when it was last seen."""

    async def step(self, client: Client) -> None:
        way = random.choice(
            (self._read_one, self._read_many, self._read_many, self._append_one, self._write_many, self._write_many)
            + (self._read_then_write,) * 3
            + (self._refused,)
        )
        await way(client)

    async def _read_one(self, client: Client) -> None:
        (name,) = self._choose(1)
        request = {"TableName": table_of(name), "Key": _key(name), "ConsistentRead": True}
        transaction = await self._begin(client)
        reply = await self._send(client, transaction, "GetItem", request)
        if reply is not None:
            transaction.reads[name] = self._list(name, reply.get("Item"))

    async def _read_many(self, client: Client, count: int | None = None) -> ListTransaction:
        names = self._choose(count or random.randrange(2, 6))
        gets = [{"Get": {"TableName": table_of(name), "Key": _key(name)}} for name in names]
        transaction = await self._begin(client)
        reply = await self._send(client, transaction, "TransactGetItems", {"TransactItems": gets})
        if reply is not None:
            for name, response in zip(names, reply["Responses"], strict=True):
                transaction.reads[name] = self._list(name, response.get("Item"))
        return transaction

    async def _append_one(self, client: Client) -> None:
        (name,) = self._choose(1)
        values = self._new_values(name)
        transaction = await self._begin(client)
        transaction.appends[name] = values
        request = {**_append(name, values, None), "ReturnValues": "ALL_NEW"}
        reply = await self._send(client, transaction, "UpdateItem", request)
        if reply is not None:
            after = self._list(name, reply["Attributes"])
            if after[-len(values) :] != values:
                self._journal.strange.append(f"{name} after {values} were appended: {after}")
            transaction.reads[name] = after[: -len(values)]

    async def _write_many(self, client: Client) -> None:
        names = self._choose(random.randrange(1, 5))
        checked = [name for name in names if random.random() < 0.3]
        await self._write(client, names[:1] + [name for name in names[1:] if name not in checked], checked)

    async def _read_then_write(self, client: Client) -> None:
        """What applications do to change several items on grounds of others."""
        read = await self._read_many(client, random.randrange(2, 4))
        if read.outcome != "committed":
            return
        names = list(read.reads)
        written = names[: random.randrange(1, len(names))]
        checked = [name for name in names if name not in written or random.random() < 0.5]
        await self._write(client, written, checked, {name: len(seen) for name, seen in read.reads.items()})

    async def _refused(self, client: Client) -> None:
        names = self._choose(3)
        await self._write(client, names[:2], names[2:], {names[2]: 1_000_000})

    async def _write(
        self, client: Client, written: list[str], checked: list[str], lengths: dict[str, int] | None = None
    ) -> None:
        known = lengths or self._lengths
        transaction = await self._begin(client)
        actions = []
        for name in written:
            values = transaction.appends[name] = self._new_values(name)
            actions.append({"Update": _append(name, values, known.get(name, 0) if name in checked else None)})
        for name in checked:
            transaction.lengths[name] = known.get(name, 0)
            if name not in written:
                actions.append({"ConditionCheck": _check(name, known.get(name, 0))})
        request: dict[str, Any] = {"TransactItems": actions}
        if random.random() < 0.5:
            request["ClientRequestToken"] = f"token-{next(self._values)}"
        names = [*written, *(name for name in checked if name not in written)]
        refusal = await self._send_write(client, transaction, request)
        if refusal is not None:
            transaction.lengths = {}
            self._note_refusal(transaction, names, refusal)

    async def _send_write(self, client: Client, transaction: ListTransaction, request: dict[str, Any]) -> Any:
        """Send a transaction; with a token until there is an answer. Returns the error when it was cancelled."""
        is_repeated = False
        while True:
            try:
                code, reply = await client.ask("TransactWriteItems", request)
            except Lost:
                self._journal.unknown += not is_repeated
                is_repeated = True
                if "ClientRequestToken" not in request:
                    return None
                client.move()
                continue
            if code == "TransactionCanceledException" and is_repeated:
                return None  # the first attempt, whose outcome is unknown, may yet happen
            if code not in ("", "TransactionCanceledException"):
                self._journal.strange.append(f"TransactWriteItems: {reply}")
                return None
            transaction.returned = time.perf_counter()
            transaction.outcome = "aborted" if code else "committed"
            self._journal.note(is_refusal=bool(code))
            return reply if code else None

    def _note_refusal(self, transaction: ListTransaction, names: list[str], error: dict[str, Any]) -> None:
        reasons = error["CancellationReasons"]
        codes = {reason["Code"] for reason in reasons}
        if len(reasons) != len(names) or not codes <= _CONFLICTS or codes == {"None"}:
            self._journal.strange.append(f"TransactWriteItems: {error}")
            return
        for name, reason in zip(names, reasons, strict=True):
            if reason["Code"] == "ConditionalCheckFailed":
                transaction.reads[name] = self._list(name, reason.get("Item"))

    async def _send(self, client: Client, transaction: ListTransaction, operation: str, request: dict[str, Any]) -> Any:
        """Send what is never refused. Returns None when the outcome is unknown."""
        try:
            code, reply = await client.ask(operation, request)
        except Lost:
            self._journal.unknown += 1
            return None
        if code:
            if code != "TransactionCanceledException" or "TransactionConflict" not in str(reply):
                self._journal.strange.append(f"{operation}: {reply}")
            transaction.outcome = "aborted"
            return None
        transaction.returned = time.perf_counter()
        transaction.outcome = "committed"
        self._journal.note()
        return reply

    async def _begin(self, client: Client) -> ListTransaction:
        await client.ready()
        transaction = ListTransaction(time.perf_counter(), client=client.number)
        self._journal.transactions.append(transaction)
        return transaction

    def _choose(self, count: int) -> list[str]:
        while len(self._left) < self._KEYS:
            self._left[next(self._names)] = self._APPENDS
        return random.sample(list(self._left), count)

    def _new_values(self, name: str) -> tuple[int, ...]:
        if name in self._left:
            self._left[name] -= 1
            if not self._left[name]:
                del self._left[name]
        return tuple(next(self._values) for _ in range(random.choice((1, 1, 1, 2))))

    def _list(self, name: str, item: dict[str, Any] | None) -> tuple[int, ...]:
        if item is None:
            return ()
        values = list_in(item)
        if item["n"] != {"N": str(len(values))} or item["pk"] != {"S": name}:
            self._journal.strange.append(f"parts of different items: {item}")
        self._lengths[name] = len(values)
        return values


def table_of(name: str) -> str:
    """The table that a list is in."""
    return LISTS[int(name[1:]) % 2]


def list_in(item: dict[str, Any]) -> tuple[int, ...]:
    return tuple(int(value["N"]) for value in item["l"]["L"])


def _append(name: str, values: tuple[int, ...], length: int | None) -> dict[str, Any]:
    new = [{"N": str(value)} for value in values]
    given: dict[str, Any] = {":new": {"L": new}, ":none": {"L": []}, ":count": {"N": str(len(values))}}
    update = {
        "TableName": table_of(name),
        "Key": _key(name),
        "UpdateExpression": "SET l = list_append(if_not_exists(l, :none), :new) ADD n :count",
        "ExpressionAttributeValues": given,
    }
    return update if length is None else {**update, **_condition(length, given)}


def _check(name: str, length: int) -> dict[str, Any]:
    return {"TableName": table_of(name), "Key": _key(name), **_condition(length, {})}


def _condition(length: int, given: dict[str, Any]) -> dict[str, Any]:
    """That a list has a length. Both are needed: AWS refuses an empty `ExpressionAttributeValues`."""
    shown = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    if not length:
        return {"ConditionExpression": "attribute_not_exists(n)", **shown}
    values = {**given, ":length": {"N": str(length)}}
    return {"ConditionExpression": "n = :length", "ExpressionAttributeValues": values, **shown}


class BankLoad:
    """Transfers between accounts in two tables; their sum never changes."""

    ACCOUNTS = tuple(f"a{number}" for number in range(6))
    START = 100

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    async def open(self, client: Client) -> None:
        puts = [
            {"Put": {"TableName": table_of(name), "Item": {**_key(name), "b": {"N": str(self.START)}}}}
            for name in self.ACCOUNTS
        ]
        await client.require("TransactWriteItems", {"TransactItems": puts})

    async def step(self, client: Client) -> None:
        try:
            if random.random() < 0.5:
                await self._transfer(client)
            else:
                await self._read(client)
        except Lost:
            self._journal.unknown += 1

    async def _transfer(self, client: Client) -> None:
        source, target = random.sample(self.ACCOUNTS, 2)
        amount = {":x": {"N": str(random.randrange(1, 60))}}
        take = {
            "UpdateExpression": "SET b = b - :x",
            "ConditionExpression": "b >= :x",
            "ExpressionAttributeValues": amount,
        }
        give = {"UpdateExpression": "SET b = b + :x", "ExpressionAttributeValues": amount}
        actions = [
            {"Update": {"TableName": table_of(name), "Key": _key(name), **change}}
            for name, change in ((source, take), (target, give))
        ]
        code, reply = await client.ask("TransactWriteItems", {"TransactItems": actions})
        if code not in ("", "TransactionCanceledException"):
            self._journal.strange.append(f"transfer: {reply}")
        self._journal.note(is_refusal=bool(code))

    async def _read(self, client: Client) -> None:
        gets = [{"Get": {"TableName": table_of(name), "Key": _key(name)}} for name in self.ACCOUNTS]
        code, reply = await client.ask("TransactGetItems", {"TransactItems": gets})
        if not code:
            responses = zip(self.ACCOUNTS, reply["Responses"], strict=True)
            self._journal.balances.append({name: int(response["Item"]["b"]["N"]) for name, response in responses})
        elif "TransactionConflict" not in str(reply):
            self._journal.strange.append(f"reading the accounts: {reply}")
        self._journal.note()
