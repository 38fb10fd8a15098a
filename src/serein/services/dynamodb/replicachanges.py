"""What UpdateTable's requests say of replicas, by AWS's rules for global tables of version 2019.11.21."""

import re
from typing import Any, NamedTuple

from serein.kernel.errors import NotImplementedHere
from serein.services.dynamodb.errors import ResourceNotFoundException, ValidationException
from serein.services.dynamodb.replicas import CURRENT, EVENTUAL, STRONG, ReplicaDefinition
from serein.services.dynamodb.tables import Table, TableDefinition

Request = dict[str, Any]
MEMBERS = ("ReplicaUpdates", "GlobalTableWitnessUpdates", "MultiRegionConsistency", "DisassociationProtectionEnabled")
_REGION = re.compile(r"(cn|us-gov|[a-z]{2})-[a-z]+(-[a-z]+)?-[1-9]", re.ASCII)
_REGION_SETS = (
    frozenset(("us-east-1", "us-east-2", "us-west-2")),
    frozenset(("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1")),
    frozenset(("ap-northeast-1", "ap-northeast-2", "ap-northeast-3")),
)
_OVERRIDES = (
    "KMSMasterKeyId",
    "ProvisionedThroughputOverride",
    "OnDemandThroughputOverride",
    "GlobalSecondaryIndexes",
    "TableClassOverride",
)


class ReplicaChange(NamedTuple):
    """What is to become of a global table. `creates` and `update` are in AWS's form, the others are regions."""

    creates: list[dict[str, Any]]
    update: dict[str, Any] | None
    deletes: list[str]
    leaves: bool
    new_witness: str
    old_witness: str
    consistency: str
    is_protected: bool | None
    """Whether disassociation protection is to be on; None leaves it."""


def find_replica_change(request: Request, region: str) -> ReplicaChange | None:
    """What a request to a region wants of replicas, or None. Raises ValidationException."""
    if all(request.get(member) is None for member in MEMBERS):
        return None
    _require_alone(request)
    updates = [_require_one(update) for update in request.get("ReplicaUpdates", [])]
    for kind, action in updates:
        require_region(action["RegionName"], region)
        if (action["RegionName"] == region) != (kind == "Disassociate"):
            raise _wrong_region(kind)
    named = [action["RegionName"] for _, action in updates]
    if len(set(named)) != len(named):
        raise invalid("Only one replica update per region is allowed")
    by_kind = {kind: [action for found, action in updates if found == kind] for kind in _KINDS}
    new_witness, old_witness = _witnesses(request, region)
    change = ReplicaChange(
        by_kind["Create"],
        by_kind["Update"][0] if by_kind["Update"] else None,
        [action["RegionName"] for action in by_kind["Delete"]],
        bool(by_kind["Disassociate"]),
        new_witness,
        old_witness,
        request.get("MultiRegionConsistency", EVENTUAL),
        request.get("DisassociationProtectionEnabled"),
    )
    _require_fitting(change, request, updates, region)
    return change


_KINDS = ("Create", "Update", "Delete", "Disassociate")


def _require_alone(request: Request) -> None:
    others = [name for name in request if name not in ("TableName", *MEMBERS) and request[name] is not None]
    if others:
        raise invalid(f"{_given(request)} cannot be specified together with {', '.join(sorted(others))}")
    if request.get("DisassociationProtectionEnabled") is not None and _given(request) != MEMBERS[-1]:
        raise invalid("DisassociationProtectionEnabled cannot be specified together with any other change")


def _given(request: Request) -> str:
    return next(member for member in MEMBERS if request.get(member) is not None)


