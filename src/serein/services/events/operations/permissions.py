"""PutPermission, RemovePermission: the resource policy of a bus."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events import policies
from serein.services.events.access import check_bus
from serein.services.events.buses import place_of
from serein.services.events.errors import ResourceNotFoundException, ValidationException
from serein.services.events.store import buses


@operation("PutPermission")
async def put_permission(call: Call, request: Request) -> Reply:
    place = place_of(call.scope, request.get("EventBusName"))

    def write(tx: Transaction) -> None:
        bus = buses.require_bus(tx, *place)
        check_bus(call, tx, place)
        if "Policy" in request:
            policy = policies.require_policy(request["Policy"])
        else:
            statement = policies.statement_of(request, call.scope.partition, bus.arn)
            policy = policies.with_statement(bus.definition.get("Policy"), statement)
        buses.put_bus(tx, *place, {**bus.definition, "Policy": policy}, bus.tags)

    await call.write(write)
    return {}


@operation("RemovePermission")
async def remove_permission(call: Call, request: Request) -> Reply:
    place = place_of(call.scope, request.get("EventBusName"))
    identity, is_all = request.get("StatementId"), request.get("RemoveAllPermissions", False)
    if not identity and not is_all:
        raise ValidationException("Parameter StatementId must be specified.")

    def write(tx: Transaction) -> None:
        bus = buses.require_bus(tx, *place)
        check_bus(call, tx, place)
        definition = dict(bus.definition)
        before = definition.pop("Policy", None)
        if before is None:
            raise ResourceNotFoundException(
                "EventBus does not have a policy." if is_all else "Statement with the provided id does not exist."
            )
        left = None if is_all else policies.without_statement(before, identity or "")
        buses.put_bus(tx, *place, definition | ({"Policy": left} if left else {}), bus.tags)

    await call.write(write)
    return {}
