"""Backups: copies of a table's items under an identifier of their own, with the table's definition.

The items of a backup are stored as those of tables are. So the backup that is made of a deleted table takes over the
items that the table leaves behind, and copies nothing.
"""

from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.dynamodb.definitions import new_id
from serein.services.dynamodb.errors import (
    BackupInUseException,
    BackupNotFoundException,
    ResourceInUseException,
)
from serein.services.dynamodb.jobs import holds
from serein.services.dynamodb.jobs.records import BACKUP, Backup, backup_of, encode_detail, job_arn
from serein.services.dynamodb.keys import Key
from serein.services.dynamodb.store import chores, history, jobs
from serein.services.dynamodb.store.jobs import NEVER, Job
from serein.services.dynamodb.tables import TableDefinition
from serein.services.dynamodb.vectors.descriptions import settings

USER, SYSTEM = "USER", "SYSTEM"
_SYSTEM_SECONDS = 35 * 86_400
_START = Key(b"", b"")


def start_backup(
    tx: Transaction, scope: Scope, definition: TableDefinition, name: str, counted: tuple[int, int]
) -> Job:
    """Begin a backup of a table as it is now; `counted` is how many items it has, and of how many bytes."""
    id = new_id()
    detail = Backup(name, USER, tx.now, definition, item_count=counted[0], size_bytes=counted[1])
    detail.moment = holds.cut(tx, definition, id)
    arn = job_arn(definition.arn, BACKUP, tx.now)
    job = Job(
        id, BACKUP, scope, arn, "", definition.id, id, True, tx.now, NEVER, tx.now, 0, _START, encode_detail(detail)
    )
    jobs.append_job(tx, job)
    return job


def require_deletable(tx: Transaction, definition: TableDefinition) -> None:
    """Check that a table is neither being backed up nor being filled. Raises ResourceInUseException.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CreateBackup.html
    """
    doing = ""
    if jobs.is_being_backed_up(tx, definition.id):
        doing = "backed up"
    elif jobs.is_being_filled(tx, definition.id):
        doing = "created"
    if doing:
        raise ResourceInUseException(
            f"Attempt to change a resource which is still in use: Table is being {doing}: {definition.name}"
        )


def part_with_items(tx: Transaction, definition: TableDefinition) -> None:
    """See to the items of a table that is deleted: a backup has them, jobs still read them, or they are swept.

    AWS: a table with point-in-time recovery leaves a backup, kept for 35 days
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html).
    """
    if definition.recovery_since is not None:
        _append_system_backup(tx, definition)
    elif not jobs.is_read(tx, definition.id):
        chores.append_chore(tx, "sweep-table", definition.id, definition.id)
    tx.wake(history.TOPIC)


def _append_system_backup(tx: Transaction, definition: TableDefinition) -> None:
    owner = find_arn(definition.arn)
    scope = owner.scope if owner else Scope()
    detail = Backup(f"{definition.name}$DeletedTableBackup", SYSTEM, tx.now, definition)
    arn = job_arn(definition.arn, BACKUP, tx.now)
    job = Job(
        new_id(),
        BACKUP,
        scope,
        arn,
        "",
        definition.id,
        definition.id,
        True,
        tx.now,
        tx.now + _SYSTEM_SECONDS,
        NEVER,
        0,
        _START,
        encode_detail(detail),
    )
    jobs.append_job(tx, job)


def require_backup(tx: Transaction, scope: Scope, arn: str) -> Job:
    """The backup with an ARN. Raises BackupNotFoundException."""
    job = jobs.find_job_by_arn(tx, scope, BACKUP, arn)
    if job is None:
        raise BackupNotFoundException(f"Backup not found: {arn}")
    return job


def require_usable_backup(tx: Transaction, scope: Scope, arn: str) -> Job:
    """The backup with an ARN. Raises BackupNotFoundException, or BackupInUseException while it is being made."""
    job = require_backup(tx, scope, arn)
    if job.is_open:
        raise BackupInUseException(f"Backup is being created: {arn}")
    return job


