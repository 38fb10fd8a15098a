"""AddPermission, RemovePermission: statements of a topic's policy, by label."""

import json
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request, operation
from serein.services.sns import access, store
from serein.services.sns.errors import invalid, missing
from serein.services.sns.topics import Topic, policy_of, require_topic_arn

_ACTIONS = frozenset(
    {
        "AddPermission",
        "DeleteTopic",
        "GetDataProtectionPolicy",
        "GetTopicAttributes",
        "ListSubscriptionsByTopic",
        "ListTagsForResource",
        "Publish",
        "PutDataProtectionPolicy",
        "RemovePermission",
        "SetTopicAttributes",
        "Subscribe",
    }
)


@operation("AddPermission")
async def add_permission(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("TopicArn"), call.scope)
    for member, path in (("Label", "label"), ("AWSAccountId", "aWSAccountId"), ("ActionName", "actionName")):
        if not request.get(member):
            raise missing(path)

    def write(tx: Transaction) -> None:
        topic = access.require_topic(call, tx, arn)
        policy = policy_of(topic)
        if any(statement.get("Sid") == request["Label"] for statement in policy["Statement"]):
            raise invalid("Statement already exists")
        if any(action not in _ACTIONS for action in request["ActionName"]):
            raise invalid("Policy statement action out of service scope!")
        policy["Statement"].append(_statement(topic, request))
        _store(tx, topic, policy)

    await call.write(write)
    return {}


@operation("RemovePermission")
async def remove_permission(call: Call, request: Request) -> Reply:
    arn = require_topic_arn(request.get("TopicArn"), call.scope)
    label = request.get("Label")
    if not label:
        raise missing("label")

    def write(tx: Transaction) -> None:
        # AWS: a label that isn't there is no error.
        topic = access.require_topic(call, tx, arn)
        policy = policy_of(topic)
        left = [statement for statement in policy["Statement"] if statement.get("Sid") != label]
        _store(tx, topic, {**policy, "Statement": left})

    await call.write(write)
    return {}


def _statement(topic: Topic, request: Request) -> dict[str, Any]:
    principals = [f"arn:{topic.scope.partition}:iam::{account}:root" for account in request["AWSAccountId"]]
    actions = [f"SNS:{action}" for action in request["ActionName"]]
    return {
        "Sid": request["Label"],
        "Effect": "Allow",
        "Principal": {"AWS": principals[0] if len(principals) == 1 else principals},
        "Action": actions[0] if len(actions) == 1 else actions,
        "Resource": topic.arn,
    }


def _store(tx: Transaction, topic: Topic, policy: dict[str, Any]) -> None:
    store.update_topic(tx, topic, {**topic.attributes, "Policy": json.dumps(policy, separators=(",", ":"))})
