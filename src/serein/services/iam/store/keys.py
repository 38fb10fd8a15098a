"""The SQL of access keys and of temporary credentials."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

from serein.kernel.database import Transaction
from serein.services.iam.access_keys import LONG_TERM, new_access_key_id, new_secret
from serein.services.iam.entities import Entity

_KEPT_AFTER_EXPIRY_SECONDS = 86_400
"""How long expired credentials are still known, so that their use is ExpiredToken and not an unknown key."""


@dataclass(frozen=True, slots=True)
class AccessKey:
    id: str
    account: str
    user_key: str
    secret: str
    status: str
    created_at: float


@dataclass(frozen=True, slots=True)
class Session:
    """Temporary credentials, as STS issued them."""

    access_key_id: str
    account: str
    secret: str
    token: str
    arn: str
    user_id: str
    expires_at: float
    details: dict[str, Any] = field(default_factory=dict)
    """RoleArn, Policies, PolicyArns, Tags and SourceIdentity, as far as it was begun with them."""


def insert_access_key(tx: Transaction, user: Entity) -> AccessKey:
    key = AccessKey(new_access_key_id(LONG_TERM, user.account), user.account, user.key, new_secret(), "Active", tx.now)
    tx.run(
        "INSERT INTO iam_access_keys (access_key_id, account, user_key, secret, status, created_at)"
        " VALUES (:id, :account, :user_key, :secret, :status, :now)",
        id=key.id,
        account=key.account,
        user_key=key.user_key,
        secret=key.secret,
        status=key.status,
        now=tx.now,
    )
    return key


def find_access_key(tx: Transaction, access_key_id: str) -> AccessKey | None:
    row = tx.one(
        "SELECT access_key_id, account, user_key, secret, status, created_at FROM iam_access_keys"
        " WHERE access_key_id = :id",
        id=access_key_id,
    )
    return AccessKey(*row) if row else None


def access_keys_of(tx: Transaction, user: Entity) -> list[AccessKey]:
    rows = tx.all(
        "SELECT access_key_id, account, user_key, secret, status, created_at FROM iam_access_keys"
        " WHERE account = :account AND user_key = :key ORDER BY created_at, access_key_id",
        account=user.account,
        key=user.key,
    )
    return [AccessKey(*row) for row in rows]


def set_access_key_status(tx: Transaction, access_key_id: str, status: str) -> None:
    tx.run("UPDATE iam_access_keys SET status = :status WHERE access_key_id = :id", status=status, id=access_key_id)


def delete_access_key(tx: Transaction, access_key_id: str) -> None:
    tx.run("DELETE FROM iam_access_keys WHERE access_key_id = :id", id=access_key_id)


def insert_session(tx: Transaction, session: Session) -> None:
    """Keep temporary credentials, and forget those that expired long ago."""
    tx.run("DELETE FROM iam_sessions WHERE expires_at < :before", before=tx.now - _KEPT_AFTER_EXPIRY_SECONDS)
    tx.run(
        "INSERT INTO iam_sessions (access_key_id, account, secret, token, arn, user_id, expires_at, details)"
        " VALUES (:id, :account, :secret, :token, :arn, :user_id, :expires_at, :details)",
        id=session.access_key_id,
        account=session.account,
        secret=session.secret,
        token=session.token,
        arn=session.arn,
        user_id=session.user_id,
        expires_at=session.expires_at,
        details=json.dumps(session.details),
    )


def find_session(tx: Transaction, access_key_id: str) -> Session | None:
    row = tx.one(
        "SELECT access_key_id, account, secret, token, arn, user_id, expires_at, details FROM iam_sessions"
        " WHERE access_key_id = :id",
        id=access_key_id,
    )
    return replace(Session(*row[:7]), details=json.loads(row[7])) if row else None