def delete_backup(tx: Transaction, job: Job) -> None:
    """Remove a backup; its items go in the background. Raises BackupInUseException while it is being restored."""
    if jobs.is_read(tx, job.target_id):
        raise BackupInUseException(f"Backup is being restored to a table: {job.arn}")
    jobs.delete_job(tx, job.id)
    chores.append_chore(tx, "sweep-table", job.target_id, job.target_id)


def details(job: Job, backup: Backup, status: str = "") -> dict[str, Any]:
    """AWS's BackupDetails."""
    shown: dict[str, Any] = {
        "BackupArn": job.arn,
        "BackupName": backup.name,
        "BackupSizeBytes": backup.size_bytes,
        "BackupStatus": status or ("CREATING" if job.is_open else "AVAILABLE"),
        "BackupType": backup.type,
        "BackupCreationDateTime": backup.created_at,
    }
    if job.expires_at < NEVER:
        shown["BackupExpiryDateTime"] = job.expires_at
    return shown


def summary(job: Job, backup: Backup) -> dict[str, Any]:
    """AWS's BackupSummary."""
    table = backup.table
    return {
        "TableName": table.name,
        "TableId": table.table_id,
        "TableArn": table.arn,
        **details(job, backup),
    }


def description(job: Job, status: str = "") -> dict[str, Any]:
    """AWS's BackupDescription."""
    backup = backup_of(job)
    return {
        "BackupDetails": details(job, backup, status),
        "SourceTableDetails": _source(backup),
        "SourceTableFeatureDetails": _features(backup.table),
    }


def _source(backup: Backup) -> dict[str, Any]:
    table = backup.table
    shown: dict[str, Any] = {
        "TableName": table.name,
        "TableId": table.table_id,
        "TableArn": table.arn,
        "TableSizeBytes": backup.size_bytes,
        "KeySchema": table.key_schema,
        "TableCreationDateTime": table.created_at,
        "ProvisionedThroughput": _units(table.throughput),
        "ItemCount": backup.item_count,
        "BillingMode": table.billing,
    }
    if table.on_demand:
        shown["OnDemandThroughput"] = table.on_demand
    return shown


def _units(throughput: dict[str, Any] | None) -> dict[str, Any]:
    given = throughput or {}
    return {name: given.get(name, 0) for name in ("ReadCapacityUnits", "WriteCapacityUnits")}


def _features(table: TableDefinition) -> dict[str, Any]:
    shown: dict[str, Any] = {}
    for index in table.indexes:
        described = {"IndexName": index.name, "KeySchema": index.key_schema, "Projection": index.projection}
        if index.is_global:
            described["ProvisionedThroughput"] = _units(index.throughput)
            if index.on_demand:
                described["OnDemandThroughput"] = index.on_demand
        member = "GlobalSecondaryIndexes" if index.is_global else "LocalSecondaryIndexes"
        shown.setdefault(member, []).append(described)
    if table.vectors:
        shown["VectorIndexes"] = [settings(index) for index in table.vectors]
    if table.stream is not None:
        shown["StreamDescription"] = {"StreamEnabled": True, "StreamViewType": table.stream.view_type}
    ttl: dict[str, Any] = {"TimeToLiveStatus": "ENABLED" if table.ttl_is_enabled else "DISABLED"}
    if table.ttl_is_enabled:
        ttl["AttributeName"] = table.ttl_attribute
    shown["TimeToLiveDescription"] = ttl
    if table.sse and table.sse.get("Enabled"):
        shown["SSEDescription"] = {"Status": "ENABLED", "SSEType": table.sse.get("SSEType", "KMS")}
        if "KMSMasterKeyId" in table.sse:
            shown["SSEDescription"]["KMSMasterKeyArn"] = table.sse["KMSMasterKeyId"]
    return shown
