"""PutRule: make a rule, or change it; its targets stay."""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.access import check_rule
from serein.services.events.buses import DEFAULT, place_of
from serein.services.events.errors import LimitExceededException, ValidationException
from serein.services.events.rules import (
    ENABLED,
    MOST_RULES,
    Rule,
    parse_tags,
    require_pattern,
    require_unmanaged,
    schedule_of,
)
from serein.services.events.store import buses, rules

_MEMBERS = ("EventPattern", "ScheduleExpression", "Description", "RoleArn")


@operation("PutRule", stored=("RoleArn",))
async def put_rule(call: Call, request: Request) -> Reply:
    name, (scope, bus) = request["Name"], place_of(call.scope, request.get("EventBusName"))
    pattern, schedule = request.get("EventPattern"), request.get("ScheduleExpression")
    if not pattern and not schedule:
        raise ValidationException("Parameter(s) EventPattern or ScheduleExpression must be specified.")
    if pattern:
        require_pattern(pattern)
    if schedule:
        if bus != DEFAULT:
            raise ValidationException("ScheduleExpression is supported only on the default event bus.")
        schedule_of(schedule)
    definition: dict[str, Any] = {member: request[member] for member in _MEMBERS if request.get(member)}
    definition |= {"State": request.get("State", ENABLED), "CreatedBy": call.scope.account}
    tags = parse_tags(request.get("Tags"), may_be_aws=call.caller.service is not None)

    def write(tx: Transaction) -> str:
        buses.require_bus(tx, scope, bus)
        check_rule(call, tx, (scope, bus), name)
        known = rules.find_rule(tx, scope, bus, name)
        if known is None:
            if rules.count_rules(tx, scope, bus) >= _limit(call):
                raise LimitExceededException
            rule = Rule(scope, bus, name, definition, tags, [], None, tx.now)
        else:
            require_unmanaged(known)
            # AWS: a changed rate counts from the change; tags of an existing rule are left alone.
            is_same = known.definition.get("ScheduleExpression") == schedule and known.is_enabled
            anchor = known.anchored_at if is_same else tx.now
            rule = Rule(scope, bus, name, definition, known.tags, known.targets, None, anchor)
        rules.put_rule(tx, rule)
        return rule.arn

    return {"RuleArn": await call.write(write)}


def _limit(call: Call) -> int:
    """AWS: 300 rules for each bus, which can be raised; only throttling platforms keep to it."""
    return MOST_RULES if call.platform.realism.is_throttling else 100_000
