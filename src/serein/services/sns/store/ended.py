"""The rows of subscriptions that ended and can be restored."""

import json

from serein.kernel.database import Transaction
from serein.services.sns.subscriptions import Subscription, scope_of

_COLUMNS = "arn, topic_arn, protocol, endpoint, principal, attributes"


def append(tx: Transaction, subscription: Subscription, token: str, expires_at: float) -> None:
    """Keep a subscription for who has the token; those whose time is over are forgotten."""
    tx.run("DELETE FROM sns_ended_subscriptions WHERE expires_at <= :now", now=tx.now)
    tx.run(
        f"INSERT INTO sns_ended_subscriptions (token, expires_at, {_COLUMNS}) VALUES (:token, :expires_at, :arn,"
        " :topic_arn, :protocol, :endpoint, :principal, :attributes)",
        token=token,
        expires_at=expires_at,
        arn=subscription.arn,
        topic_arn=subscription.topic_arn,
        protocol=subscription.protocol,
        endpoint=subscription.endpoint,
        principal=subscription.principal,
        attributes=json.dumps(subscription.attributes),
    )


def restore(tx: Transaction, token: str) -> str | None:
    """Have the subscription again that a token was given for; its ARN, or None when there is none."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM sns_ended_subscriptions WHERE token = :token AND expires_at > :now"
        " AND topic_arn IN (SELECT arn FROM sns_topics)",
        token=token,
        now=tx.now,
    )
    if row is None:
        return None
    arn, topic_arn, protocol, endpoint, principal, attributes = row
    scope = scope_of(topic_arn)
    # Why the token stays: following the link again is answered as the first time.
    tx.run(
        "INSERT INTO sns_subscriptions (arn, topic_arn, account, region, protocol, endpoint, principal, attributes,"
        " token, is_pending) VALUES (:arn, :topic_arn, :account, :region, :protocol, :endpoint, :principal,"
        " :attributes, :token, 0) ON CONFLICT DO NOTHING",
        arn=arn,
        topic_arn=topic_arn,
        account=scope.account,
        region=scope.region,
        protocol=protocol,
        endpoint=endpoint,
        principal=principal,
        attributes=attributes,
        token=token,
    )
    return str(arn)
