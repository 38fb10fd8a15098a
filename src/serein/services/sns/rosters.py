"""Who is subscribed to a standard topic, sorted by how messages come to them.

Why audiences: a message for a hundred queues is then one row in SQS. What differs between their copies, the
subscription in a link, is put in when a queue's messages are received.
"""

import json
from dataclasses import dataclass
from hashlib import sha256

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.sns import store
from serein.services.sns.fanout import Audience, scope_of
from serein.services.sns.subscriptions import Subscription
from serein.services.sns.topics import Topic

_FEWEST = 8
"""Fewer queues are as well served one by one."""


@dataclass(frozen=True, slots=True)
class Roster:
    """A topic's subscriptions: all, and those outside of its audiences."""

    everyone: list[Subscription]
    audiences: tuple[Audience, ...]
    others: list[Subscription]


def roster_of(tx: Transaction, topic: Topic) -> Roster:
    """A standard topic's roster."""
    key = ("sns roster", topic.arn)
    found: Roster | None = tx.memo.get(key)
    if found is None:
        everyone = store.subscriptions_to(tx, topic)
        found = tx.memo[key] = _sorted_out(everyone)
    return found


def _sorted_out(everyone: list[Subscription]) -> Roster:
    alike: dict[tuple[Scope, bool], list[Subscription]] = {}
    for subscription in everyone:
        if _gets_everything(subscription):
            alike.setdefault((scope_of(subscription.endpoint), subscription.is_raw), []).append(subscription)
    audiences: list[Audience] = []
    included: set[str] = set()
    for (scope, is_raw), subscriptions in alike.items():
        if len(subscriptions) < _FEWEST:
            continue
        fills = [(subscription.endpoint, subscription.arn) for subscription in subscriptions]
        digest = sha256(json.dumps([is_raw, fills]).encode()).hexdigest()
        audiences.append(Audience(digest, scope, is_raw, tuple(subscriptions)))
        included.update(subscription.arn for subscription in subscriptions)
    others = [subscription for subscription in everyone if subscription.arn not in included]
    return Roster(everyone, tuple(audiences), others)


def _gets_everything(subscription: Subscription) -> bool:
    return (
        subscription.protocol == "sqs"
        and subscription.filter is None
        and not subscription.is_pending
        and not subscription.endpoint.endswith(".fifo")
    )
