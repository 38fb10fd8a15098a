"""The rows of archived events."""

from serein.kernel.database import Transaction
from serein.services.events.store.dues import ARCHIVED_TOPIC


def append_event(
    tx: Transaction, archive: str, happened_at: float, id: str, event: str, expires_at: float | None
) -> None:
    """Keep an event; one that is delivered twice is kept once."""
    tx.run(
        "INSERT INTO events_archived (archive, happened_at, id, event, size_bytes, expires_at)"
        " VALUES (:archive, :happened_at, :id, :event, :size_bytes, :expires_at)"
        " ON CONFLICT (archive, happened_at, id) DO NOTHING",
        archive=archive,
        happened_at=happened_at,
        id=id,
        event=event,
        size_bytes=len(event.encode()),
        expires_at=expires_at,
    )
    if expires_at is not None:
        tx.wake(ARCHIVED_TOPIC)


def totals(tx: Transaction, archive: str) -> tuple[int, int]:
    """How many events an archive holds, and their bytes."""
    row = tx.one("SELECT COUNT(*), SUM(size_bytes) FROM events_archived WHERE archive = :archive", archive=archive)
    return (row[0], int(row[1] or 0)) if row else (0, 0)


def events_after(
    tx: Transaction, archive: str, position: tuple[float, str], until: float, limit: int
) -> list[tuple[float, str, str]]:
    """Events after a position and before a time, as (time, id, event), in order."""
    rows = tx.all(
        "SELECT happened_at, id, event FROM events_archived WHERE archive = :archive"
        " AND (happened_at, id) > (:happened_at, :id) AND happened_at < :until ORDER BY happened_at, id LIMIT :limit",
        archive=archive,
        happened_at=position[0],
        id=position[1],
        until=until,
        limit=limit,
    )
    return [(row[0], row[1], row[2]) for row in rows]


def set_retention(tx: Transaction, archive: str, seconds: float | None) -> None:
    """Change until when an archive's events are kept; None keeps them for good."""
    if seconds is None:
        tx.run("UPDATE events_archived SET expires_at = NULL WHERE archive = :archive", archive=archive)
        return
    tx.run(
        "UPDATE events_archived SET expires_at = happened_at + :seconds WHERE archive = :archive",
        seconds=seconds,
        archive=archive,
    )
    tx.wake(ARCHIVED_TOPIC)


def delete_events(tx: Transaction, archive: str) -> None:
    tx.run("DELETE FROM events_archived WHERE archive = :archive", archive=archive)
