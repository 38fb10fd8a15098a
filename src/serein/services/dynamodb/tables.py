"""Tables as they are stored, and what reading and writing items needs to know of them.

A definition is one JSON text in one row. Parsing it is cached by that text, so a change of the table needs no cache to
be told, on this node or another.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import msgspec

from serein.kernel.arn import Arn, find_arn
from serein.kernel.scope import Scope
from serein.services.dynamodb.constraints import broken
from serein.services.dynamodb.destinations import Destination
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.keys import KeySchema
from serein.services.dynamodb.replicas import ReplicaDefinition, Replication
from serein.services.dynamodb.vectors.indexes import VectorIndex, VectorIndexDefinition, parse_vector_index

_NAME = re.compile(r"[a-zA-Z0-9_.-]+", re.ASCII)
JsonDict = dict[str, Any]


class IndexDefinition(msgspec.Struct, omit_defaults=True):
    """A secondary index. `key_schema` and `projection` are in AWS's form."""

    id: int
    name: str
    key_schema: list[dict[str, str]]
    projection: JsonDict
    is_global: bool = False
    throughput: JsonDict | None = None
    on_demand: JsonDict | None = None
    warm: JsonDict | None = None
    is_backfilling: bool = False
    """Whether it is being created: `is_allocating` before it is filled."""
    is_allocating: bool = False
    is_updating: bool = False
    is_leaving: bool = False
    """Whether it is being deleted: neither read nor written any more."""


class StreamDefinition(msgspec.Struct, omit_defaults=True):
    """The stream that a table writes to."""

    id: int
    arn: str
    label: str
    view_type: str
    shards: list[tuple[int, int]] = []
    """The open shards, in the order of their hashes; empty as long as there is only the first. See lineage.py."""


class TableDefinition(msgspec.Struct, omit_defaults=True):
    """Everything that is known of a table but its items. Replaced as a whole, never changed."""

    id: int
    table_id: str
    name: str
    arn: str
    created_at: float
    attributes: dict[str, str]
    key_schema: list[dict[str, str]]
    billing: str = "PROVISIONED"
    on_demand_since: float | None = None
    throughput: JsonDict = {}
    on_demand: JsonDict | None = None
    warm: JsonDict | None = None
    indexes: list[IndexDefinition] = []
    stream: StreamDefinition | None = None
    last_stream: StreamDefinition | None = None
    """The stream that was last switched off: DescribeTable goes on showing it."""
    sse: JsonDict | None = None
    table_class: str | None = None
    is_protected: bool = False
    tags: dict[str, str] = {}
    ttl_attribute: str = ""
    ttl_is_enabled: bool = False
    recovery_since: float | None = None
    recovery_days: int = 35
    epoch: int = 0
    """Counts the snapshots that were cut of the table."""
    holds: list[int] = []
    """The jobs that need the table's history while they run."""
    restored: JsonDict | None = None
    """AWS's RestoreSummary of a table that was restored."""
    status: str = "ACTIVE"
    """`CREATING`, `UPDATING` and `DELETING` are for tables that something is still being done to."""
    replication: Replication | None = None
    """The global table that the table is a replica of."""
    replicated_at: float | None = None
    """When the table was last the source of a new replica."""
    destinations: list[Destination] = []
    """The Kinesis data streams that changes are sent to, or were."""
    may_leave: bool = False
    """Whether the replica may be disassociated: disassociation protection is off."""
    vectors: list[VectorIndexDefinition] = []
    is_encrypting: bool = False
    """Whether encryption is being changed."""
    is_warming: bool = False
    """Whether throughput is being changed."""
    on_demand_switches: list[float] = []
    """When the table was switched to on-demand lately."""
    ttl_changed_at: float | None = None
    counts_collections: bool = False
    """Whether the sizes of item collections have been counted from the table's beginning."""


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index, as reads and writes need it."""

    id: int
    name: str
    key: KeySchema
    is_global: bool
    attributes: frozenset[str] | None
    """What it projects, the keys included; None means everything."""
    is_backfilling: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table, as reads and writes need it."""

    id: int
    name: str
    arn: str
    key: KeySchema
    indexes: tuple[Index, ...]
    index_keys: tuple[tuple[str, str, str, bool], ...]
    """(attribute, type, index, whether it is the partition key) of every index key that isn't the table's own."""
    multiple_keys: tuple[KeySchema, ...]
    """The keys of the indexes that have more than a partition and a sort attribute."""
    vectors: tuple[VectorIndex, ...]
    stream: StreamDefinition | None
    destinations: tuple[Destination, ...]
    """The Kinesis data streams that are told of changes."""
    is_streamed: bool
    """Whether anything is told of changes."""
    ttl_attribute: str
    """Empty when items don't expire."""
    is_observed: bool
    """Whether a write has more to keep up than the item itself."""
    keeps_history: bool
    """Whether a write notes what the item was before."""
    replicas: tuple[ReplicaDefinition, ...]
    """The other replicas of a global table."""
    has_collections: bool
    """Whether the sizes of item collections are counted: those of tables with local indexes."""
    is_usable: bool
    """Whether items can be read and written: not while the table is being created or deleted."""
    definition: TableDefinition

    def find_index(self, name: str) -> Index | None:
        return next((index for index in self.indexes if index.name == name), None)

    def find_vector_index(self, name: str) -> VectorIndex | None:
        return next((index for index in self.vectors if index.name == name), None)


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(TableDefinition).decode


