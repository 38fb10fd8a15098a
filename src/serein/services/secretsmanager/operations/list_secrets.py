"""ListSecrets: the secrets of an account in a region."""

from collections.abc import Callable
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.secretsmanager import store
from serein.services.secretsmanager.filters import passes
from serein.services.secretsmanager.pages import page_of
from serein.services.secretsmanager.secrets import description_reply
from serein.services.secretsmanager.store import Found

_MOST_RESULTS = 100
_ORDERS: dict[str, Callable[[Found], Any]] = {
    "created-date": lambda found: found.secret.created_at,
    "last-accessed-date": lambda found: found.secret.accessed_on or 0.0,
    "last-changed-date": lambda found: found.secret.changed_at,
    "name": lambda found: found.name,
}


@operation("ListSecrets")
async def list_secrets(call: Call, request: Request) -> Reply:
    is_planned = bool(request.get("IncludePlannedDeletion"))
    filters = request.get("Filters") or []

    def find(tx: Transaction) -> Reply:
        found = {
            one.arn: one
            for one in store.list_secrets(tx, call.scope)
            if (is_planned or one.secret.marked_at is None) and passes(one, filters)
        }
        # AWS: by creation, the newest first, unless the request says otherwise.
        order = _ORDERS[request.get("SortBy", "created-date")]
        arns = sorted(found, key=lambda arn: order(found[arn]), reverse=request.get("SortOrder", "desc") != "asc")
        page, token = page_of(call, request, arns, _MOST_RESULTS)
        reply: Reply = {"SecretList": [_entry(tx, found[arn]) for arn in page]}
        if token is not None:
            reply["NextToken"] = token
        return reply

    return await call.read(find)


def _entry(tx: Transaction, found: Found) -> dict[str, Any]:
    entry = description_reply(found.secret, found.arn, found.name, found.own, found.secret.marked_at)
    stages = {version.version_id: version.stages for version in store.versions_of(tx, found.secret_id)}
    if stages := {version_id: labels for version_id, labels in stages.items() if labels}:
        entry["SecretVersionsToStages"] = stages
    if found.rotates_at is not None and found.secret.rotation.is_enabled:
        entry["NextRotationDate"] = found.rotates_at
    return entry
