"""RegisterApplicationRevision, GetApplicationRevision, BatchGetApplicationRevisions and ListApplicationRevisions."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.codedeploy.errors import (
    BatchLimitExceededException,
    InvalidDeployedStateFilterException,
    InvalidSortByException,
    InvalidSortOrderException,
    RevisionDoesNotExistException,
    RevisionRequiredException,
)
from serein.services.codedeploy.names import require_application_name
from serein.services.codedeploy.pages import MOST, parse_position, token_of
from serein.services.codedeploy.revisions import key_of, parse_revision
from serein.services.codedeploy.store import applications as store

_MOST_REVISIONS = 25
_SORTS = {"registerTime": "registered_at", "firstUsedTime": "first_used_at", "lastUsedTime": "last_used_at"}


@operation("RegisterApplicationRevision", partial="Revisions on GitHub are refused.")
async def register_application_revision(call: Call, request: Request) -> Reply:
    name, revision = require_application_name(request), parse_revision(request.get("revision"))
    key = key_of(revision)

    def write(tx: Transaction) -> None:
        store.require_application(tx, call.scope, name)
        known = store.find_revision(tx, call.scope, name, key) or store.KnownRevision(
            key, revision, "", tx.now, None, None, []
        )
        store.put_revision(tx, call.scope, name, known._replace(description=request.get("description") or ""))

    await call.write(write)
    return {}


@operation("GetApplicationRevision")
async def get_application_revision(call: Call, request: Request) -> Reply:
    name, revision = require_application_name(request), parse_revision(request.get("revision"))

    def read(tx: Transaction) -> store.KnownRevision:
        store.require_application(tx, call.scope, name)
        known = store.find_revision(tx, call.scope, name, key_of(revision))
        if known is None:
            raise RevisionDoesNotExistException("The application has no such revision")
        return known

    known = await call.read(read)
    return {"applicationName": name, "revision": known.revision, "revisionInfo": _info(known)}


@operation("BatchGetApplicationRevisions")
async def batch_get_application_revisions(call: Call, request: Request) -> Reply:
    name = require_application_name(request)
    given = request.get("revisions") or []
    if not given:
        raise RevisionRequiredException("Revision is required")
    if len(given) > _MOST_REVISIONS:
        raise BatchLimitExceededException(f"Maximum number of revisions for this request is {_MOST_REVISIONS}")
    keys = [key_of(parse_revision(revision)) for revision in given]

    def read(tx: Transaction) -> list[store.KnownRevision]:
        store.require_application(tx, call.scope, name)
        found = (store.find_revision(tx, call.scope, name, key) for key in keys)
        return [known for known in found if known is not None]

    revisions = [
        {"revisionLocation": known.revision, "genericRevisionInfo": _info(known)} for known in await call.read(read)
    ]
    reply: Reply = {"applicationName": name, "revisions": revisions}
    if len(revisions) < len(keys):
        reply["errorMessage"] = "Some of the revisions do not exist"
    return reply


@operation("ListApplicationRevisions")
async def list_application_revisions(call: Call, request: Request) -> Reply:
    name = require_application_name(request)
    sort, order = request.get("sortBy", "registerTime"), request.get("sortOrder", "ascending")
    deployed = request.get("deployed", "ignore")
    if sort not in _SORTS:
        raise InvalidSortByException(f"Invalid sort by: {sort}")
    if order not in ("ascending", "descending"):
        raise InvalidSortOrderException(f"Invalid sort order: {order}")
    if deployed not in ("include", "exclude", "ignore"):
        raise InvalidDeployedStateFilterException(f"Invalid deployed state filter: {deployed}")
    offset = parse_position(call, request, int) or 0

    def read(tx: Transaction) -> list[store.KnownRevision]:
        store.require_application(tx, call.scope, name)
        return store.list_revisions(tx, call.scope, name)

    known = [each for each in await call.read(read) if _fits(each, request, deployed)]
    known.sort(key=lambda each: getattr(each, _SORTS[sort]) or 0.0, reverse=order == "descending")
    page = known[offset : offset + MOST]
    reply: Reply = {"revisions": [each.revision for each in page]}
    return reply | {"nextToken": token_of(call, offset + MOST)} if len(known) > offset + MOST else reply


def _fits(known: store.KnownRevision, request: Request, deployed: str) -> bool:
    if deployed != "ignore" and bool(known.groups) != (deployed == "include"):
        return False
    place = known.revision.get("s3Location", {})
    bucket, prefix = request.get("s3Bucket"), request.get("s3KeyPrefix") or ""
    if bucket and place.get("bucket") != bucket:
        return False
    return not prefix or str(place.get("key", "")).startswith(prefix)


def _info(known: store.KnownRevision) -> dict[str, Any]:
    shown = {
        "description": known.description,
        "deploymentGroups": known.groups,
        "firstUsedTime": known.first_used_at,
        "lastUsedTime": known.last_used_at,
        "registerTime": known.registered_at,
    }
    return {name: value for name, value in shown.items() if value is not None}
