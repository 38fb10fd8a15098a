"""The rows of audiences."""

import json
from typing import Any

from serein.kernel.database import Transaction

_KEPT_SECONDS = 30 * 86_400.0
"""Longer than anything is retried."""


def keep_current(tx: Transaction, topic_arn: str, audiences: dict[str, list[dict[str, Any]]]) -> None:
    """Say which audiences a topic has from now on, as digest to addresses. Writes nothing when it has them already."""
    current = tx.all(
        "SELECT digest FROM sns_audiences WHERE topic_arn = :topic_arn AND superseded_at = 0", topic_arn=topic_arn
    )
    if {row[0] for row in current} == audiences.keys():
        return
    tx.run(
        "UPDATE sns_audiences SET superseded_at = :now WHERE topic_arn = :topic_arn AND superseded_at = 0",
        now=tx.now,
        topic_arn=topic_arn,
    )
    for digest, members in audiences.items():
        tx.run(
            "INSERT INTO sns_audiences (digest, topic_arn, members, superseded_at)"
            " VALUES (:digest, :topic_arn, :members, 0) ON CONFLICT (digest) DO UPDATE SET superseded_at = 0",
            digest=digest,
            topic_arn=topic_arn,
            members=json.dumps(members),
        )
    tx.run("DELETE FROM sns_audiences WHERE superseded_at > 0 AND superseded_at < :limit", limit=tx.now - _KEPT_SECONDS)


def members_of(tx: Transaction, digest: str) -> list[dict[str, Any]]:
    """The addresses of an audience."""
    row = tx.one("SELECT members FROM sns_audiences WHERE digest = :digest", digest=digest)
    assert row is not None, "an audience outlives what is owed to it"
    members: list[dict[str, Any]] = json.loads(row[0])
    return members
