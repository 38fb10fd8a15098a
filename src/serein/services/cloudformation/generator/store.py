"""The SQL of resource scans and generated templates."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.cloudformation.errors import AlreadyExistsException
from serein.services.cloudformation.generator.errors import GeneratedTemplateNotFound, ResourceScanNotFound


@dataclass(slots=True)
class Scan:
    scan_id: str
    scope: Scope
    status: str
    started_at: float
    ended_at: float | None = None
    reason: str = ""
    types: list[str] = field(default_factory=list)
    """The wanted types, which may end with a star; all when empty."""
    scanned_types: list[str] = field(default_factory=list)
    count: int = 0


@dataclass(frozen=True, slots=True)
class Scanned:
    """A resource that a scan found, by what identifies it in AWS's schema."""

    type: str
    identifier: dict[str, str]
    is_managed: bool
    tags: dict[str, str]


@dataclass(slots=True)
class Wanted:
    """A resource of a generated template."""

    type: str
    identifier: dict[str, str]
    logical_id: str
    status: str = "PENDING"
    reason: str = ""
    definition: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    """Required properties that can't be read; parameters stand for them."""


@dataclass(slots=True)
class Generated:
    template_id: str
    scope: Scope
    name: str
    status: str
    created_at: float
    updated_at: float
    reason: str = ""
    stack_name: str = ""
    deletion_policy: str = "RETAIN"
    update_replace_policy: str = "RETAIN"
    resources: list[Wanted] = field(default_factory=list)
    template: dict[str, Any] = field(default_factory=dict)


_SCAN = ("ended_at", "reason", "types", "scanned_types", "count")
_GENERATED = (
    "updated_at",
    "reason",
    "stack_name",
    "deletion_policy",
    "update_replace_policy",
    "resources",
    "template",
)


def _content(record: Any, names: tuple[str, ...]) -> str:
    fields = asdict(record)
    return json.dumps({name: fields[name] for name in names})


def save_scan(tx: Transaction, scan: Scan) -> None:
    tx.run(
        "INSERT INTO cloudformation_scans (scan_id, account, region, status, started_at, content)"
        " VALUES (:scan_id, :account, :region, :status, :started_at, :content)"
        " ON CONFLICT (scan_id) DO UPDATE SET status = excluded.status, content = excluded.content",
        scan_id=scan.scan_id,
        account=scan.scope.account,
        region=scan.scope.region,
        status=scan.status,
        started_at=scan.started_at,
        content=_content(scan, _SCAN),
    )


def scans_of(tx: Transaction, scope: Scope) -> list[Scan]:
    """The scans of an account and region, newest first."""
    rows = tx.all(
        "SELECT scan_id, status, started_at, content FROM cloudformation_scans"
        " WHERE account = :account AND region = :region ORDER BY started_at DESC, scan_id",
        account=scope.account,
        region=scope.region,
    )
    return [Scan(row[0], scope, row[1], row[2], **json.loads(row[3])) for row in rows]


def require_scan(tx: Transaction, scope: Scope, scan_id: str) -> Scan:
    """Return the scan. Raises ResourceScanNotFound."""
    found = next((scan for scan in scans_of(tx, scope) if scan.scan_id == scan_id), None)
    if found is None:
        raise ResourceScanNotFound(f"Resource scan {scan_id} not found")
    return found


def save_scanned(tx: Transaction, scan_id: str, found: list[Scanned]) -> None:
    for resource in found:
        tx.run(
            "INSERT INTO cloudformation_scanned (scan_id, type, identifier, is_managed, tags)"
            " VALUES (:scan_id, :type, :identifier, :is_managed, :tags) ON CONFLICT DO NOTHING",
            scan_id=scan_id,
            type=resource.type,
            identifier=json.dumps(resource.identifier, sort_keys=True),
            is_managed=int(resource.is_managed),
            tags=json.dumps(resource.tags),
        )


def scanned_of(tx: Transaction, scan_id: str) -> list[Scanned]:
    """What a scan found, by type and identifier."""
    rows = tx.all(
        "SELECT type, identifier, is_managed, tags FROM cloudformation_scanned WHERE scan_id = :scan_id"
        " ORDER BY type, identifier",
        scan_id=scan_id,
    )
    return [Scanned(row[0], json.loads(row[1]), bool(row[2]), json.loads(row[3])) for row in rows]


def managed_ids(tx: Transaction, scope: Scope) -> set[tuple[str, str]]:
    """(type, physical id) of every resource of a live stack, and (type, ARN) where it has one."""
    rows = tx.all(
        "SELECT r.type, r.physical_id, r.attributes FROM cloudformation_resources r"
        " JOIN cloudformation_stacks s ON s.stack_id = r.stack_id"
        " WHERE s.account = :account AND s.region = :region AND s.deleted_at IS NULL AND r.physical_id <> ''"
        " AND r.status <> 'DELETE_COMPLETE'",
        account=scope.account,
        region=scope.region,
    )
    found = {(row[0], row[1]) for row in rows}
    return found | {(row[0], arn) for row in rows if isinstance(arn := json.loads(row[2]).get("Arn"), str)}


def insert_generated(tx: Transaction, generated: Generated) -> None:
    """Keep a new template. Raises AlreadyExistsException."""
    made = tx.run(
        "INSERT INTO cloudformation_generated_templates (template_id, account, region, name, status, created_at,"
        " content) VALUES (:template_id, :account, :region, :name, :status, :created_at, :content)"
        " ON CONFLICT DO NOTHING",
        created_at=generated.created_at,
        account=generated.scope.account,
        region=generated.scope.region,
        **_changing(generated),
    )
    if not made:
        raise AlreadyExistsException(f"A generated template with the name {generated.name} already exists")


def save_generated(tx: Transaction, generated: Generated) -> None:
    tx.run(
        "UPDATE cloudformation_generated_templates SET name = :name, status = :status, content = :content"
        " WHERE template_id = :template_id",
        **_changing(generated),
    )


def _changing(generated: Generated) -> dict[str, Any]:
    return {
        "template_id": generated.template_id,
        "name": generated.name,
        "status": generated.status,
        "content": _content(generated, _GENERATED),
    }


def generated_of(tx: Transaction, scope: Scope) -> list[Generated]:
    """The generated templates of an account and region, newest first."""
    rows = tx.all(
        "SELECT template_id, name, status, created_at, content FROM cloudformation_generated_templates"
        " WHERE account = :account AND region = :region ORDER BY created_at DESC, name",
        account=scope.account,
        region=scope.region,
    )
    found = []
    for row in rows:
        content = json.loads(row[4])
        content["resources"] = [Wanted(**resource) for resource in content["resources"]]
        found.append(Generated(row[0], scope, row[1], row[2], row[3], **content))
    return found


def find_generated(tx: Transaction, scope: Scope, name_or_id: str) -> Generated | None:
    return next((it for it in generated_of(tx, scope) if name_or_id in (it.name, it.template_id)), None)


def require_generated(tx: Transaction, scope: Scope, name_or_id: str) -> Generated:
    """Return the template. Raises GeneratedTemplateNotFound."""
    found = find_generated(tx, scope, name_or_id)
    if found is None:
        raise GeneratedTemplateNotFound(f"Template {name_or_id} not found")
    return found


def delete_generated(tx: Transaction, template_id: str) -> None:
    tx.run("DELETE FROM cloudformation_generated_templates WHERE template_id = :id", id=template_id)
