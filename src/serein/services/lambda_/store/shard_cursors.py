"""Rows that say how far a mapping has read its shards, and what it has in hand of each."""

import json
from typing import Any

from serein.kernel.database import Transaction


def cursors_of(tx: Transaction, mapping_id: str) -> dict[str, str]:
    """How far a mapping has read: positions by the names of shards.

    The empty name is for the first shard of a stream that was read before streams had several.
    """
    return dict(tx.all("SELECT shard, position FROM lambda_shard_cursors WHERE mapping_id = :id", id=mapping_id))


def put_cursor(tx: Transaction, mapping_id: str, shard: str, position: str) -> None:
    tx.run(
        "INSERT INTO lambda_shard_cursors (mapping_id, shard, position) VALUES (:id, :shard, :position)"
        " ON CONFLICT (mapping_id, shard) DO UPDATE SET position = excluded.position",
        id=mapping_id,
        shard=shard,
        position=position,
    )


def progress_of(tx: Transaction, mapping_id: str) -> dict[str, dict[str, Any]]:
    """What a mapping has in hand, by the names of shards."""
    rows = tx.all("SELECT shard, progress FROM lambda_shard_progress WHERE mapping_id = :id", id=mapping_id)
    return {shard: json.loads(progress) for shard, progress in rows}


def put_progress(tx: Transaction, mapping_id: str, shard: str, progress: dict[str, Any]) -> None:
    """Keep what is in hand of a shard; nothing when `progress` is empty."""
    if not progress:
        tx.run(
            "DELETE FROM lambda_shard_progress WHERE mapping_id = :id AND shard = :shard", id=mapping_id, shard=shard
        )
        return
    tx.run(
        "INSERT INTO lambda_shard_progress (mapping_id, shard, progress) VALUES (:id, :shard, :progress)"
        " ON CONFLICT (mapping_id, shard) DO UPDATE SET progress = excluded.progress",
        id=mapping_id,
        shard=shard,
        progress=json.dumps(progress, separators=(",", ":")),
    )


def remove_shard(tx: Transaction, mapping_id: str, shard: str) -> None:
    """A shard is gone."""
    for table in ("cursors", "progress"):
        tx.run(
            f"DELETE FROM lambda_shard_{table} WHERE mapping_id = :id AND shard = :shard", id=mapping_id, shard=shard
        )
