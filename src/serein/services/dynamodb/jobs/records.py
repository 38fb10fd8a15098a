"""What is kept of a job besides its row's columns: one record a kind, stored as JSON."""

from typing import Any

import msgspec

from serein.kernel.ids import random_hex
from serein.services.dynamodb.store.jobs import Job
from serein.services.dynamodb.tables import TableDefinition

BACKUP, RESTORE, EXPORT, IMPORT = "backup", "restore", "export", "import"
TOKEN_SECONDS = 8 * 3600
"""How long a client's token stands for the job that it was first used for."""
LISTED_SECONDS = 90 * 86_400
"""How long exports and imports are remembered."""


class Moment(msgspec.Struct, omit_defaults=True, frozen=True):
    """A state of a table: before an epoch when there is one, else at a time, whose own changes belong to it."""

    epoch: int = 0
    at: float = 0.0

    def is_before(self, epoch: int, changed_at: float) -> bool:
        """Whether a change was made after this moment."""
        return epoch >= self.epoch if self.epoch else changed_at > self.at


class Backup(msgspec.Struct, omit_defaults=True):
    """A backup. `table` is the table's definition when it was made."""

    name: str
    type: str
    created_at: float
    table: TableDefinition
    moment: Moment | None = None
    size_bytes: int = 0
    item_count: int = 0
    copied_bytes: int = 0
    copied_items: int = 0
    is_walked: bool = False
    """Whether everything is copied and only the end is missing."""


class Restore(msgspec.Struct, omit_defaults=True):
    """A table that is being filled from another or from a backup."""

    moment: Moment | None = None
    is_walked: bool = False
    """As a backup's."""


class Export(msgspec.Struct, omit_defaults=True):
    """An export. `description` is what DescribeExport shows, `request` what was asked for."""

    description: dict[str, Any]
    request: dict[str, Any]
    table: TableDefinition
    moment: Moment
    since: float | None = None
    """Of an incremental export: the beginning of the time whose changes are exported."""
    files: int = 0
    items: int = 0
    size_bytes: int = 0
    is_walked: bool = False
    """Whether only the manifests are missing."""


class Import(msgspec.Struct, omit_defaults=True):
    """An import. `description` is what DescribeImport shows, `request` what was asked for."""

    description: dict[str, Any]
    request: dict[str, Any]
    object_key: str = ""
    """The last object that was read to its end."""
    records: int = 0
    """How many records of the next object have been read."""
    seen_bytes: int = 0
    """How many bytes of the next object have been counted."""


def encode_detail(detail: msgspec.Struct) -> str:
    """A record's text, as it is stored."""
    return msgspec.json.encode(detail).decode()


def plain(request: dict[str, Any]) -> dict[str, Any]:
    """A request as a record keeps it: its binary values are base64 text."""
    kept: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(request))
    return kept


def backup_of(job: Job) -> Backup:
    return msgspec.json.decode(job.detail, type=Backup)


def restore_of(job: Job) -> Restore:
    return msgspec.json.decode(job.detail, type=Restore)


def export_of(job: Job) -> Export:
    return msgspec.json.decode(job.detail, type=Export)


def import_of(job: Job) -> Import:
    return msgspec.json.decode(job.detail, type=Import)


def moment_of(job: Job) -> Moment | None:
    """The state of its source that a job reads; None when the source doesn't change."""
    if job.kind == BACKUP:
        return backup_of(job).moment
    return restore_of(job).moment if job.kind == RESTORE else export_of(job).moment


def job_arn(table_arn: str, kind: str, now: float) -> str:
    """The ARN of a new backup, export or import: AWS's identifiers are milliseconds and eight digits."""
    return f"{table_arn}/{kind}/{int(now * 1000):014d}-{random_hex(8)}"
