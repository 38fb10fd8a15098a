"""AddPermission, RemovePermission: statements of a queue's policy, by label."""

import json
import re
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sqs import access
from serein.services.sqs.attributes import merged
from serein.services.sqs.errors import OverLimit, invalid_value, missing_parameter
from serein.services.sqs.queues import Queue, require_address
from serein.services.sqs.store import queues

_MOST_ACTIONS = 7
_LABEL = re.compile(r"[A-Za-z0-9_-]{1,80}\Z")
_ACCOUNT = re.compile(r"\d{12}\Z")


@operation("AddPermission")
async def add_permission(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    for name in ("Label", "AWSAccountIds", "Actions"):
        if not request.get(name):
            raise missing_parameter(name)
    label: str = request["Label"]
    _require_valid(label, request["AWSAccountIds"], request["Actions"])
    if len(request["Actions"]) > _MOST_ACTIONS:
        raise OverLimit(f"{len(request['Actions'])} Actions were found, maximum allowed is {_MOST_ACTIONS}.")

    def write(tx: Transaction) -> None:
        queue = access.require_queue(call, tx, address)
        policy = _policy_of(queue)
        if any(statement.get("Sid") == label for statement in policy["Statement"]):
            raise invalid_value(label, "Label", "Already exists.")
        policy["Statement"].append(_statement(queue, request))
        _store(tx, queue, policy)

    await call.write(write)
    return {}


@operation("RemovePermission")
async def remove_permission(call: Call, request: Request) -> Reply:
    address = require_address(request, call.scope)
    label = request.get("Label")
    if not label:
        raise missing_parameter("Label")

    def write(tx: Transaction) -> None:
        queue = access.require_queue(call, tx, address)
        policy = _policy_of(queue)
        left = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
        if len(left) == len(policy["Statement"]):
            raise invalid_value(label, "Label", "can't find label.")
        _store(tx, queue, {**policy, "Statement": left})

    await call.write(write)
    return {}


def _require_valid(label: str, accounts: list[str], actions: list[str]) -> None:
    """Check what AddPermission is given. Raises InvalidParameterValue."""
    if not _LABEL.match(label):
        reason = "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length."
        raise invalid_value(label, "Label", reason)
    for account in accounts:
        if not _ACCOUNT.match(account):
            raise invalid_value(f"[{account}]", "PrincipalId", "Unable to verify.")
    for action in actions:
        if action != "*" and action not in access.GRANTABLE:
            reason = "Please refer to the appropriate WSDL for a list of valid actions. "
            raise invalid_value(f"SQS:{action}", "ActionName", reason)


def _policy_of(queue: Queue) -> dict[str, Any]:
    text = queue.attributes.get("Policy")
    if not text:
        return {"Version": "2008-10-17", "Id": f"{queue.arn}/SQSDefaultPolicy", "Statement": []}
    policy: dict[str, Any] = json.loads(text)
    statements = policy.get("Statement", [])
    return {**policy, "Statement": list(statements) if isinstance(statements, list) else [statements]}


def _statement(queue: Queue, request: Request) -> dict[str, Any]:
    principals = [f"arn:{queue.scope.partition}:iam::{account}:root" for account in request["AWSAccountIds"]]
    actions = [f"SQS:{action}" for action in request["Actions"]]
    return {
        "Sid": request["Label"],
        "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": actions[0] if len(actions) == 1 else actions,
        "Resource": queue.arn,
    }


def _store(tx: Transaction, queue: Queue, policy: dict[str, Any]) -> None:
    text = json.dumps(policy, separators=(",", ":")) if policy["Statement"] else ""
    queues.update_attributes(tx, queue, merged(queue.attributes, {"Policy": text}))
