"""EnableRule, DisableRule: let a rule act, or not."""

from dataclasses import replace

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.access import check_rule
from serein.services.events.buses import place_of
from serein.services.events.rules import ENABLED, require_unmanaged
from serein.services.events.store import rules


@operation("EnableRule")
async def enable_rule(call: Call, request: Request) -> Reply:
    return await _set_state(call, request, ENABLED)


@operation("DisableRule")
async def disable_rule(call: Call, request: Request) -> Reply:
    return await _set_state(call, request, "DISABLED")


async def _set_state(call: Call, request: Request, state: str) -> Reply:
    place = place_of(call.scope, request.get("EventBusName"))

    def write(tx: Transaction) -> None:
        check_rule(call, tx, place, request["Name"])
        rule = rules.require_rule(tx, *place, request["Name"])
        require_unmanaged(rule)
        anchor = tx.now if not rule.is_enabled else rule.anchored_at
        rules.put_rule(tx, replace(rule, definition={**rule.definition, "State": state}, anchored_at=anchor))

    await call.write(write)
    return {}
