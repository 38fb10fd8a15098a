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


def wrong_records(shards: list[list[Item]], items: list[Item], key: str) -> Iterator[str]:
    """Where a stream isn't the story of its table: one record for each change of an item, in order, up to the end.

    `shards` are the records of each shard, parents before their children; `items` are the items of the table now.
    """
    yield from _wrong_numbers(shards)
    current: dict[str, str | None] = {}
    for record in (record for shard in shards for record in shard):
        change = record["dynamodb"]
        name = _text(change["Keys"][key])
        before, after = (_text(change[image]) if image in change else None for image in ("OldImage", "NewImage"))
        if before != current.get(name):
            yield f"{name}: record {change['SequenceNumber']} follows on {current.get(name)} but begins with {before}"
        if before == after:
            yield f"{name}: record {change['SequenceNumber']} changes nothing"
        kind = "INSERT" if before is None else "REMOVE" if after is None else "MODIFY"
        if record["eventName"] != kind:
            yield f"{name}: record {change['SequenceNumber']} is called {record['eventName']}, not {kind}"
        current[name] = after
    present = {_text(item[key]): _text(item) for item in items}
    for name in present.keys() | current.keys():
        if present.get(name) != current.get(name):
            yield f"{name}: the stream ends with {current.get(name)}, the table has {present.get(name)}"


def _wrong_numbers(shards: list[list[Item]]) -> Iterator[str]:
    seen: set[str] = set()
    for shard in shards:
        last = ""
        for record in shard:
            number = record["dynamodb"]["SequenceNumber"]
            if (len(number), number) <= (len(last), last):
                yield f"record {number} comes after {last}"
            last = number
            for identity in (number, record["eventID"]):
                if identity in seen:
                    yield f"two records are {identity}"
                seen.add(identity)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
