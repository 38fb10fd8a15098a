"""What holds of tables whatever happened to them: sums, indexes that agree with their tables, unbroken streams."""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

Item = dict[str, Any]
"""An item in DynamoDB's JSON."""


def wrong_sums(reads: list[dict[str, int]], total: int) -> Iterator[str]:
    """Reads of all accounts at one moment whose sum isn't what it always is: a transfer was seen in half."""
    for balances in reads:
        if sum(balances.values()) != total:
            yield f"the balances {balances} are {sum(balances.values())} in sum, not {total}"


def wrong_entries(items: list[Item], entries: list[Item], key: str, index_keys: tuple[str, ...]) -> Iterator[str]:
    """Items that have an index's keys and are not in it exactly once, as they are; entries of nothing."""
    wanted = Counter(_text(item) for item in items if all(name in item for name in index_keys))
    found = Counter(_text(entry) for entry in entries)
    for text in wanted.keys() | found.keys():
        if wanted[text] != found[text]:
            name = json.loads(text)[key]
            yield f"{name} should be in the index {wanted[text]} times and is {found[text]} times: {text}"


class Story:
    """What a stream tells of a table: to be one record for each change of an item, in order, up to the end.

    Read all records of a shard before those of its children. Only the last state of each item is kept.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._current: dict[str, str | None] = {}
        self._seen: set[str] = set()
        self._last: dict[str, tuple[int, str]] = {}
        self.records = 0
        self.wrong: list[str] = []

    def read(self, shard: str, record: Item) -> None:
        """Take note of the next record of a shard."""
        self.records += 1
        self._read_number(shard, record)
        change = record["dynamodb"]
        name, number = _text(change["Keys"][self._key]), change["SequenceNumber"]
        before, after = (_text(change[image]) if image in change else None for image in ("OldImage", "NewImage"))
        if before != self._current.get(name):
            self.wrong.append(f"{name}: record {number} follows on {self._current.get(name)} but begins with {before}")
        if before == after:
            self.wrong.append(f"{name}: record {number} changes nothing")
        kind = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
        if record["eventName"] != kind:
            self.wrong.append(f"{name}: record {number} is called {record['eventName']}, not {kind}")
        self._current[name] = after

    def end(self, items: list[Item]) -> list[str]:
        """Compare with the table's items after the last record; returns all that is wrong."""
        present = {_text(item[self._key]): _text(item) for item in items}
        for name in present.keys() | self._current.keys():
            if present.get(name) != self._current.get(name):
                told = self._current.get(name)
                self.wrong.append(f"{name}: the stream ends with {told}, the table has {present.get(name)}")
        return self.wrong

    def _read_number(self, shard: str, record: Item) -> None:
        number = record["dynamodb"]["SequenceNumber"]
        place = (len(number), number)
        if place <= self._last.get(shard, (0, "")):
            self.wrong.append(f"record {number} comes after {self._last[shard][1]}")
        self._last[shard] = place
        for identity in (number, record["eventID"]):
            if identity in self._seen:
                self.wrong.append(f"two records are {identity}")
            self._seen.add(identity)


def wrong_records(shards: list[list[Item]], items: list[Item], key: str) -> Iterator[str]:
    """Where a stream isn't the story of its table: `shards` are the records of each shard, parents first."""
    story = Story(key)
    for shard, records in enumerate(shards):
        for record in records:
            story.read(str(shard), record)
    yield from story.end(items)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