def encode_definition(definition: TableDefinition) -> str:
    """The text of a definition, as it is stored."""
    return _encode(definition).decode()


@lru_cache(maxsize=4096)
def parse_table(text: str) -> Table:
    """The table that a stored definition describes."""
    definition = _decode(text)
    types = definition.attributes
    key = key_schema_of(definition.key_schema, types)
    indexes = tuple(_index_of(index, types, key) for index in definition.indexes if not index.is_leaving)
    vectors = tuple(parse_vector_index(index, types, key) for index in definition.vectors)
    index_keys = tuple(
        (name, kind, index.name, is_hash)
        for index in sorted(indexes, key=lambda index: not index.is_global)
        for part, is_hash in ((index.key.hashes, True), (index.key.ranges, False))
        for name, kind in part
        if name not in key.names
    )
    index_keys += tuple((*index.key.hashes[0], index.name, True) for index in vectors if index.key is not None)
    ttl_attribute = definition.ttl_attribute if definition.ttl_is_enabled else ""
    keeps_history = definition.recovery_since is not None or bool(definition.holds)
    members = definition.replication.members if definition.replication else ()
    destinations = tuple(one for one in definition.destinations if one.is_enabled)
    is_streamed = bool(definition.stream or destinations)
    replicas = tuple(member for member in members if member.id != definition.id)
    has_collections = any(not index.is_global for index in indexes)
    return Table(
        definition.id,
        definition.name,
        definition.arn,
        key,
        indexes,
        index_keys,
        tuple(index.key for index in indexes if index.key.is_multiple),
        vectors,
        definition.stream,
        destinations,
        is_streamed,
        ttl_attribute,
        bool(indexes or vectors or is_streamed or ttl_attribute or replicas or keeps_history),
        keeps_history,
        replicas,
        has_collections,
        definition.status in ("ACTIVE", "UPDATING"),
        definition,
    )


def key_schema_of(elements: list[dict[str, str]], types: dict[str, str]) -> KeySchema:
    """A key schema in AWS's form, with its attributes' types."""
    parts: dict[str, list[tuple[str, str]]] = {"HASH": [], "RANGE": []}
    for element in elements:
        parts[element["KeyType"]].append((element["AttributeName"], types[element["AttributeName"]]))
    (first, *more_hashes), ranges = parts["HASH"], parts["RANGE"]
    sort = ranges[0] if ranges else ("", "")
    return KeySchema(*first, *sort, more_hashes=tuple(more_hashes), more_ranges=tuple(ranges[1:]))


def _index_of(definition: IndexDefinition, types: dict[str, str], table_key: KeySchema) -> Index:
    key = key_schema_of(definition.key_schema, types)
    attributes: frozenset[str] | None = None
    if definition.projection.get("ProjectionType") != "ALL":
        attributes = frozenset((*table_key.names, *key.names, *definition.projection.get("NonKeyAttributes", ())))
    return Index(definition.id, definition.name, key, definition.is_global, attributes, definition.is_backfilling)


def stream_label(moment: datetime) -> str:
    """The label of a stream that is created then: ISO time to the millisecond."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]


def table_of(scope: Scope, name_or_arn: str) -> tuple[Scope, str]:
    """The account, region and name that a request's TableName means. Raises ValidationException for a wrong ARN."""
    if not name_or_arn.startswith("arn:"):
        return scope, name_or_arn
    arn = find_arn(name_or_arn)
    if arn is None or arn.service != "dynamodb" or not arn.resource.startswith("table/"):
        raise ValidationException(f"Invalid TableArn: Invalid ResourceArn provided as input {name_or_arn}")
    if arn.region != scope.region:
        raise ResourceNotFoundException()
    return arn.scope, _table_name(arn)


@lru_cache(maxsize=1024)
def require_table_name(name: str) -> str:
    """Check a TableName, which may be an ARN. Raises ValidationException.

    AWS: names are held to 3 to 255 characters of few kinds by every operation, whatever the API model says.
    """
    if name.startswith("arn:") or (3 <= len(name) <= 255 and _NAME.fullmatch(name)):
        return name
    rules = []
    if not name:
        rules.append("Member must have length greater than or equal to 1")
    elif _NAME.fullmatch(name) is None:
        rules.append("Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")
    if 0 < len(name) < 3:
        rules.append("Member must have length greater than or equal to 3")
    if len(name) > 255:
        rules.append("Member must have length less than or equal to 255")
    raise broken(*(f"Value '{name}' at 'tableName' failed to satisfy constraint: {rule}" for rule in rules))


def _table_name(arn: Arn) -> str:
    return arn.resource.removeprefix("table/").partition("/")[0]
