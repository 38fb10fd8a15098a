"""CreateArchive, DescribeArchive, UpdateArchive, DeleteArchive, ListArchives.

AWS: an archive is fed by a managed rule on its bus, which ListRules shows.
"""

from typing import Any

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.kernel.scope import Scope
from serein.services.events.buses import place_of
from serein.services.events.errors import (
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
)
from serein.services.events.pages import page, require_position
from serein.services.events.rules import ENABLED, Rule, pattern_without_replays, require_pattern
from serein.services.events.store import archived, buses, resources, rules
from serein.services.events.store.resources import ARCHIVE, Held

_MANAGER = "prod.vhs.events.aws.internal"
_DAY_SECONDS = 86_400.0
_MEMBERS = ("Description", "EventPattern", "RetentionDays", "KmsKeyIdentifier")


@operation("CreateArchive", stored=("KmsKeyIdentifier",))
async def create_archive(call: Call, request: Request) -> Reply:
    name, source = request["ArchiveName"], request["EventSourceArn"]
    if request.get("EventPattern"):
        require_pattern(request["EventPattern"])
    given = {member: request[member] for member in _MEMBERS if member in request}

    def write(tx: Transaction) -> Held:
        if resources.find(tx, ARCHIVE, call.scope, name) is not None:
            raise ResourceAlreadyExistsException(f"Archive {name} already exists.")
        scope, bus = _require_source(tx, call, source)
        definition = {"RetentionDays": 0, **given, "EventSourceArn": source, "CreationTime": tx.now}
        archive = Held(ARCHIVE, call.scope, name, definition)
        resources.put(tx, archive)
        _put_rule(tx, archive, scope, bus)
        return archive

    archive = await call.write(write)
    return _brief(archive)


@operation("DescribeArchive")
async def describe_archive(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        archive = _require_archive(tx, call, request["ArchiveName"])
        return _shown(tx, archive) | {
            "ArchiveArn": _arn(archive),
            **{member: archive.definition[member] for member in _MEMBERS if member in archive.definition},
        }

    return await call.read(read)


@operation("UpdateArchive", stored=("KmsKeyIdentifier",))
async def update_archive(call: Call, request: Request) -> Reply:
    if request.get("EventPattern"):
        require_pattern(request["EventPattern"])

    def write(tx: Transaction) -> Held:
        known = _require_archive(tx, call, request["ArchiveName"])
        changes = {member: request[member] for member in _MEMBERS if member in request}
        archive = Held(ARCHIVE, call.scope, known.name, {**known.definition, **changes})
        resources.put(tx, archive)
        _put_rule(tx, archive, *place_of(call.scope, archive.definition["EventSourceArn"]))
        if "RetentionDays" in changes:
            days = changes["RetentionDays"]
            archived.set_retention(tx, _arn(archive), days * _DAY_SECONDS if days else None)
        return archive

    return _brief(await call.write(write))


@operation("DeleteArchive")
async def delete_archive(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> None:
        archive = _require_archive(tx, call, request["ArchiveName"])
        place = place_of(call.scope, archive.definition["EventSourceArn"])
        rule = rules.find_rule(tx, *place, _rule_name(archive))
        if rule is not None:
            rules.delete_rule(tx, rule)
        archived.delete_events(tx, _arn(archive))
        resources.delete(tx, archive)

    await call.write(write)
    return {}


@operation("ListArchives")
async def list_archives(call: Call, request: Request) -> Reply:
    wanted = [member for member in ("NamePrefix", "EventSourceArn", "State") if member in request]
    if len(wanted) > 1:
        raise ValidationException(
            "At most one filter is allowed for ListArchives. Use either : State, EventSourceArn, or NamePrefix."
        )
    after = require_position(request)

    def read(tx: Transaction) -> Reply:
        found = [
            archive
            for archive in resources.listed(tx, ARCHIVE, call.scope, request.get("NamePrefix", ""), after)
            if request.get("EventSourceArn") in (None, archive.definition["EventSourceArn"])
            and request.get("State") in (None, ENABLED)
        ]
        return page(request, "Archives", found, lambda archive: archive.name, lambda archive: _shown(tx, archive))

    return await call.read(read)


def _require_source(tx: Transaction, call: Call, source: str) -> tuple[Scope, str]:
    arn = find_arn(source)
    if arn is None or not arn.resource.startswith("event-bus/"):
        raise ValidationException(f"Parameter {source} is not valid. Reason: Provided Arn is not in correct format.")
    place = place_of(call.scope, source)
    buses.require_bus(tx, *place)
    return place


def _require_archive(tx: Transaction, call: Call, name: str) -> Held:
    archive = resources.find(tx, ARCHIVE, call.scope, name)
    if archive is None:
        raise ResourceNotFoundException(f"Archive {name} does not exist.")
    return archive


def _put_rule(tx: Transaction, archive: Held, scope: Scope, bus: str) -> None:
    definition = {
        "EventPattern": pattern_without_replays(archive.definition.get("EventPattern")),
        "State": ENABLED,
        "ManagedBy": _MANAGER,
        "CreatedBy": scope.account,
        "_Archive": {"Arn": _arn(archive), "RetentionDays": archive.definition["RetentionDays"]},
    }
    target = {
        "Id": _rule_name(archive),
        "Arn": f"arn:{scope.partition}:events:{scope.region}:::",
        "InputTransformer": {
            "InputPathsMap": {},
            "InputTemplate": '{"archive-arn": "%s", "event": <aws.events.event.json>}' % _arn(archive),  # noqa: UP031
        },
    }
    rules.put_rule(tx, Rule(scope, bus, _rule_name(archive), definition, {}, [target], None, tx.now))


def _rule_name(archive: Held) -> str:
    return f"Events-Archive-{archive.name}"


def _arn(archive: Held) -> str:
    return arn_of("events", archive.scope, f"archive/{archive.name}")


def _brief(archive: Held) -> Reply:
    return {"ArchiveArn": _arn(archive), "CreationTime": archive.definition["CreationTime"], "State": ENABLED}


def _shown(tx: Transaction, archive: Held) -> dict[str, Any]:
    count, size_bytes = archived.totals(tx, _arn(archive))
    return {
        "ArchiveName": archive.name,
        "EventSourceArn": archive.definition["EventSourceArn"],
        "State": ENABLED,
        "RetentionDays": archive.definition["RetentionDays"],
        "SizeBytes": size_bytes,
        "EventCount": count,
        "CreationTime": archive.definition["CreationTime"],
    }