def _require_one(update: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    actions = [(kind, action) for kind, action in update.items() if action is not None]
    if len(actions) != 1:
        raise invalid("Exactly one of Create, Update, Delete and Disassociate must be specified in a replica update")
    return actions[0]


def require_region(name: str, region: str) -> None:
    """Check that a name is a region's, and of the same partition as another. Raises ValidationException."""
    if _REGION.fullmatch(name) is None or _partition(name) != _partition(region):
        raise invalid(f"Region {name} is not a valid region")


def _partition(region: str) -> str:
    return next((prefix for prefix in ("cn-", "us-gov-") if region.startswith(prefix)), "")


def _wrong_region(kind: str) -> ValidationException:
    if kind == "Disassociate":
        return invalid("Only the local replica can be disassociated: send the request to the replica's region")
    return ValidationException(
        "Cannot add, delete, or update the local region through ReplicaUpdates. Use CreateTable, DeleteTable, or "
        "UpdateTable as required."
    )


def _witnesses(request: Request, region: str) -> tuple[str, str]:
    new, old = "", ""
    for update in request.get("GlobalTableWitnessUpdates", []):
        if bool(update.get("Create")) == bool(update.get("Delete")):
            raise invalid("Exactly one of Create and Delete must be specified in a witness update")
        new = (update.get("Create") or {}).get("RegionName", "")
        old = (update.get("Delete") or {}).get("RegionName", "")
        require_region(new or old, region)
    return new, old


def _require_fitting(
    change: ReplicaChange, request: Request, updates: list[tuple[str, dict[str, Any]]], region: str
) -> None:
    if change.leaves and (len(updates) > 1 or change.new_witness or change.old_witness):
        raise invalid("The Disassociate action must be the only replica update in the request")
    if "MultiRegionConsistency" in request and not change.creates:
        raise invalid("MultiRegionConsistency can only be specified when a global table is created")
    if change.consistency == STRONG:
        _require_strong_regions(change, region)
        return
    if change.new_witness:
        raise invalid("A witness can only be added when a global table with MultiRegionConsistency STRONG is created")
    is_conversion = len(change.deletes) == len(updates)
    if len(updates) > 1 and not is_conversion:
        raise invalid("Only one replica can be created or updated by a request")
    if change.update is not None and not any(name in change.update for name in _OVERRIDES):
        raise invalid("The Update action of a replica must specify at least one parameter to update")


def _require_strong_regions(change: ReplicaChange, region: str) -> None:
    """AWS: three replicas, or two and a witness, all in one of three sets of regions.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    regions = [region, *(action["RegionName"] for action in change.creates)]
    if change.new_witness:
        regions.append(change.new_witness)
    if len(regions) != 3 or len(set(regions)) != 3 or change.deletes or change.update:
        raise invalid(
            "A global table with MultiRegionConsistency STRONG must be created with exactly three replicas, or with "
            "two replicas and one witness, in different regions"
        )
    if not any(regions_of_set.issuperset(regions) for regions_of_set in _REGION_SETS):
        raise invalid(
            "The replicas and the witness of a global table with MultiRegionConsistency STRONG must be in one set of "
            f"regions that supports it, these are not: {', '.join(regions)}"
        )


def require_growing(definition: TableDefinition, change: ReplicaChange) -> None:
    """Check that a table can get the replicas that are wanted. Raises ValidationException."""
    replication = definition.replication
    if replication is not None and replication.version != CURRENT:
        raise invalid("Replicas of global tables of version 2017.11.29 are changed by UpdateGlobalTable")
    if replication is not None and STRONG in (change.consistency, replication.consistency):
        raise invalid(
            "The consistency mode and the replicas of a global table with MultiRegionConsistency STRONG cannot be "
            "changed after its creation"
        )
    for action in change.creates:
        if replication is not None and replication.find_member(action["RegionName"]) is not None:
            raise already_exists(definition.name)
    view_type = definition.stream.view_type if definition.stream else "NEW_AND_OLD_IMAGES"
    if change.consistency == EVENTUAL and view_type != "NEW_AND_OLD_IMAGES":
        raise invalid("The stream of a table with replicas must have the StreamViewType NEW_AND_OLD_IMAGES")
    if change.consistency == STRONG:
        if any(not index.is_global for index in definition.indexes):
            raise invalid("Local secondary indexes are not supported by MultiRegionConsistency STRONG")
        if definition.ttl_is_enabled:
            raise invalid("Time to live is not supported by MultiRegionConsistency STRONG")


def require_member(definition: TableDefinition, region: str) -> ReplicaDefinition:
    """The replica in a region. Raises ValidationException."""
    member = definition.replication.find_member(region) if definition.replication else None
    if member is None:
        raise ValidationException(
            "Replica specified in the Replica Update or Replica Delete action of the request was not found"
        )
    return member


def require_shrinking(definition: TableDefinition, change: ReplicaChange) -> None:
    """Check that a table's global table can lose replicas. Raises ValidationException.

    AWS: one with strong consistency becomes a table of one region again, or stays as it is
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/delete-gt-mrsc.html).
    """
    replication = definition.replication
    for region in change.deletes:
        require_member(definition, region)
    if replication is None or replication.version != CURRENT:
        raise invalid("The table is not a replica of a global table of version 2019.11.21")
    if replication.witness != change.old_witness and (change.old_witness or replication.consistency == STRONG):
        if change.old_witness:
            raise invalid(f"The global table has no witness in region {change.old_witness}")
        raise invalid("The witness must be deleted together with the replica")
    if replication.consistency == STRONG:
        if len(change.deletes) != len(replication.members) - 1:
            raise invalid(
                "A single replica cannot be deleted from a global table with MultiRegionConsistency STRONG: delete "
                "all of its other replicas and its witness at once"
            )
    elif len(change.deletes) > 1:
        raise invalid("Only one replica can be deleted by a request")


def with_overrides(member: ReplicaDefinition, action: dict[str, Any], definition: TableDefinition) -> ReplicaDefinition:
    """A replica with what a Create or Update says of it. Raises ValidationException or ResourceNotFoundException."""
    read, most = _units(action, definition.billing, "")
    indexes = {name: dict(units) for name, units in member.indexes.items()}
    known = {index.name for index in definition.indexes if index.is_global}
    for index in action.get("GlobalSecondaryIndexes", []):
        name = index["IndexName"]
        if name not in known:
            raise ResourceNotFoundException(f"Requested resource not found: Index: {name} not found")
        index_read, index_most = _units(index, definition.billing, f" for index: {name}")
        units = indexes.setdefault(name, {})
        units |= {} if index_read is None else {"ReadCapacityUnits": index_read}
        units |= {} if index_most is None else {"MaxReadRequestUnits": index_most}
    return ReplicaDefinition(
        id=member.id,
        arn=member.arn,
        is_copying=member.is_copying,
        kms_key=action.get("KMSMasterKeyId", member.kms_key),
        read_units=member.read_units if read is None else read,
        most_reads=member.most_reads if most is None else most,
        table_class=action.get("TableClassOverride", member.table_class),
        indexes=indexes,
    )


def _units(action: dict[str, Any], billing: str, of_what: str) -> tuple[int | None, int | None]:
    read = (action.get("ProvisionedThroughputOverride") or {}).get("ReadCapacityUnits")
    most = (action.get("OnDemandThroughputOverride") or {}).get("MaxReadRequestUnits")
    if read is not None and billing == "PAY_PER_REQUEST":
        raise invalid(f"ProvisionedThroughputOverride cannot be specified{of_what} when BillingMode is PAY_PER_REQUEST")
    if most is not None and billing == "PROVISIONED":
        raise invalid(f"OnDemandThroughputOverride cannot be specified{of_what} when BillingMode is PROVISIONED")
    if most is not None and most < 1 and most != -1:
        raise invalid(f"MaxReadRequestUnits{of_what} must be -1 or at least 1")
    return read, most


def require_one_account(request: Request) -> None:
    """Refuse global tables of several accounts. Raises NotImplementedHere or ValidationException."""
    if "GlobalTableSourceArn" in request or request.get("GlobalTableSettingsReplicationMode") == "ENABLED":
        raise NotImplementedHere("Serein does not implement global tables of several accounts")
    mode = request.get("GlobalTableSettingsReplicationMode")
    if mode is not None and mode != "DISABLED":
        raise invalid(f"GlobalTableSettingsReplicationMode {mode} cannot be set by a request")


def require_stream_changeable(definition: TableDefinition) -> None:
    """Check that replication doesn't need a table's stream as it is. Raises ValidationException."""
    if definition.replication is not None and definition.replication.consistency == EVENTUAL:
        raise invalid("Disabling Stream is not allowed for a Global Table replica.")


def require_expirable(definition: TableDefinition) -> None:
    """Check that items of a table may expire. Raises ValidationException."""
    if definition.replication is not None and definition.replication.consistency == STRONG:
        raise invalid("Time to live is not supported by MultiRegionConsistency STRONG")


def require_transactable(table: Table) -> None:
    """Check that a table can be part of transactions. Raises ValidationException.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
    """
    replication = table.definition.replication
    if replication is not None and replication.consistency == STRONG:
        raise ValidationException("Transactions are not supported by global tables with MultiRegionConsistency STRONG")


def already_exists(name: str) -> ValidationException:
    # AWS: the message says "a the".
    return ValidationException(
        f"Failed to create a the new replica of table with name: '{name}' because one or more replicas already "
        "existed as tables."
    )


def invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
