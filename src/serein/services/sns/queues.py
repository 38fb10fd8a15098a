"""Queues get a message in the transaction that accepts it: SQS keeps its own in the same database.

So nothing is owed to them, nothing can be lost on the way or come twice, and a publication costs one commit. What a
queue refuses, or can't take yet, is owed as what goes to everybody else is.
"""

from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.operation import Reply
from serein.kernel.scope import Scope
from serein.services.sns.fanout import Audience, addressed, list_request, owed_after, queue_request, scope_of
from serein.services.sns.metrics import counts_of
from serein.services.sns.subscriptions import Subscription

_AT_ONCE = 100
"""How many queues get messages of their own in one transaction."""


def send(
    tx: Transaction, call: Call, packed: dict[str, Any], audiences: tuple[Audience, ...], wanting: list[Subscription]
) -> list[Subscription]:
    """Put a message into the queues of audiences and among subscriptions; returns the subscriptions that are left."""
    scattered = [
        member
        for audience in audiences
        if not _send_to_audience(tx, call, packed, audience)
        for member in audience.members
    ]
    alone: list[dict[str, Any]] = []
    left: list[Subscription] = []
    for subscription in scattered + wanting:
        if subscription.protocol == "sqs" and len(alone) < _AT_ONCE:
            alone.append(addressed(subscription))
        else:
            left.append(subscription)
    failures = send_to_each(tx, call, packed, alone)
    for address, failure in zip(alone, failures, strict=True):
        if failure is not None and (owed := owed_after(packed, address, failure)) is not None:
            tx.send(owed)
    return left


def send_to_each(
    tx: Transaction, call: Call, packed: dict[str, Any], addresses: list[dict[str, Any]]
) -> list[AwsError | None]:
    """Put a message into several queues. Returns what went wrong, for each of them."""
    together: dict[Scope, list[int]] = {}
    for place, address in enumerate(addresses):
        together.setdefault(scope_of(address["Endpoint"]), []).append(place)
    failures: list[AwsError | None] = [None] * len(addresses)
    for scope, places in together.items():
        messages = [queue_request(packed, addresses[place], addresses[place]["Endpoint"]) for place in places]
        refused: dict[int, AwsError] = _join(tx, call, packed, scope, "SendToQueues", {"Messages": messages})["Refused"]
        for number, refusal in refused.items():
            failures[places[number]] = refusal
    delivered = failures.count(None)
    failed = sum(failure is not None and failure.is_sender_fault for failure in failures)
    if failures:
        tx.then(lambda: _count(call, packed["Topic"], delivered, failed))
    return failures


def _send_to_audience(tx: Transaction, call: Call, packed: dict[str, Any], audience: Audience) -> bool:
    """Put a message into all queues of an audience, as one row; False when they have to be asked one by one."""
    request = {"Digest": audience.digest, **list_request(packed, is_raw=audience.is_raw)}
    try:
        is_sent: bool = _join(tx, call, packed, audience.scope, "SendToList", request)["Sent"]
        if not is_sent:
            fills = [(member.endpoint, "" if member.is_raw else member.arn) for member in audience.members]
            made = {"Digest": audience.digest, "Members": fills}
            if _join(tx, call, packed, audience.scope, "MakeList", made)["Made"]:
                is_sent = _join(tx, call, packed, audience.scope, "SendToList", request)["Sent"]
    except AwsError:
        # Why: what is wrong with the message, each of the queues has to say.
        return False
    if is_sent:
        tx.then(lambda: _count(call, packed["Topic"], len(audience.members), 0))
    return is_sent


def _join(
    tx: Transaction, call: Call, packed: dict[str, Any], scope: Scope, operation: str, request: dict[str, Any]
) -> Reply:
    return call.join(tx, "sqs", operation, request, scope, packed["Topic"])


def _count(call: Call, topic_arn: str, delivered: int, failed: int) -> None:
    counts = counts_of(call.platform)
    if delivered:
        counts.add_ones(topic_arn, "NumberOfNotificationsDelivered", delivered)
    if failed:
        counts.add_ones(topic_arn, "NumberOfNotificationsFailed", failed)
