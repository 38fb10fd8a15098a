"""What the policy of a bus allows and denies, and as whom rules act. Enforced where signatures are.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-perms.html
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
"""

from typing import Any

from serein.kernel.access import find_refusal
from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.policies import Context, stored_policy
from serein.kernel.scope import Caller, Scope
from serein.services.events.buses import bus_arn
from serein.services.events.errors import AccessDeniedException
from serein.services.events.rules import rule_arn
from serein.services.events.store import buses

Place = tuple[Scope, str]
"""A bus: whose and where, and its name."""


def check_bus(
    call: Call, tx: Transaction, place: Place, *, action: str = "", resource: str = "", context: Context | None = None
) -> None:
    """Raise AccessDeniedException when the policy of the bus doesn't let the call through.

    The action is the operation's and the resource the bus, unless they are given.
    """
    if call.is_asked:
        scope, name = place
        bus = buses.find_bus(tx, scope, name)
        policy = stored_policy(bus.definition.get("Policy", "")) if bus is not None else None
        asked = f"events:{action or call.operation}"
        refusal = find_refusal(call, policy, scope.account, asked, resource or bus_arn(scope, name), context)
        if refusal:
            raise AccessDeniedException(refusal)


def check_rule(call: Call, tx: Transaction, place: Place, name: str) -> None:
    """The same for one of the rules of the bus."""
    if call.is_asked:
        check_bus(call, tx, place, resource=rule_arn(*place, name))


def entry_context(entry: dict[str, Any]) -> Context:
    """The condition keys of an entry of PutEvents."""
    members = (("events:source", "Source"), ("events:detail-type", "DetailType"))
    return {key: entry[member] for key, member in members if entry.get(member)}


def caller_for(owed: dict[str, Any], scope: Scope) -> Caller:
    """As whom a rule calls a target in `scope`: as EventBridge, or with a role.

    What the role may do isn't looked at; another account's resource must allow it to the role.
    """
    role = find_arn(owed["Target"].get("RoleArn", ""))
    if role is None:
        return Caller.of_service("events", scope, owed["Rule"])
    if role.account == scope.account:
        return Caller.of_service("events", scope)
    session = f"assumed-role/{role.resource.rpartition('/')[2]}/events"
    return Caller(arn=f"arn:{role.partition}:sts::{role.account}:{session}", user_id=role.account)


def sender_of(owed: dict[str, Any]) -> Caller:
    """As whom a rule puts an event on another bus: its role, or its account."""
    rule = find_arn(owed["Rule"])
    assert rule is not None, "rules have ARNs"
    root = f"arn:{rule.partition}:iam::{rule.account}:root"
    return Caller(arn=owed["Target"].get("RoleArn") or root, user_id=rule.account)
