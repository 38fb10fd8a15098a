"""DeleteRule: delete a rule that has no targets any more; not an error when there is none."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.access import check_rule
from serein.services.events.buses import place_of
from serein.services.events.errors import ValidationException
from serein.services.events.rules import require_unmanaged
from serein.services.events.store import buses, rules


@operation("DeleteRule")
async def delete_rule(call: Call, request: Request) -> Reply:
    place = place_of(call.scope, request.get("EventBusName"))

    def write(tx: Transaction) -> None:
        buses.require_bus(tx, *place)
        check_rule(call, tx, place, request["Name"])
        rule = rules.find_rule(tx, *place, request["Name"])
        if rule is None:
            return
        require_unmanaged(rule, is_forced=request.get("Force", False))
        if rule.targets:
            raise ValidationException("Rule can't be deleted since it has targets.")
        rules.delete_rule(tx, rule)

    await call.write(write)
    return {}
