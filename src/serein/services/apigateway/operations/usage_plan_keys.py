"""The keys of usage plans: create, get, list and delete."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.errors import BadRequestException, ConflictException, NotFoundException
from serein.services.apigateway.plans import require_plan, require_plan_key
from serein.services.apigateway.store import keys


@operation("CreateUsagePlanKey")
@checked
async def create_usage_plan_key(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequest-, ConflictException."""
    if request["keyType"] != "API_KEY":
        raise BadRequestException("Invalid key type specified. Must be one of: [API_KEY]")

    def write(tx: Transaction) -> Reply:
        plan = require_plan(tx, call.scope, request["usagePlanId"])
        key = keys.find_key(tx, call.scope, request["keyId"])
        if key is None:
            raise NotFoundException("Invalid API Key identifier specified")
        _require_free(tx, plan, key)
        keys.insert_plan_key(tx, call.scope, plan["id"], key["id"])
        return _shown(key)

    return await call.write(write)


def _require_free(tx: Transaction, plan: dict[str, Any], key: dict[str, Any]) -> None:
    """AWS: for one stage a key has one plan at most."""
    wanted = {(stage["apiId"], stage["stage"]) for stage in plan["apiStages"]}
    for other in keys.usage_plans_of_key(tx, key["id"]):
        if other["id"] == plan["id"]:
            raise ConflictException(f"{key['id']} is already subscribed to {plan['id']}")
        taken = wanted & {(stage["apiId"], stage["stage"]) for stage in other["apiStages"]}
        if taken:
            api_id, stage = sorted(taken)[0]
            raise ConflictException(f"API Key {key['id']} already has a usage plan for API stage {api_id}:{stage}")


def _shown(key: dict[str, Any]) -> Reply:
    shown = {"id": key["id"], "type": "API_KEY", "value": key["value"]}
    return {**shown, "name": key["name"]} if "name" in key else shown


@operation("GetUsagePlanKey")
@checked
async def get_usage_plan_key(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    plan_id, key_id = request["usagePlanId"], request["keyId"]
    return _shown(await call.read(lambda tx: require_plan_key(tx, call.scope, plan_id, key_id)))


@operation("GetUsagePlanKeys")
@checked
async def get_usage_plan_keys(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def read(tx: Transaction) -> Reply:
        require_plan(tx, call.scope, request["usagePlanId"])
        found = [_shown(key) for key in keys.keys_of_plan(tx, call.scope, request["usagePlanId"])]
        name = request.get("nameQuery", "")
        found = [key for key in found if key.get("name", "").startswith(name)]
        return page_of(found, lambda key: key["id"], request)

    return await call.read(read)


@operation("DeleteUsagePlanKey")
@checked
async def delete_usage_plan_key(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""

    def write(tx: Transaction) -> None:
        require_plan_key(tx, call.scope, request["usagePlanId"], request["keyId"])
        keys.delete_plan_key(tx, request["usagePlanId"], request["keyId"])

    await call.write(write)
    return {}
