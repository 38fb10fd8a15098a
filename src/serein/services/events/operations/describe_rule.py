"""DescribeRule: a rule without its targets."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.access import check_rule
from serein.services.events.buses import place_of
from serein.services.events.rules import Rule, described
from serein.services.events.store import rules


@operation("DescribeRule")
async def describe_rule(call: Call, request: Request) -> Reply:
    place = place_of(call.scope, request.get("EventBusName"))

    def read(tx: Transaction) -> Rule:
        check_rule(call, tx, place, request["Name"])
        return rules.require_rule(tx, *place, request["Name"])

    rule = await call.read(read)
    return described(rule) | {"CreatedBy": rule.definition["CreatedBy"]}
