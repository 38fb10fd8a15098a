"""The SQL of topics, subscriptions and what FIFO topics owe."""

import json

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.sns.subscriptions import Subscription, subscription_of
from serein.services.sns.topics import Topic, topic_not_found, topic_of

DEDUPLICATION_SECONDS = 300

_TOPIC = "SELECT arn, account, region, attributes FROM sns_topics WHERE arn = :arn"
_COLUMNS = "arn, topic_arn, protocol, endpoint, principal, attributes, is_pending"


def find_topic(tx: Transaction, arn: str) -> Topic | None:
    row = tx.one(_TOPIC, arn=arn)
    return None if row is None else topic_of(*row)


def require_topic(tx: Transaction, arn: str) -> Topic:
    """The topic. Raises NotFound."""
    row = tx.one(_TOPIC, arn=arn)
    if row is None:
        raise topic_not_found()
    return topic_of(*row)


def insert_topic(tx: Transaction, arn: str, scope: Scope, attributes: dict[str, str], tags: dict[str, str]) -> None:
    tx.run(
        "INSERT INTO sns_topics (arn, account, region, attributes, tags, deleted_subscriptions, sequence)"
        " VALUES (:arn, :account, :region, :attributes, :tags, 0, 0)",
        arn=arn,
        account=scope.account,
        region=scope.region,
        attributes=json.dumps(attributes),
        tags=json.dumps(tags),
    )


def update_topic(tx: Transaction, topic: Topic, attributes: dict[str, str]) -> None:
    tx.run(
        "UPDATE sns_topics SET attributes = :attributes WHERE arn = :arn",
        attributes=json.dumps(attributes),
        arn=topic.arn,
    )


def delete_topic(tx: Transaction, arn: str) -> None:
    """Delete a topic with its subscriptions; not an error when there is none."""
    tx.run("DELETE FROM sns_subscriptions WHERE topic_arn = :arn", arn=arn)
    tx.run("DELETE FROM sns_deduplications WHERE topic_arn = :arn", arn=arn)
    tx.run("DELETE FROM sns_topics WHERE arn = :arn", arn=arn)
    tx.memo.clear()


def topic_arns(tx: Transaction, scope: Scope, after: str, limit: int) -> list[str]:
    rows = tx.all(
        "SELECT arn FROM sns_topics WHERE account = :account AND region = :region AND arn > :after"
        " ORDER BY arn LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [row[0] for row in rows]


def tags_of(tx: Transaction, arn: str) -> dict[str, str] | None:
    """A topic's tags; None when there is no such topic."""
    row = tx.one("SELECT tags FROM sns_topics WHERE arn = :arn", arn=arn)
    if row is None:
        return None
    tags: dict[str, str] = json.loads(row[0])
    return tags


def update_tags(tx: Transaction, arn: str, tags: dict[str, str]) -> None:
    tx.run("UPDATE sns_topics SET tags = :tags WHERE arn = :arn", tags=json.dumps(tags), arn=arn)


def next_sequence(tx: Transaction, topic: Topic) -> int:
    """The number of a FIFO topic's next message."""
    row = tx.one("UPDATE sns_topics SET sequence = sequence + 1 WHERE arn = :arn RETURNING sequence", arn=topic.arn)
    if row is None:
        raise topic_not_found()
    return int(row[0])


def count_subscriptions(tx: Transaction, topic: Topic) -> tuple[int, int, int]:
    """How many subscriptions of a topic are confirmed, pending and deleted."""
    rows = tx.all(
        "SELECT is_pending, COUNT(*) FROM sns_subscriptions WHERE topic_arn = :arn GROUP BY is_pending", arn=topic.arn
    )
    counts: dict[int, int] = dict(rows)
    deleted = tx.one("SELECT deleted_subscriptions FROM sns_topics WHERE arn = :arn", arn=topic.arn)
    return counts.get(0, 0), counts.get(1, 0), int(deleted[0]) if deleted else 0


def insert_subscription(
    tx: Transaction,
    arn: str,
    topic: Topic,
    protocol: str,
    endpoint: str,
    principal: str,
    attributes: dict[str, str],
    token: str,
) -> None:
    """Add a subscription; with a token it waits to be confirmed."""
    tx.run(
        "INSERT INTO sns_subscriptions (arn, topic_arn, account, region, protocol, endpoint, principal, attributes,"
        " token, is_pending) VALUES (:arn, :topic_arn, :account, :region, :protocol, :endpoint, :principal,"
        " :attributes, :token, :is_pending)",
        arn=arn,
        topic_arn=topic.arn,
        account=topic.scope.account,
        region=topic.scope.region,
        protocol=protocol,
        endpoint=endpoint,
        principal=principal,
        attributes=json.dumps(attributes),
        token=token,
        is_pending=1 if token else 0,
    )
    tx.memo.clear()


def find_subscription(tx: Transaction, arn: str) -> Subscription | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE arn = :arn", arn=arn)
    return None if row is None else subscription_of(*row)


def find_subscription_to(tx: Transaction, topic: Topic, protocol: str, endpoint: str) -> Subscription | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM sns_subscriptions"
        " WHERE topic_arn = :topic_arn AND protocol = :protocol AND endpoint = :endpoint",
        topic_arn=topic.arn,
        protocol=protocol,
        endpoint=endpoint,
    )
    return None if row is None else subscription_of(*row)


