"""What a queue's policy allows and denies. Enforced where signatures are.

Identity policies are not looked at: a caller of the queue's own account may do what no statement denies. The
platform's own services (a topic's deliveries, a function's poller) act for the application and aren't asked.
AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-identity-based-policies.html
"""

import json
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.services.sqs.errors import AccessDenied
from serein.services.sqs.queues import Address, Queue
from serein.services.sqs.store import queues
from serein.services.sqs.throttling import require_throughput

OWNERS_ONLY = frozenset(
    {
        "AddPermission",
        "CancelMessageMoveTask",
        "CreateQueue",
        "DeleteQueue",
        "ListMessageMoveTasks",
        "ListQueueTags",
        "ListQueues",
        "RemovePermission",
        "SetQueueAttributes",
        "StartMessageMoveTask",
        "TagQueue",
        "UntagQueue",
    }
)
"""AWS: no policy lets another account do these (SQSDeveloperGuide/sqs-customer-managed-policy-examples.html)."""
GRANTABLE = frozenset(
    {
        "ChangeMessageVisibility",
        "DeleteMessage",
        "GetQueueAttributes",
        "GetQueueUrl",
        "ListDeadLetterSourceQueues",
        "PurgeQueue",
        "ReceiveMessage",
        "SendMessage",
    }
)
"""What AddPermission can allow, besides everything (`*`)."""
Statement = Mapping[str, Any]


def require_queue(call: Call, tx: Transaction, address: Address, action: str = "") -> Queue:
    """The queue, if the caller may use it. `action` is the operation's name, unless it is that of the call.

    Raises QueueDoesNotExist, RequestThrottled and AccessDenied.
    """
    queue = queues.require_queue(tx, address)
    if call.platform.realism.is_throttling:
        require_throughput(call, queue)
    if call.caller.service is None:
        signatures = call.platform.signatures
        if signatures is not None and signatures.is_enforced:
            require_allowed(call, queue, action or call.operation)
    return queue


def require_allowed(call: Call, queue: Queue, action: str) -> None:
    """Raise AccessDenied when the queue's policy denies the action, or a foreign caller isn't allowed it."""
    policy = queue.attributes.get("Policy", "")
    effects = {
        statement.get("Effect")
        for statement in (_statements(policy) if policy else ())
        if _is_about(statement, call, queue, action)
    }
    if "Deny" in effects:
        raise _denied(call, queue, action, "with an explicit deny in a resource-based policy")
    is_foreign = call.scope.account != queue.scope.account
    if is_foreign and ("Allow" not in effects or action in OWNERS_ONLY):
        reason = f"because no resource-based policy allows the sqs:{action.lower()} action"
        raise _denied(call, queue, action, reason)


def _denied(call: Call, queue: Queue, action: str, reason: str) -> AccessDenied:
    return AccessDenied(
        f"User: {call.caller.arn} is not authorized to perform: sqs:{action.lower()} on resource: {queue.arn} {reason}"
    )


@lru_cache(maxsize=1024)
def _statements(policy: str) -> tuple[Statement, ...]:
    found = json.loads(policy).get("Statement", [])
    return tuple(found if isinstance(found, list) else [found])


def _is_about(statement: Statement, call: Call, queue: Queue, action: str) -> bool:
    return (
        _names(statement, "Action", f"sqs:{action}".lower(), lower=True)
        and _names(statement, "Resource", queue.arn)
        and _is_meant(statement, call)
        and _fits(statement, call)
    )


def _listed(value: Any) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _names(statement: Statement, member: str, wanted: str, *, lower: bool = False) -> bool:
    if f"Not{member}" in statement:
        return not _matches(statement[f"Not{member}"], wanted, lower=lower)
    return member in statement and _matches(statement[member], wanted, lower=lower)


def _matches(patterns: Any, wanted: str, *, lower: bool = False) -> bool:
    # Why the escape: in fnmatch a bracket begins a set, in a policy it is a character like others.
    found = (pattern.lower() if lower else pattern for pattern in _listed(patterns))
    return any(fnmatchcase(wanted, pattern.replace("[", "[[]")) for pattern in found)


def _is_meant(statement: Statement, call: Call) -> bool:
    if "NotPrincipal" in statement:
        return not _is_principal(statement["NotPrincipal"], call)
    return _is_principal(statement.get("Principal"), call)


def _is_principal(principal: Any, call: Call) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    account = call.scope.account
    root = f"arn:{call.scope.partition}:iam::{account}:root"
    return any(named in ("*", account, root, call.caller.arn) for named in _listed(principal.get("AWS", [])))


def _fits(statement: Statement, call: Call) -> bool:
    """Whether every condition holds. One with a key or an operator that isn't known here holds for none."""
    context = {
        "aws:principalarn": call.caller.arn,
        "aws:principalaccount": call.scope.account,
        "aws:userid": call.caller.user_id,
        "aws:requestedregion": call.scope.region,
    }
    for operator, tests in (statement.get("Condition") or {}).items():
        for key, wanted in tests.items():
            value = context.get(key.lower())
            if value is None or not _holds(operator, value, wanted):
                return False
    return True


def _holds(operator: str, value: str, wanted: Any) -> bool:
    if operator in ("StringEquals", "ArnEquals"):
        return value in _listed(wanted)
    if operator in ("StringLike", "ArnLike"):
        return _matches(wanted, value)
    if operator in ("StringNotEquals", "ArnNotEquals"):
        return value not in _listed(wanted)
    if operator in ("StringNotLike", "ArnNotLike"):
        return not _matches(wanted, value)
    return False
