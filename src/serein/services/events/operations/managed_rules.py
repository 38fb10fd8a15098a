"""PutManagedRule and DeleteManagedRule: rules that other services have on a bus, and only they may change."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.buses import place_of
from serein.services.events.rules import Rule
from serein.services.events.store import buses, rules


@operation("PutManagedRule", internal=True)
async def put_managed_rule(call: Call, request: Request) -> Reply:
    """The request is {"Name", "EventBusName", "EventPattern", "ManagedBy", "State", "Targets"}, as checked already."""
    scope, bus = place_of(call.scope, request["EventBusName"])
    definition: dict[str, Any] = {member: request[member] for member in ("EventPattern", "ManagedBy", "State")}
    definition["CreatedBy"] = call.scope.account

    def put(tx: Transaction) -> None:
        buses.require_bus(tx, scope, bus)
        rules.put_rule(tx, Rule(scope, bus, request["Name"], definition, {}, request["Targets"], None, tx.now))

    await call.write(put)
    return {}


@operation("DeleteManagedRule", internal=True)
async def delete_managed_rule(call: Call, request: Request) -> Reply:
    """The request is {"Name", "EventBusName"}; not an error when there is none."""
    place = place_of(call.scope, request["EventBusName"])

    def delete(tx: Transaction) -> None:
        rule = rules.find_rule(tx, *place, request["Name"])
        if rule is not None:
            rules.delete_rule(tx, rule)

    await call.write(delete)
    return {}
