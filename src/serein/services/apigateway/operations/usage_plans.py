"""Usage plans: create, get, list, update and delete."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigateway.control.constraints import checked
from serein.services.apigateway.control.pages import page_of
from serein.services.apigateway.control.patches import parse_patches
from serein.services.apigateway.control.usage_plans import new_plan, patch_plan
from serein.services.apigateway.control.usage_plans import require_plan as require_limits
from serein.services.apigateway.errors import BadRequestException
from serein.services.apigateway.parts import patched
from serein.services.apigateway.plans import require_plan, require_stages, socket_stages
from serein.services.apigateway.store import keys


@operation("CreateUsagePlan")
@checked
async def create_usage_plan(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    of_sockets = await socket_stages(
        call, [f"{each['apiId']}:{each['stage']}" for each in new_plan(request)["apiStages"]]
    )

    def write(tx: Transaction) -> Reply:
        plan = new_plan(request)
        require_stages(tx, call.scope, plan, of_sockets)
        keys.put_plan(tx, call.scope, plan)
        return plan

    return await call.write(write)


@operation("GetUsagePlan")
@checked
async def get_usage_plan(call: Call, request: Request) -> Reply:
    """Raises NotFoundException."""
    found = await call.read(lambda tx: require_plan(tx, call.scope, request["usagePlanId"]))
    return {"tags": {}, **found}


@operation("GetUsagePlans")
@checked
async def get_usage_plans(call: Call, request: Request) -> Reply:
    """Raises BadRequestException for a malformed position."""

    def read(tx: Transaction) -> Reply:
        plans = keys.list_plans(tx, call.scope)
        if request.get("keyId"):
            of_key = {plan["id"] for plan in keys.usage_plans_of_key(tx, request["keyId"])}
            plans = [plan for plan in plans if plan["id"] in of_key]
        return page_of(plans, lambda plan: plan["id"], request)

    return await call.read(read)


@operation("UpdateUsagePlan")
@checked
async def update_usage_plan(call: Call, request: Request) -> Reply:
    """Raises NotFound-, BadRequestException."""
    patches = parse_patches(request)
    now = await call.read(lambda tx: patched(require_plan(tx, call.scope, request["usagePlanId"]), patches, patch_plan))
    of_sockets = await socket_stages(call, [f"{each['apiId']}:{each['stage']}" for each in now["apiStages"]])

    def write(tx: Transaction) -> Reply:
        plan = patched(require_plan(tx, call.scope, request["usagePlanId"]), patches, patch_plan)
        require_limits(plan)
        require_stages(tx, call.scope, plan, of_sockets)
        keys.put_plan(tx, call.scope, plan)
        return {"tags": {}, **plan}

    return await call.write(write)


@operation("DeleteUsagePlan")
@checked
async def delete_usage_plan(call: Call, request: Request) -> Reply:
    """Raises NotFoundException, BadRequestException while the plan has stages."""

    def write(tx: Transaction) -> None:
        plan = require_plan(tx, call.scope, request["usagePlanId"])
        if plan["apiStages"]:
            raise BadRequestException("Usage Plan is associated with API stages. Remove them before deleting it")
        keys.delete_plan(tx, call.scope, plan["id"])

    await call.write(write)
    return {}
