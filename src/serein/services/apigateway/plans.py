"""Usage plans: found for an account, and checked against the stages that they name."""

from collections.abc import Iterable
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.apigateway.errors import NotFoundException
from serein.services.apigateway.store import apis, keys, stages

Settings = dict[str, Any]


def require_plan(tx: Transaction, scope: Scope, plan_id: str) -> Settings:
    found = keys.find_plan(tx, scope, plan_id)
    if found is None:
        raise NotFoundException("Invalid Usage Plan ID specified")
    return found


async def socket_stages(call: Call, texts: Iterable[str]) -> frozenset[str]:
    """Those of the stages (`apiId:stage`) that WebSocket APIs have: their clients may need keys, too."""
    named = sorted(set(texts))
    if not named:
        return frozenset()
    found = await call.to("apigatewayv2", "FindSocketStages", {"Stages": named})
    return frozenset(found["Stages"])


def require_stages(tx: Transaction, scope: Scope, plan: Settings, of_sockets: frozenset[str] = frozenset()) -> None:
    """Raises NotFoundException for a stage of the plan that isn't there, nor among `of_sockets`."""
    for stage in plan["apiStages"]:
        if f"{stage['apiId']}:{stage['stage']}" in of_sockets:
            continue
        has_api = apis.find_api(tx, scope, stage["apiId"]) is not None
        if not has_api or stages.find_stage(tx, stage["apiId"], stage["stage"]) is None:
            raise NotFoundException(f"API Stage not found: {stage['apiId']}:{stage['stage']}")


def require_plan_key(tx: Transaction, scope: Scope, plan_id: str, key_id: str) -> Settings:
    """An ApiKey of a plan. Raises NotFoundException."""
    require_plan(tx, scope, plan_id)
    for key in keys.keys_of_plan(tx, scope, plan_id):
        if key["id"] == key_id:
            return key
    raise NotFoundException("Invalid Usage Plan Key identifier specified")
