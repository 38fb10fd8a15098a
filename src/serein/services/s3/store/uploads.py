"""The rows of multipart uploads and their parts."""

from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.services.s3.errors import NoSuchUpload

_UPLOAD = "key, upload_id, started_at, checksum_algorithm, checksum_type, attributes, tags"
_PART = "part_number, size_bytes, etag, modified_at, checksum, blob_key"


@dataclass(frozen=True, slots=True)
class Upload:
    """A multipart upload under way."""

    key: str
    upload_id: str
    started_at: int
    checksum_algorithm: str
    checksum_type: str
    attributes: str
    tags: str


@dataclass(frozen=True, slots=True)
class UploadedPart:
    """A part as it was uploaded last."""

    number: int
    size_bytes: int
    etag: str
    modified_at: int
    checksum: str
    blob_key: str


def append_upload(tx: Transaction, bucket: str, upload: Upload) -> None:
    tx.run(
        f"INSERT INTO s3_uploads (bucket, {_UPLOAD}) VALUES (:bucket, :key, :upload_id, :started_at,"
        " :checksum_algorithm, :checksum_type, :attributes, :tags)",
        bucket=bucket,
        key=upload.key.encode(),
        upload_id=upload.upload_id,
        started_at=upload.started_at,
        checksum_algorithm=upload.checksum_algorithm,
        checksum_type=upload.checksum_type,
        attributes=upload.attributes,
        tags=upload.tags,
    )


def _upload(row: tuple[Any, ...]) -> Upload:
    return Upload(bytes(row[0]).decode(), *row[1:])


def require_upload(tx: Transaction, bucket: str, key: str, upload_id: str) -> Upload:
    """Return the upload. Raises NoSuchUpload."""
    row = tx.one(
        f"SELECT {_UPLOAD} FROM s3_uploads WHERE bucket = :bucket AND key = :key AND upload_id = :upload_id",
        bucket=bucket,
        key=key.encode(),
        upload_id=upload_id,
    )
    if row is None:
        raise NoSuchUpload(UploadId=upload_id)
    return _upload(row)


def put_part(tx: Transaction, upload_id: str, part: UploadedPart) -> list[str]:
    """Store a part, in place of one with the same number. Returns the blobs that no row names any more."""
    old = tx.one(
        "SELECT blob_key FROM s3_parts WHERE upload_id = :upload_id AND part_number = :number",
        upload_id=upload_id,
        number=part.number,
    )
    tx.run(
        f"INSERT INTO s3_parts (upload_id, {_PART}) VALUES (:upload_id, :part_number, :size_bytes, :etag,"
        " :modified_at, :checksum, :blob_key) ON CONFLICT (upload_id, part_number) DO UPDATE SET "
        + ", ".join(f"{column} = excluded.{column}" for column in _PART.split(", ")[1:]),
        upload_id=upload_id,
        part_number=part.number,
        size_bytes=part.size_bytes,
        etag=part.etag,
        modified_at=part.modified_at,
        checksum=part.checksum,
        blob_key=part.blob_key,
    )
    return [old[0]] if old else []


def list_parts(tx: Transaction, upload_id: str, after: int = 0, limit: int = 10_001) -> list[UploadedPart]:
    """The parts with numbers above `after`, in order."""
    rows = tx.all(
        f"SELECT {_PART} FROM s3_parts WHERE upload_id = :upload_id AND part_number > :after"
        " ORDER BY part_number LIMIT :limit",
        upload_id=upload_id,
        after=after,
        limit=limit,
    )
    return [UploadedPart(*row) for row in rows]


def remove_upload(tx: Transaction, bucket: str, upload: Upload) -> None:
    """Forget an upload and its parts; their blobs are the caller's."""
    tx.run("DELETE FROM s3_parts WHERE upload_id = :upload_id", upload_id=upload.upload_id)
    tx.run(
        "DELETE FROM s3_uploads WHERE bucket = :bucket AND key = :key AND upload_id = :upload_id",
        bucket=bucket,
        key=upload.key.encode(),
        upload_id=upload.upload_id,
    )


def list_uploads(tx: Transaction, bucket: str, start: bytes, end: bytes | None, limit: int) -> list[Upload]:
    """Uploads for keys from `start` to before `end`, by key and then in the order in which they were begun."""
    rows = tx.all(
        f"SELECT {_UPLOAD} FROM s3_uploads WHERE bucket = :bucket AND key >= :start"
        f"{'' if end is None else ' AND key < :end'} ORDER BY key, upload_id LIMIT :limit",
        bucket=bucket,
        start=start,
        limit=limit,
        **({} if end is None else {"end": end}),
    )
    return [_upload(row) for row in rows]


def list_later_uploads(tx: Transaction, bucket: str, key: str, after_id: str, limit: int) -> list[Upload]:
    """A key's uploads that were begun after the one named."""
    rows = tx.all(
        f"SELECT {_UPLOAD} FROM s3_uploads WHERE bucket = :bucket AND key = :key AND upload_id > :after_id"
        " ORDER BY upload_id LIMIT :limit",
        bucket=bucket,
        key=key.encode(),
        after_id=after_id,
        limit=limit,
    )
    return [_upload(row) for row in rows]


def blob_keys(tx: Transaction) -> list[str]:
    """The blobs of all parts of all uploads."""
    return [row[0] for row in tx.all("SELECT blob_key FROM s3_parts")]
