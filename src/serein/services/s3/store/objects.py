"""The rows of objects: the newest version of each key, and the older ones.

Two tables, so that a bucket without versioning costs one index and a listing never steps over old versions.
"""

from dataclasses import dataclass
from typing import Any

from serein.kernel.clock import wall_seconds
from serein.kernel.database import Transaction
from serein.services.s3.objects import NULL_VERSION, Version

_HEAD = "key, version_id, sequence, is_marker, size_bytes, etag, modified_at, attributes, tags, blob_key, parts"
_ALL = f"{_HEAD}, content"
_FIND_CURRENT = f"SELECT {_HEAD} FROM s3_objects WHERE bucket = :bucket AND key = :key"
_READ_CURRENT = f"SELECT {_ALL} FROM s3_objects WHERE bucket = :bucket AND key = :key"
_PUT_CURRENT = (
    f"INSERT INTO s3_objects (bucket, {_ALL}) VALUES (:bucket, :key, :version_id, :sequence, :is_marker, :size_bytes,"
    " :etag, :modified_at, :attributes, :tags, :blob_key, :parts, :content) ON CONFLICT (bucket, key) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _ALL.split(", ")[1:])
)


@dataclass(frozen=True, slots=True)
class ListedVersion:
    """A version in a listing of versions."""

    version: Version
    is_latest: bool

    @property
    def key(self) -> str:
        return self.version.key


def _version(row: tuple[Any, ...]) -> Version:
    return Version(bytes(row[0]).decode(), row[1], row[2], bool(row[3]), *row[4:])


def next_sequence(previous: Version | None) -> int:
    """A number greater than that of every earlier change of the key.

    Why the wall clock: the platform's may stand still, and after a deletion nothing remembers the last number.
    """
    now = int(wall_seconds() * 1_000_000)
    return now if previous is None else max(now, previous.sequence + 1)


def find_current(tx: Transaction, bucket: str, key: str, *, with_content: bool = False) -> Version | None:
    """Return the newest version of a key, which may be a delete marker."""
    row = tx.one(_READ_CURRENT if with_content else _FIND_CURRENT, bucket=bucket, key=key.encode())
    return _version(row) if row else None


def find_version(
    tx: Transaction, bucket: str, key: str, version_id: str, *, with_content: bool = False
) -> Version | None:
    """Return a version of a key by its id."""
    current = find_current(tx, bucket, key, with_content=with_content)
    if current is not None and current.version_id == version_id:
        return current
    return _find_noncurrent(tx, bucket, key, version_id, with_content=with_content)


def _find_noncurrent(
    tx: Transaction, bucket: str, key: str, version_id: str, *, with_content: bool = False
) -> Version | None:
    row = tx.one(
        f"SELECT {_ALL if with_content else _HEAD} FROM s3_noncurrent"
        " WHERE bucket = :bucket AND key = :key AND version_id = :version_id",
        bucket=bucket,
        key=key.encode(),
        version_id=version_id,
    )
    return _version(row) if row else None


def put_version(tx: Transaction, bucket: str, version: Version, current: Version | None) -> list[str]:
    """Make `version` the newest of its key, keeping or replacing `current` as its id asks.

    Returns the blobs that no row names any more.
    """
    orphans: list[str] = []
    if current is not None:
        if version.version_id == NULL_VERSION:
            orphans = _replace_null(tx, bucket, current)
        else:
            _archive_current(tx, bucket, version.key)
    tx.run(
        _PUT_CURRENT,
        bucket=bucket,
        key=version.key.encode(),
        version_id=version.version_id,
        sequence=version.sequence,
        is_marker=int(version.is_marker),
        size_bytes=version.size_bytes,
        etag=version.etag,
        modified_at=version.modified_at,
        attributes=version.attributes,
        tags=version.tags,
        blob_key=version.blob_key,
        parts=version.parts,
        content=version.content,
    )
    return orphans


def _replace_null(tx: Transaction, bucket: str, current: Version) -> list[str]:
    """A key has one null version: a new one takes the place of the old one, wherever that is."""
    if current.version_id == NULL_VERSION:
        return current.blob_keys
    old = _find_noncurrent(tx, bucket, current.key, NULL_VERSION)
    if old is not None:
        _remove_noncurrent(tx, bucket, old)
    _archive_current(tx, bucket, current.key)
    return old.blob_keys if old else []


def _archive_current(tx: Transaction, bucket: str, key: str) -> None:
    tx.run(
        f"INSERT INTO s3_noncurrent (bucket, {_ALL}) SELECT bucket, {_ALL} FROM s3_objects"
        " WHERE bucket = :bucket AND key = :key",
        bucket=bucket,
        key=key.encode(),
    )


