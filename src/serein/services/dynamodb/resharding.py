"""Closing shards when their time has come, and opening what follows them.

Which shards are open is part of the table's definition, which every write reads anyway; so a change of the shards is
one of the definition, in a transaction that no write overlaps.
"""

from functools import partial

import msgspec

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.dynamodb.lineage import Shard, children_of, closes_at, shard_id
from serein.services.dynamodb.store import shards, streams
from serein.services.dynamodb.store.tables import find_table, replace_definition


def next_reshard(tx: Transaction) -> float | None:
    """When the next shard is to be closed, or None."""
    found = (closes_at(shard, len(of_stream)) for of_stream in shards.open_shards(tx).values() for shard in of_stream)
    return min((due for due in found if due is not None), default=None)


def due_streams(tx: Transaction) -> list[int]:
    """The ids of the streams that have shards whose time has come."""
    return [stream_id for stream_id, found in shards.open_shards(tx).items() if _due(found, tx.now)]


def _due(found: list[Shard], now: float) -> list[Shard]:
    return [shard for shard in found if (at := closes_at(shard, len(found))) is not None and at <= now]


def reshard(tx: Transaction, stream_id: int) -> None:
    """Close a stream's shards whose time has come; each is followed by its children."""
    known = shards.shards_of(tx, stream_id)
    left = {shard.number: shard for shard in known if shard.closed_at is None}
    due = _due(list(left.values()), tx.now)
    if not due:
        return
    owner = streams.find_owner(tx, stream_id)
    table = find_table(tx, owner.scope, owner.table_name) if owner is not None else None
    stream = table.stream if table is not None else None
    if owner is None or table is None or stream is None or stream.id != stream_id:
        shards.close_shards(tx, stream_id)
        return
    created_at, newest = msgspec.json.decode(owner.definition)["created_at"], known[-1]
    for shard in due:
        shards.close_shard(tx, stream_id, shard.number)
        children = children_of(shard, shard_id(stream.arn, created_at, shard), len(left), newest, tx.now)
        del left[shard.number]
        for child in children:
            shards.append_shard(tx, stream_id, child)
            left[child.number] = child
        newest = children[-1]
    opened = sorted((shard.low, shard.number) for shard in left.values())
    changed = msgspec.structs.replace(stream, shards=opened)
    replace_definition(tx, msgspec.structs.replace(table.definition, stream=changed))
    tx.wake(f"dynamodb:stream:{stream.arn}")


class Resharder:
    """The worker that does it."""

    name = "dynamodb stream shards"
    topics: tuple[str, ...] = (shards.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._clock = platform.clock

    async def step(self) -> float | None:
        due = await self._database.read(next_reshard)
        while due is not None and due <= self._clock.now():
            for stream_id in await self._database.read(due_streams):
                await self._database.write(partial(reshard, stream_id=stream_id))
            due = await self._database.read(next_reshard)
        return due
