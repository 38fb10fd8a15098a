"""Rows of event source mappings and of how far each has read."""

import json
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.lambda_.errors import ResourceNotFoundException

_COLUMNS = "id, account, region, function_name, function_arn, source_arn, is_enabled, settings, tags, modified_at"


@dataclass(frozen=True, slots=True)
class Mapping:
    """An event source mapping; `settings` holds its members by their wire names, defaults included."""

    id: str
    scope: Scope
    function_name: str
    function_arn: str
    """Qualified when the mapping names a version or an alias."""
    source_arn: str
    is_enabled: bool
    settings: dict[str, Any] = field(hash=False)
    tags: dict[str, str] = field(hash=False)
    modified_at: float

    @property
    def source(self) -> str:
        """The service that the events come from."""
        return self.source_arn.split(":")[2]


def _mapping(row: Row) -> Mapping:
    return Mapping(
        row[0],
        Scope(row[1], row[2]),
        row[3],
        row[4],
        row[5],
        bool(row[6]),
        json.loads(row[7]),
        json.loads(row[8]),
        row[9],
    )


def append_mapping(tx: Transaction, mapping: Mapping) -> bool:
    """Add a mapping; False when there is one for the same function and source."""
    return bool(
        tx.run(
            f"INSERT INTO lambda_mappings ({_COLUMNS}) VALUES (:id, :account, :region, :name, :function_arn,"
            " :source_arn, :is_enabled, :settings, :tags, :modified_at) ON CONFLICT DO NOTHING",
            **_values(mapping),
            account=mapping.scope.account,
            region=mapping.scope.region,
            source_arn=mapping.source_arn,
        )
    )


def update_mapping(tx: Transaction, mapping: Mapping) -> None:
    tx.run(
        "UPDATE lambda_mappings SET function_name = :name, function_arn = :function_arn, is_enabled = :is_enabled,"
        " settings = :settings, tags = :tags, modified_at = :modified_at WHERE id = :id",
        **_values(mapping),
    )


def _values(mapping: Mapping) -> dict[str, Any]:
    return {
        "id": mapping.id,
        "name": mapping.function_name,
        "function_arn": mapping.function_arn,
        "is_enabled": int(mapping.is_enabled),
        "settings": json.dumps(mapping.settings),
        "tags": json.dumps(mapping.tags),
        "modified_at": mapping.modified_at,
    }


def find_mapping(tx: Transaction, mapping_id: str) -> Mapping | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM lambda_mappings WHERE id = :id", id=mapping_id)
    return None if row is None else _mapping(row)


def require_mapping(tx: Transaction, scope: Scope, mapping_id: str) -> Mapping:
    mapping = find_mapping(tx, mapping_id)
    if mapping is None or mapping.scope != scope:
        raise ResourceNotFoundException("The resource you requested does not exist.", Type="User")
    return mapping


def find_twin(tx: Transaction, mapping: Mapping) -> str | None:
    """The id of the mapping with the same function and source."""
    row = tx.one(
        "SELECT id FROM lambda_mappings WHERE account = :account AND region = :region"
        " AND function_arn = :function_arn AND source_arn = :source_arn",
        account=mapping.scope.account,
        region=mapping.scope.region,
        function_arn=mapping.function_arn,
        source_arn=mapping.source_arn,
    )
    return None if row is None else row[0]


def list_mappings(tx: Transaction, scope: Scope, function_arn: str, source_arn: str) -> list[Mapping]:
    """The mappings of a function, of a source, of both, or all."""
    only = ""
    values: dict[str, str] = {}
    if function_arn:
        only, values = only + " AND function_arn = :function_arn", values | {"function_arn": function_arn}
    if source_arn:
        only, values = only + " AND source_arn = :source_arn", values | {"source_arn": source_arn}
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM lambda_mappings WHERE account = :account AND region = :region{only} ORDER BY id",
        account=scope.account,
        region=scope.region,
        **values,
    )
    return [_mapping(row) for row in rows]


def enabled_mappings(tx: Transaction) -> list[Mapping]:
    """Every enabled mapping of every account and region."""
    return [_mapping(row) for row in tx.all(f"SELECT {_COLUMNS} FROM lambda_mappings WHERE is_enabled = 1 ORDER BY id")]


def remove_mapping(tx: Transaction, mapping_id: str) -> None:
    tx.run("DELETE FROM lambda_mappings WHERE id = :id", id=mapping_id)
    tx.run("DELETE FROM lambda_shard_cursors WHERE mapping_id = :id", id=mapping_id)


def cursors_of(tx: Transaction, mapping_id: str) -> dict[str, str]:
    """How far a mapping has read: sequence numbers by the names of shards.

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


def remove_cursor(tx: Transaction, mapping_id: str, shard: str) -> None:
    """A shard is gone."""
    tx.run("DELETE FROM lambda_shard_cursors WHERE mapping_id = :id AND shard = :shard", id=mapping_id, shard=shard)
