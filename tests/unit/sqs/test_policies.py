"""Queue policies: who may do what."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from serein.kernel.scope import Caller, Scope
from serein.services.sqs.access import require_allowed
from serein.services.sqs.errors import AccessDenied
from serein.services.sqs.in_flight import Allowances
from serein.services.sqs.queues import queue_of

OWNER, STRANGER = "111111111111", "222222222222"
ARN = f"arn:aws:sqs:us-east-1:{OWNER}:orders"
ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": ARN}


@dataclass
class Asking:
    """Of a call, what is looked at."""

    scope: Scope
    caller: Caller = field(default_factory=Caller)
    now: float = 0.0


def is_allowed(account: str, action: str, *statements: dict[str, Any]) -> bool:
    attributes = {
        "DelaySeconds": "0",
        "VisibilityTimeout": "30",
        "ReceiveMessageWaitTimeSeconds": "0",
        "MessageRetentionPeriod": "345600",
        "MaximumMessageSize": "1048576",
        **({"Policy": json.dumps({"Statement": list(statements)})} if statements else {}),
    }
    queue = queue_of(7, OWNER, "us-east-1", "orders", json.dumps(attributes), 0.0, 0.0)
    user = Caller(arn=f"arn:aws:iam::{account}:user/ann", user_id="AIDA1")
    call: Any = Asking(Scope(account, "us-east-1"), user)
    try:
        require_allowed(call, queue, action)
    except AccessDenied:
        return False
    return True


def test_without_a_policy_only_the_owners_account_may() -> None:
    assert is_allowed(OWNER, "SendMessage")
    assert not is_allowed(STRANGER, "SendMessage")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"Principal": {"AWS": STRANGER}}, True),
        ({"Principal": {"AWS": f"arn:aws:iam::{STRANGER}:root"}}, True),
        ({"Principal": {"AWS": [OWNER, f"arn:aws:iam::{STRANGER}:user/ann"]}}, True),
        ({"Principal": {"AWS": f"arn:aws:iam::{STRANGER}:user/bob"}}, False),
        ({"Principal": {"Service": "sns.amazonaws.com"}}, False),
        ({"Action": "SQS:*"}, True),
        ({"Action": ["sqs:Receive*", "sqs:sendmessage"]}, True),
        ({"Action": "sqs:Receive*"}, False),
        ({"Resource": "arn:aws:sqs:*:*:ord?rs"}, True),
        ({"Resource": "arn:aws:sqs:*:*:other"}, False),
        ({"Condition": {"StringLike": {"aws:PrincipalArn": "*:user/a*"}}}, True),
        ({"Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:sns:us-east-1:1:t"}}}, False),
        ({"Condition": {"StringEquals": {"aws:PrincipalAccount": [OWNER, STRANGER]}}}, True),
        ({"Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}}, False),
    ],
)
def test_a_stranger_may_what_a_statement_allows(changes: dict[str, Any], expected: bool) -> None:
    assert is_allowed(STRANGER, "SendMessage", {**ALLOW, **changes}) == expected


def test_a_denial_wins_and_others_may_never_manage_a_queue() -> None:
    deny = {**ALLOW, "Effect": "Deny", "NotAction": "sqs:ReceiveMessage"}
    del deny["Action"]
    everything = {**ALLOW, "Action": "sqs:*"}
    assert not is_allowed(STRANGER, "SendMessage", everything, deny)
    assert not is_allowed(OWNER, "SendMessage", deny)
    assert is_allowed(STRANGER, "ReceiveMessage", everything, deny)
    assert not is_allowed(STRANGER, "DeleteQueue", everything)


def test_messages_in_flight_are_counted_again_only_when_the_allowance_is_used_up() -> None:
    in_flight, counted = 0, []

    def count() -> int:
        counted.append(in_flight)
        return in_flight

    allowances = Allowances(most=25)
    granted = []
    for _ in range(4):
        granted.append(allowances.take(1, 10, count))
        in_flight += granted[-1]
    assert granted == [10, 10, 5, 0]
    assert counted == [0, 20, 25]
    in_flight -= 15
    assert allowances.take(1, 10, count) == 10
    assert allowances.take(2, 10, lambda: 0) == 10, "each queue has its own"
