"""FireRules: send the events of scheduled rules that are due, for the worker."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.entries import encode, scheduled_event
from serein.services.events.routing import send
from serein.services.events.rules import next_due
from serein.services.events.store import rules

_AT_ONCE = 50


@operation("FireRules", internal=True)
async def fire_rules(call: Call, request: Request) -> Reply:
    del request
    while await call.write(_fire):
        pass
    return {}


def _fire(tx: Transaction) -> bool:
    """Whether there may be more. A rule that fell due several times while nothing ran is due once."""
    due = rules.due_rules(tx, _AT_ONCE)
    for rule in due:
        assert rule.due_at is not None
        event = encode(scheduled_event(rule.scope, rule.arn, rule.due_at)).decode()
        for target in rule.targets:
            send(tx, rule, target, event)
        rules.set_due(tx, rule, next_due(rule.definition, tx.now, rule.anchored_at))
    return len(due) == _AT_ONCE
