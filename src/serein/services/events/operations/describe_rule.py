"""DescribeRule: a rule without its targets."""

from serein.kernel.call import Call
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.buses import place_of
from serein.services.events.rules import described
from serein.services.events.store import rules


@operation("DescribeRule")
async def describe_rule(call: Call, request: Request) -> Reply:
    place = place_of(call.scope, request.get("EventBusName"))
    rule = await call.read(lambda tx: rules.require_rule(tx, *place, request["Name"]))
    return described(rule) | {"CreatedBy": rule.definition["CreatedBy"]}
