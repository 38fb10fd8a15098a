"""The SQL of archives of FIFO topics, and of replays."""

from serein.kernel.database import Transaction


def append(tx: Transaction, topic_arn: str, sequence: int, expires_at: float, message: str) -> None:
    """Keep a message, and forget those whose time is over."""
    tx.run("DELETE FROM sns_archived_messages WHERE topic_arn = :arn AND expires_at <= :now", arn=topic_arn, now=tx.now)
    tx.run(
        "INSERT INTO sns_archived_messages (topic_arn, sequence, published_at, expires_at, message)"
        " VALUES (:arn, :sequence, :now, :expires_at, :message)",
        arn=topic_arn,
        sequence=sequence,
        now=tx.now,
        expires_at=expires_at,
        message=message,
    )


def kept(
    tx: Transaction, topic_arn: str, after: int, since: float, until: float, limit: int
) -> list[tuple[int, float, str]]:
    """Archived messages as (sequence, published at, message), in order."""
    return tx.all(
        "SELECT sequence, published_at, message FROM sns_archived_messages WHERE topic_arn = :arn"
        " AND sequence > :after AND published_at >= :since AND published_at <= :until AND expires_at > :now"
        " ORDER BY sequence LIMIT :limit",
        arn=topic_arn,
        after=after,
        since=since,
        until=until,
        now=tx.now,
        limit=limit,
    )


def clear(tx: Transaction, topic_arn: str) -> None:
    tx.run("DELETE FROM sns_archived_messages WHERE topic_arn = :arn", arn=topic_arn)
    tx.run("DELETE FROM sns_replays WHERE topic_arn = :arn", arn=topic_arn)


def begin_replay(tx: Transaction, subscription_arn: str, topic_arn: str, since: float, until: float) -> None:
    """Owe a subscription what was published between two times; in place of another replay of it."""
    end_replay(tx, subscription_arn)
    tx.run(
        "INSERT INTO sns_replays (subscription_arn, topic_arn, position, since, until)"
        " VALUES (:subscription_arn, :topic_arn, 0, :since, :until)",
        subscription_arn=subscription_arn,
        topic_arn=topic_arn,
        since=since,
        until=until,
    )


def advance_replay(tx: Transaction, subscription_arn: str, position: int) -> None:
    tx.run(
        "UPDATE sns_replays SET position = :position WHERE subscription_arn = :arn",
        position=position,
        arn=subscription_arn,
    )


def end_replay(tx: Transaction, subscription_arn: str) -> None:
    tx.run("DELETE FROM sns_replays WHERE subscription_arn = :arn", arn=subscription_arn)


def is_replaying(tx: Transaction, subscription_arn: str) -> bool:
    return tx.one("SELECT 1 FROM sns_replays WHERE subscription_arn = :arn", arn=subscription_arn) is not None


def replaying(tx: Transaction, topic_arn: str) -> set[str]:
    """The subscriptions of a topic that replays are under way for."""
    rows = tx.all("SELECT subscription_arn FROM sns_replays WHERE topic_arn = :arn", arn=topic_arn)
    return {row[0] for row in rows}


def replays(tx: Transaction, limit: int) -> list[tuple[str, str, int, float, float]]:
    """Replays under way as (subscription, topic, position, since, until)."""
    return tx.all(
        "SELECT subscription_arn, topic_arn, position, since, until FROM sns_replays"
        " ORDER BY subscription_arn LIMIT :limit",
        limit=limit,
    )
