"""Which settings a replica takes over from another, and which it keeps."""

from typing import Any

import msgspec

from serein.services.dynamodb.mirroring import is_mirroring, mirrored, with_own_overrides
from serein.services.dynamodb.replicas import CURRENT, LEGACY, ReplicaDefinition, Replication
from serein.services.dynamodb.tables import IndexDefinition, TableDefinition

KEY = [{"AttributeName": "pk", "KeyType": "HASH"}]
UNITS = {"ReadCapacityUnits": 5, "WriteCapacityUnits": 6}


def arn(region: str) -> str:
    return f"arn:aws:dynamodb:{region}:123456789012:table/orders"


def table(id: int, region: str, **members: Any) -> TableDefinition:
    return TableDefinition(id, str(id), "orders", arn(region), 0.0, {"pk": "S"}, KEY, **members)


def replication(here: ReplicaDefinition, there: ReplicaDefinition, version: str = CURRENT) -> Replication:
    return Replication(version, [here, there])


def index(id: int, **members: Any) -> IndexDefinition:
    return IndexDefinition(id, "by-g", KEY, {"ProjectionType": "ALL"}, is_global=True, **members)


HERE, THERE = ReplicaDefinition(1, arn("us-east-1")), ReplicaDefinition(2, arn("eu-west-1"))


def test_capacity_follows_but_for_reads_that_are_overridden() -> None:
    override = msgspec.structs.replace(THERE, read_units=9, indexes={"by-g": {"ReadCapacityUnits": 8}})
    source = table(1, "us-east-1", throughput=UNITS, indexes=[index(10, throughput=UNITS)])
    source.replication = replication(HERE, override)
    found = mirrored(source, table(2, "eu-west-1", indexes=[index(20)]), override)
    assert found.throughput == {"ReadCapacityUnits": 9, "WriteCapacityUnits": 6}
    assert found.indexes[0].throughput == {"ReadCapacityUnits": 8, "WriteCapacityUnits": 6}
    assert (found.id, found.arn, found.indexes[0].id) == (2, arn("eu-west-1"), 20)


def test_a_new_index_is_to_be_filled_in_every_replica() -> None:
    source = table(1, "us-east-1", indexes=[index(10, is_backfilling=True)])
    source.replication = replication(HERE, THERE)
    (found,) = mirrored(source, table(2, "eu-west-1"), THERE).indexes
    assert found.is_backfilling
    assert found.id != 10


def test_a_change_of_what_a_replica_overrides_stays_there() -> None:
    override = msgspec.structs.replace(HERE, read_units=9, table_class="STANDARD", most_reads=3)
    old = table(1, "us-east-1", throughput={**UNITS, "ReadCapacityUnits": 9}, table_class="STANDARD")
    old.replication = replication(override, THERE)
    new = msgspec.structs.replace(old, throughput={"ReadCapacityUnits": 11, "WriteCapacityUnits": 12})
    new = with_own_overrides(old, msgspec.structs.replace(new, table_class="STANDARD_INFREQUENT_ACCESS"))
    assert new.replication is not None
    own = new.replication.find_member("us-east-1")
    assert own is not None
    assert (own.read_units, own.table_class, own.most_reads) == (11, "STANDARD_INFREQUENT_ACCESS", 3)
    found = mirrored(new, table(2, "eu-west-1", throughput=UNITS), THERE)
    assert found.throughput == {"ReadCapacityUnits": 5, "WriteCapacityUnits": 12}
    assert found.table_class is None


def test_every_replica_keeps_its_key_and_what_is_its_own() -> None:
    source = table(1, "us-east-1", sse={"Enabled": True, "KMSMasterKeyId": "here"}, tags={"a": "1"}, is_protected=True)
    source.replication = replication(HERE, THERE)
    target = table(2, "eu-west-1", sse={"Enabled": True, "KMSMasterKeyId": "there"}, tags={"b": "2"})
    found = mirrored(source, target, THERE)
    assert found.sse == {"Enabled": True, "KMSMasterKeyId": "there"}
    assert (found.tags, found.is_protected) == ({"b": "2"}, False)
    named = msgspec.structs.replace(THERE, kms_key="other")
    assert mirrored(source, target, named).sse == {"Enabled": True, "KMSMasterKeyId": "other"}


def test_tables_without_replicas_and_legacy_ones_mirror_nothing() -> None:
    plain = table(1, "us-east-1")
    assert not is_mirroring(plain)
    legacy = msgspec.structs.replace(plain, replication=replication(HERE, THERE, LEGACY))
    assert not is_mirroring(legacy)
