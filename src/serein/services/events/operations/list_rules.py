"""ListRules, ListRuleNamesByTarget: the rules of a bus."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.access import check_bus
from serein.services.events.buses import place_of
from serein.services.events.pages import limit_of, page, require_position
from serein.services.events.rules import Rule, described
from serein.services.events.store import buses, rules


@operation("ListRules")
async def list_rules(call: Call, request: Request) -> Reply:
    place, after = place_of(call.scope, request.get("EventBusName")), require_position(request)

    def read(tx: Transaction) -> list[Rule]:
        buses.require_bus(tx, *place)
        check_bus(call, tx, place)
        return rules.list_rules(tx, *place, request.get("NamePrefix", ""), after, limit_of(request) + 1)

    return page(request, "Rules", await call.read(read), lambda rule: rule.name, described)


@operation("ListRuleNamesByTarget")
async def list_rule_names_by_target(call: Call, request: Request) -> Reply:
    place, after = place_of(call.scope, request.get("EventBusName")), require_position(request)
    arn = request["TargetArn"]

    def read(tx: Transaction) -> list[Rule]:
        buses.require_bus(tx, *place)
        check_bus(call, tx, place)
        found = rules.list_rules(tx, *place, "", after)
        return [rule for rule in found if any(target["Arn"] == arn for target in rule.targets)]

    return page(request, "RuleNames", await call.read(read), lambda rule: rule.name, lambda rule: rule.name)
