"""PutResourcePolicy, GetResourcePolicy and DeleteResourcePolicy: who may use a registry.

A policy is JSON by AWS's model: a text in requests, a document in replies, which goes out as a text.
"""

import json
from dataclasses import replace
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.schemas import store
from serein.services.schemas.errors import BadRequestException, PreconditionFailedException, not_found
from serein.services.schemas.records import Registry
from serein.services.schemas.registering import require_registry

_MEMBERS = ("Policy", "RevisionId")


@operation("PutResourcePolicy", stored=("Policy",))
async def put_resource_policy(call: Call, request: Request) -> Reply:
    policy, revision = _require_policy(request["Policy"]), new_uuid()

    def put(tx: Transaction) -> None:
        registry = _require(tx, call, request)
        expected = request.get("RevisionId")
        if expected and expected != registry.definition.get("RevisionId"):
            raise PreconditionFailedException(f"The policy of {registry.name} does not have the revision {expected}.")
        store.put_registry(
            tx, replace(registry, definition={**registry.definition, "Policy": policy, "RevisionId": revision})
        )

    await call.write(put)
    return {"Policy": policy, "RevisionId": revision}


@operation("GetResourcePolicy")
async def get_resource_policy(call: Call, request: Request) -> Reply:
    registry = await call.read(lambda tx: _require_with_policy(tx, call, request))
    return {member: registry.definition[member] for member in _MEMBERS}


@operation("DeleteResourcePolicy")
async def delete_resource_policy(call: Call, request: Request) -> Reply:
    def delete(tx: Transaction) -> None:
        registry = _require_with_policy(tx, call, request)
        kept = {member: value for member, value in registry.definition.items() if member not in _MEMBERS}
        store.put_registry(tx, replace(registry, definition=kept))

    await call.write(delete)
    return {}


def _require(tx: Transaction, call: Call, request: Request) -> Registry:
    name = request.get("RegistryName")
    if not name:
        raise BadRequestException("The name of the registry is required.")
    return require_registry(tx, call.scope, name)


def _require_with_policy(tx: Transaction, call: Call, request: Request) -> Registry:
    registry = _require(tx, call, request)
    if "Policy" not in registry.definition:
        raise not_found("Resource policy of the registry", registry.name)
    return registry


def _require_policy(text: str) -> dict[str, Any]:
    """Raises BadRequestException."""
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRequestException("The policy is not valid JSON.") from None
    if not isinstance(policy, dict) or not isinstance(policy.get("Statement"), list | dict):
        raise BadRequestException("The policy must be a JSON object with statements.")
    return policy