def find_subscription_by_token(tx: Transaction, token: str) -> Subscription | None:
    row = tx.one(f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE token = :token", token=token)
    return None if row is None else subscription_of(*row)


def subscriptions_to(tx: Transaction, topic: Topic) -> list[Subscription]:
    """All subscriptions of a topic."""
    rows = tx.all(f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE topic_arn = :arn ORDER BY arn", arn=topic.arn)
    return [subscription_of(*row) for row in rows]


def has_signed_subscriptions(tx: Transaction, topic: Topic) -> bool:
    """Whether a topic has confirmed subscriptions that get more than its messages' texts."""
    row = tx.one(
        "SELECT 1 FROM sns_subscriptions WHERE topic_arn = :arn AND is_pending = 0"
        " AND protocol NOT IN ('sms', 'email', 'application') AND attributes NOT LIKE :raw LIMIT 1",
        arn=topic.arn,
        raw='%"RawMessageDelivery": "true"%',
    )
    return row is not None


def subscriptions_page(tx: Transaction, topic: Topic, after: str, limit: int) -> list[Subscription]:
    """A topic's subscriptions after an ARN, by ARN."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE topic_arn = :topic_arn AND arn > :after"
        " ORDER BY arn LIMIT :limit",
        topic_arn=topic.arn,
        after=after,
        limit=limit,
    )
    return [subscription_of(*row) for row in rows]


def subscriptions_in(tx: Transaction, scope: Scope, after: str, limit: int) -> list[Subscription]:
    """An account's subscriptions in a region after an ARN, by ARN."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM sns_subscriptions WHERE account = :account AND region = :region AND arn > :after"
        " ORDER BY arn LIMIT :limit",
        account=scope.account,
        region=scope.region,
        after=after,
        limit=limit,
    )
    return [subscription_of(*row) for row in rows]


def update_subscription(tx: Transaction, arn: str, attributes: dict[str, str]) -> None:
    tx.run(
        "UPDATE sns_subscriptions SET attributes = :attributes WHERE arn = :arn",
        attributes=json.dumps(attributes),
        arn=arn,
    )
    tx.memo.clear()


def confirm_subscription(tx: Transaction, arn: str) -> None:
    tx.run("UPDATE sns_subscriptions SET is_pending = 0 WHERE arn = :arn", arn=arn)
    tx.memo.clear()


def renew_token(tx: Transaction, arn: str, token: str) -> None:
    """Have a subscription that waits to be confirmed wait for another token."""
    tx.run("UPDATE sns_subscriptions SET token = :token WHERE arn = :arn", token=token, arn=arn)


def delete_subscription(tx: Transaction, subscription: Subscription) -> None:
    tx.run("DELETE FROM sns_subscriptions WHERE arn = :arn", arn=subscription.arn)
    tx.run(
        "UPDATE sns_topics SET deleted_subscriptions = deleted_subscriptions + 1 WHERE arn = :arn",
        arn=subscription.topic_arn,
    )
    tx.memo.clear()


def find_duplicate(tx: Transaction, topic: Topic, key: str) -> tuple[str, int] | None:
    """Return (message id, sequence) of the message with this key in the last five minutes, or None."""
    return tx.one(
        "SELECT message_id, sequence FROM sns_deduplications"
        " WHERE topic_arn = :arn AND deduplication_key = :key AND expires_at > :now",
        arn=topic.arn,
        key=key,
        now=tx.now,
    )


def remember_duplicate(tx: Transaction, topic: Topic, key: str, message_id: str, sequence: int) -> None:
    """Remember a message for five minutes, and forget those whose time is over."""
    tx.run("DELETE FROM sns_deduplications WHERE topic_arn = :arn AND expires_at <= :now", arn=topic.arn, now=tx.now)
    tx.run(
        "INSERT INTO sns_deduplications (topic_arn, deduplication_key, message_id, sequence, expires_at)"
        " VALUES (:arn, :key, :message_id, :sequence, :expires_at)",
        arn=topic.arn,
        key=key,
        message_id=message_id,
        sequence=sequence,
        expires_at=tx.now + DEDUPLICATION_SECONDS,
    )


def append_ordered(tx: Transaction, lane: str, sequence: int, delivery: str) -> None:
    """Owe a delivery that has to come after all earlier ones of its lane; once, if it is owed already."""
    tx.run(
        "INSERT INTO sns_ordered_deliveries (lane, sequence, delivery, attempts, due_at)"
        " VALUES (:lane, :sequence, :delivery, 0, :now) ON CONFLICT (lane, sequence) DO NOTHING",
        lane=lane,
        sequence=sequence,
        delivery=delivery,
        now=tx.now,
    )


def lane_heads(tx: Transaction, limit: int) -> list[tuple[str, float]]:
    """The lanes that something is owed in, and when the first of each is due; the next due first."""
    return tx.all(
        "SELECT lane, due_at FROM sns_ordered_deliveries o WHERE NOT EXISTS"
        " (SELECT 1 FROM sns_ordered_deliveries e WHERE e.lane = o.lane AND e.sequence < o.sequence)"
        " ORDER BY due_at, lane LIMIT :limit",
        limit=limit,
    )


def owed_in(tx: Transaction, lane: str, limit: int) -> list[tuple[int, str, int]]:
    """What is owed in a lane, in order, as (sequence, delivery, attempts)."""
    return tx.all(
        "SELECT sequence, delivery, attempts FROM sns_ordered_deliveries WHERE lane = :lane"
        " ORDER BY sequence LIMIT :limit",
        lane=lane,
        limit=limit,
    )


def remove_ordered(tx: Transaction, lane: str, sequence: int) -> None:
    tx.run(
        "DELETE FROM sns_ordered_deliveries WHERE lane = :lane AND sequence = :sequence", lane=lane, sequence=sequence
    )


def postpone_ordered(tx: Transaction, lane: str, sequence: int, due_at: float) -> None:
    tx.run(
        "UPDATE sns_ordered_deliveries SET attempts = attempts + 1, due_at = :due_at"
        " WHERE lane = :lane AND sequence = :sequence",
        due_at=due_at,
        lane=lane,
        sequence=sequence,
    )
