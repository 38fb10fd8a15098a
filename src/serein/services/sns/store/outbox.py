"""The SQL of what left for people and phones."""

import json
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope

_MOST_KEPT = 1000


def append(tx: Transaction, scope: Scope, kind: str, recipient: str, content: dict[str, Any]) -> None:
    """Keep a message, and forget all but the newest thousand."""
    values = {"account": scope.account, "region": scope.region}
    row = tx.one("SELECT MAX(number) FROM sns_sent_messages WHERE account = :account AND region = :region", **values)
    number = int(row[0] or 0) + 1 if row else 1
    tx.run(
        "INSERT INTO sns_sent_messages (account, region, number, kind, recipient, content, sent_at)"
        " VALUES (:account, :region, :number, :kind, :recipient, :content, :now)",
        number=number,
        kind=kind,
        recipient=recipient,
        content=json.dumps(content),
        now=tx.now,
        **values,
    )
    tx.run(
        "DELETE FROM sns_sent_messages WHERE account = :account AND region = :region AND number <= :oldest",
        oldest=number - _MOST_KEPT,
        **values,
    )


def sent(tx: Transaction, scope: Scope) -> list[dict[str, Any]]:
    """What is kept of an account's messages in a region, the oldest first."""
    rows = tx.all(
        "SELECT kind, recipient, content, sent_at FROM sns_sent_messages"
        " WHERE account = :account AND region = :region ORDER BY number",
        account=scope.account,
        region=scope.region,
    )
    return [
        {"kind": kind, "recipient": recipient, "sentAt": sent_at, **json.loads(content)}
        for kind, recipient, content, sent_at in rows
    ]
