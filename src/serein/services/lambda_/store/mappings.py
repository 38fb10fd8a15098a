"""Rows of event source mappings and of how far each has read."""

import json
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.database import Row, Transaction
from serein.kernel.scope import Scope
from serein.services.lambda_.errors import ResourceNotFoundException

_SELECT = (
    "SELECT m.id, m.account, m.region, m.function_name, m.function_arn, m.source_arn, m.is_enabled, m.settings, m.tags,"
    " m.modified_at, s.transition, s.transition_until, s.last_result, m.receiver"
    " FROM lambda_mappings m JOIN lambda_mapping_states s ON s.mapping_id = m.id"
)
NOTHING_YET = "No records processed"
DELETING = "Deleting"


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
    transition: str = ""
    """The state that it passes through until `transition_until`: `Creating`, `Updating`, `Deleting`, …"""
    transition_until: float = 0.0
    last_result: str = NOTHING_YET
    receiver: str = ""
    """The operation that takes the batches, `service.Operation`, of a mapping that is another service's."""

    @property
    def source(self) -> str:
        """The service that the events come from."""
        return self.source_arn.split(":")[2]

    def state_at(self, now: float) -> str:
        """AWS's word for the state."""
        if self.transition and now < self.transition_until:
            return self.transition
        return "Enabled" if self.is_enabled else "Disabled"

    def is_gone_at(self, now: float) -> bool:
        """Whether its deletion is over."""
        return self.transition == DELETING and self.transition_until <= now

    def polls_like(self, other: "Mapping") -> bool:
        """Whether a poller of the other mapping does what one of this would."""
        return (self.function_arn, self.settings) == (other.function_arn, other.settings)


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
        row[10],
        row[11],
        row[12],
        row[13],
    )


def append_mapping(tx: Transaction, mapping: Mapping) -> bool:
    """Add a mapping; False when there is one for the same function and source."""
    is_new = tx.run(
        "INSERT INTO lambda_mappings (id, account, region, function_name, function_arn, source_arn, is_enabled,"
        " settings, tags, modified_at, receiver) VALUES (:id, :account, :region, :name, :function_arn, :source_arn,"
        " :is_enabled, :settings, :tags, :modified_at, :receiver) ON CONFLICT DO NOTHING",
        **_values(mapping),
        receiver=mapping.receiver,
        account=mapping.scope.account,
        region=mapping.scope.region,
        source_arn=mapping.source_arn,
    )
    if is_new:
        tx.run(
            "INSERT INTO lambda_mapping_states (mapping_id, transition, transition_until, last_result, owner,"
            " owned_until) VALUES (:id, :transition, :until, :last_result, '', 0)",
            id=mapping.id,
            transition=mapping.transition,
            until=mapping.transition_until,
            last_result=mapping.last_result,
        )
    return bool(is_new)


def update_mapping(tx: Transaction, mapping: Mapping) -> None:
    tx.run(
        "UPDATE lambda_mappings SET function_name = :name, function_arn = :function_arn, is_enabled = :is_enabled,"
        " settings = :settings, tags = :tags, modified_at = :modified_at WHERE id = :id",
        **_values(mapping),
    )


def begin_transition(tx: Transaction, mapping_id: str, transition: str, until: float) -> None:
    """Have a mapping pass through a state until a moment."""
    tx.run(
        "UPDATE lambda_mapping_states SET transition = :transition, transition_until = :until WHERE mapping_id = :id",
        id=mapping_id,
        transition=transition,
        until=until,
    )


def update_result(tx: Transaction, mapping_id: str, result: str) -> None:
    """Keep what a mapping's latest batch came to."""
    tx.run(
        "UPDATE lambda_mapping_states SET last_result = :result WHERE mapping_id = :id", id=mapping_id, result=result
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
    """A function's mapping, or None."""
    row = tx.one(f"{_SELECT} WHERE m.id = :id AND m.receiver = ''", id=mapping_id)
    return None if row is None else _mapping(row)


def find_feed(tx: Transaction, scope: Scope, owner_arn: str) -> Mapping | None:
    """The mapping that another service has for one of its resources, or None."""
    row = tx.one(
        f"{_SELECT} WHERE m.account = :account AND m.region = :region AND m.function_arn = :owner_arn"
        " AND m.receiver <> ''",
        account=scope.account,
        region=scope.region,
        owner_arn=owner_arn,
    )
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


def list_mappings(
    tx: Transaction, scope: Scope, function_arn: str, source_arn: str, after: str, limit: int
) -> list[Mapping]:
    """The mappings of a function, of a source, of both, or all, by their ids."""
    only = ""
    values: dict[str, str] = {}
    if function_arn:
        only, values = only + " AND m.function_arn = :function_arn", values | {"function_arn": function_arn}
    if source_arn:
        only, values = only + " AND m.source_arn = :source_arn", values | {"source_arn": source_arn}
    rows = tx.all(
        f"{_SELECT} WHERE m.account = :account AND m.region = :region AND m.receiver = '' AND m.id > :after{only}"
        " ORDER BY m.id LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
        **values,
    )
    return [_mapping(row) for row in rows]


def mappings_to_keep(tx: Transaction) -> list[Mapping]:
    """Every mapping of every account and region that is enabled or in a transition."""
    return [_mapping(row) for row in tx.all(f"{_SELECT} WHERE m.is_enabled = 1 OR s.transition <> '' ORDER BY m.id")]


def remove_mapping(tx: Transaction, mapping_id: str) -> None:
    tx.run("DELETE FROM lambda_mappings WHERE id = :id", id=mapping_id)
    for table in ("mapping_states", "shard_cursors", "shard_progress"):
        tx.run(f"DELETE FROM lambda_{table} WHERE mapping_id = :id", id=mapping_id)
