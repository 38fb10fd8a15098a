"""The rows of buckets and of their settings."""

from typing import Any

import msgspec

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.s3.buckets import Bucket
from serein.services.s3.errors import NoSuchBucket

_COLUMNS = "name, account, region, created_at, versioning, is_lockable, notifications, encryption"


def _bucket(row: tuple[Any, ...]) -> Bucket:
    name, account, region, created_at, versioning, is_lockable, notifications, encryption = row
    return Bucket(name, account, region, created_at, versioning, bool(is_lockable), notifications, encryption)


def find_bucket(tx: Transaction, name: str) -> Bucket | None:
    """Return the bucket, whichever account it belongs to."""
    row = tx.one(f"SELECT {_COLUMNS} FROM s3_buckets WHERE name = :name", name=name)
    return _bucket(row) if row else None


def require_bucket(tx: Transaction, name: str) -> Bucket:
    """Return the bucket. Raises NoSuchBucket."""
    found = find_bucket(tx, name)
    if found is None:
        raise NoSuchBucket(BucketName=name)
    return found


def list_buckets(tx: Transaction, account: str, prefix: str, after: str, limit: int) -> list[Bucket]:
    """An account's buckets by name, in every region."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM s3_buckets WHERE account = :account AND name > :after AND name >= :prefix"
        " AND name < :end ORDER BY name LIMIT :limit",
        account=account,
        after=after,
        prefix=prefix,
        end=prefix + "\x7f",
        limit=limit,
    )
    return [_bucket(row) for row in rows]


def append_bucket(tx: Transaction, name: str, scope: Scope, *, is_lockable: bool) -> None:
    """Add a bucket that doesn't exist."""
    tx.run(
        "INSERT INTO s3_buckets (name, account, region, created_at, versioning, is_lockable, notifications, encryption)"
        " VALUES (:name, :account, :region, :created_at, :versioning, :is_lockable, '', '')",
        name=name,
        account=scope.account,
        region=scope.region,
        created_at=float(int(tx.now)),
        versioning="Enabled" if is_lockable else "",
        is_lockable=int(is_lockable),
    )


def is_empty(tx: Transaction, bucket: str) -> bool:
    """True when the bucket holds no version of anything. Uploads under way don't count."""
    tables = ("s3_objects", "s3_noncurrent")
    return not any(tx.one(f"SELECT 1 FROM {table} WHERE bucket = :bucket LIMIT 1", bucket=bucket) for table in tables)


def remove_bucket(tx: Transaction, name: str) -> None:
    """Remove an empty bucket, its settings and its uploads (whose parts' blobs the caller deletes)."""
    tx.run("DELETE FROM s3_settings WHERE bucket = :name", name=name)
    tx.run("DELETE FROM s3_uploads WHERE bucket = :name", name=name)
    tx.run("DELETE FROM s3_buckets WHERE name = :name", name=name)


def set_versioning(tx: Transaction, name: str, status: str) -> None:
    tx.run("UPDATE s3_buckets SET versioning = :status WHERE name = :name", name=name, status=status)


def set_lockable(tx: Transaction, name: str) -> None:
    tx.run("UPDATE s3_buckets SET is_lockable = 1 WHERE name = :name", name=name)


def set_notifications(tx: Transaction, name: str, configuration: str) -> None:
    tx.run("UPDATE s3_buckets SET notifications = :text WHERE name = :name", name=name, text=configuration)


def set_encryption(tx: Transaction, name: str, configuration: str) -> None:
    tx.run("UPDATE s3_buckets SET encryption = :text WHERE name = :name", name=name, text=configuration)


def find_setting(tx: Transaction, bucket: str, kind: str) -> Any | None:
    """Return a setting's document, or None when it isn't set."""
    row = tx.one("SELECT document FROM s3_settings WHERE bucket = :bucket AND kind = :kind", bucket=bucket, kind=kind)
    return msgspec.json.decode(row[0]) if row else None


def put_setting(tx: Transaction, bucket: str, kind: str, document: Any) -> None:
    tx.run(
        "INSERT INTO s3_settings (bucket, kind, document) VALUES (:bucket, :kind, :document)"
        " ON CONFLICT (bucket, kind) DO UPDATE SET document = excluded.document",
        bucket=bucket,
        kind=kind,
        document=msgspec.json.encode(document).decode(),
    )


def remove_setting(tx: Transaction, bucket: str, kind: str) -> None:
    tx.run("DELETE FROM s3_settings WHERE bucket = :bucket AND kind = :kind", bucket=bucket, kind=kind)
