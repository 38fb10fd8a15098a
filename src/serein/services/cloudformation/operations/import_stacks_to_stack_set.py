"""ImportStacksToStackSet: stacks that exist become instances of a stack set, as they are."""

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.cloudformation.errors import ValidationError
from serein.services.cloudformation.stacksets import store
from serein.services.cloudformation.stacksets.errors import StackNotFoundException
from serein.services.cloudformation.stacksets.sets import Instance, StackSet
from serein.services.cloudformation.stacksets.submission import begin_operation, refuse_service_managed
from serein.services.cloudformation.store import stacks
from serein.services.cloudformation.submission import fetch

_MOST = 10


@operation("ImportStacksToStackSet")
async def import_stacks_to_stack_set(call: Call, request: Request) -> Reply:
    refuse_service_managed(request)
    if request.get("OrganizationalUnitIds"):
        raise ValidationError("OrganizationalUnitIds can only be specified for service managed stack sets")
    stack_ids = list(request.get("StackIds", []))
    if "StackIdsUrl" in request:
        text = await fetch(call, request["StackIdsUrl"])
        stack_ids += [part.strip() for part in text.replace("\n", ",").split(",") if part.strip()]
    if not 0 < len(stack_ids) <= _MOST:
        raise ValidationError(f"Between 1 and {_MOST} stacks can be imported at a time")

    def write(tx: Transaction) -> str:
        stack_set = store.require_set(tx, call.scope, request["StackSetName"])
        instances = [_instance(tx, stack_set, stack_id) for stack_id in stack_ids]
        by_place = {(it.account, it.region): it.stack_id for it in instances}
        return begin_operation(tx, stack_set, request, "IMPORT", instances, stack_ids=by_place)

    return {"OperationId": await call.write(write)}


def _instance(tx: Transaction, stack_set: StackSet, stack_id: str) -> Instance:
    arn = find_arn(stack_id)
    stack = stacks.find_stack(tx, arn.scope, stack_id) if arn is not None else None
    if stack is None or not stack.is_live:
        raise StackNotFoundException(f"Stack {stack_id} not found")
    scope = stack.scope
    if store.is_an_instance(tx, stack_id) or store.find_instance(tx, stack_set.set_id, scope.account, scope.region):
        raise ValidationError(f"Stack {stack_id} already belongs to a stack set, or its account and region has one")
    values = {name: it.value for name, it in stack.definition.parameters.items()}
    overrides = {name: value for name, value in values.items() if stack_set.parameters.get(name) != value}
    return Instance(stack_set.set_id, scope.account, scope.region, stack_id, overrides=overrides)