def _remove_noncurrent(tx: Transaction, bucket: str, version: Version) -> None:
    tx.run(
        "DELETE FROM s3_noncurrent WHERE bucket = :bucket AND key = :key AND sequence = :sequence",
        bucket=bucket,
        key=version.key.encode(),
        sequence=version.sequence,
    )


def remove_current(tx: Transaction, bucket: str, key: str) -> None:
    """Remove a key's newest version and nothing else."""
    tx.run("DELETE FROM s3_objects WHERE bucket = :bucket AND key = :key", bucket=bucket, key=key.encode())


def remove_version(tx: Transaction, bucket: str, version: Version) -> None:
    """Remove one version for good; when it is the newest, the one before it becomes the newest."""
    key = version.key.encode()
    current = tx.one("SELECT sequence FROM s3_objects WHERE bucket = :bucket AND key = :key", bucket=bucket, key=key)
    if current is None or current[0] != version.sequence:
        _remove_noncurrent(tx, bucket, version)
        return
    remove_current(tx, bucket, version.key)
    newest = tx.one(
        "SELECT sequence FROM s3_noncurrent WHERE bucket = :bucket AND key = :key ORDER BY sequence DESC LIMIT 1",
        bucket=bucket,
        key=key,
    )
    if newest is not None:
        place = {"bucket": bucket, "key": key, "sequence": newest[0]}
        tx.run(
            f"INSERT INTO s3_objects (bucket, {_ALL}) SELECT bucket, {_ALL} FROM s3_noncurrent"
            " WHERE bucket = :bucket AND key = :key AND sequence = :sequence",
            **place,
        )
        tx.run("DELETE FROM s3_noncurrent WHERE bucket = :bucket AND key = :key AND sequence = :sequence", **place)


def set_tags(tx: Transaction, bucket: str, version: Version, tags: str) -> None:
    _set(tx, bucket, version, "tags", tags)


def set_attributes(tx: Transaction, bucket: str, version: Version, attributes: str) -> None:
    _set(tx, bucket, version, "attributes", attributes)


def _set(tx: Transaction, bucket: str, version: Version, column: str, value: str) -> None:
    for table in ("s3_objects", "s3_noncurrent"):
        tx.run(
            f"UPDATE {table} SET {column} = :value WHERE bucket = :bucket AND key = :key AND sequence = :sequence",
            bucket=bucket,
            key=version.key.encode(),
            sequence=version.sequence,
            value=value,
        )


def list_current(tx: Transaction, bucket: str, start: bytes, end: bytes | None, limit: int) -> list[Version]:
    """Objects with keys from `start` to before `end`, in the order of their bytes."""
    rows = tx.all(
        f"SELECT {_HEAD} FROM s3_objects WHERE bucket = :bucket AND key >= :start{_before(end)} AND is_marker = 0"
        " ORDER BY key LIMIT :limit",
        bucket=bucket,
        start=start,
        limit=limit,
        **_bound(end),
    )
    return [_version(row) for row in rows]


def list_versions(tx: Transaction, bucket: str, start: bytes, end: bytes | None, limit: int) -> list[ListedVersion]:
    """All versions of keys from `start` to before `end`, newest first within a key."""
    where = f"bucket = :bucket AND key >= :start{_before(end)}"
    rows = tx.all(
        f"SELECT {_HEAD}, 1 AS is_latest FROM s3_objects WHERE {where} UNION ALL"
        f" SELECT {_HEAD}, 0 AS is_latest FROM s3_noncurrent WHERE {where}"
        " ORDER BY key, sequence DESC LIMIT :limit",
        bucket=bucket,
        start=start,
        limit=limit,
        **_bound(end),
    )
    return [ListedVersion(_version(row[:-1]), bool(row[-1])) for row in rows]


def list_older_versions(tx: Transaction, bucket: str, key: str, before: int, limit: int) -> list[ListedVersion]:
    """A key's versions that are older than the one with the sequence number `before`, newest first."""
    rows = tx.all(
        f"SELECT {_HEAD} FROM s3_noncurrent WHERE bucket = :bucket AND key = :key AND sequence < :before"
        " ORDER BY sequence DESC LIMIT :limit",
        bucket=bucket,
        key=key.encode(),
        before=before,
        limit=limit,
    )
    return [ListedVersion(_version(row), False) for row in rows]


def blob_rows(tx: Transaction) -> list[tuple[str, str]]:
    """The blob keys and parts of every object that has any."""
    return [
        (row[0], row[1])
        for table in ("s3_objects", "s3_noncurrent")
        for row in tx.all(f"SELECT blob_key, parts FROM {table} WHERE blob_key <> '' OR parts <> ''")
    ]


def _before(end: bytes | None) -> str:
    return "" if end is None else " AND key < :end"


def _bound(end: bytes | None) -> dict[str, bytes]:
    return {} if end is None else {"end": end}
