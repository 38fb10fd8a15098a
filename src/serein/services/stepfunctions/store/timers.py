"""What happens to executions by itself at a time, and which frames wait for a topic."""

from typing import NamedTuple

from serein.kernel.database import Transaction

TOPIC = "stepfunctions:timers"
"""Woken when a timer was set that may be the next."""


class Timer(NamedTuple):
    execution_id: int
    frame_id: int
    """0 for the execution itself."""
    kind: str


def set_timer(tx: Transaction, timer: Timer, due_at: float, *, wakes: bool = True) -> None:
    """Set a timer; the one of its kind is replaced."""
    tx.run(
        "INSERT INTO stepfunctions_timers (execution_id, frame_id, kind, due_at) VALUES (:execution_id, :frame_id,"
        " :kind, :due_at) ON CONFLICT (execution_id, frame_id, kind) DO UPDATE SET due_at = :due_at",
        **timer._asdict(),
        due_at=due_at,
    )
    if wakes:
        tx.wake(TOPIC)


def clear_timer(tx: Transaction, timer: Timer) -> bool:
    """Remove a timer; False when it isn't there any more."""
    return bool(
        tx.run(
            "DELETE FROM stepfunctions_timers WHERE execution_id = :execution_id AND frame_id = :frame_id"
            " AND kind = :kind",
            **timer._asdict(),
        )
    )


def postpone_timer(tx: Transaction, timer: Timer, due_at: float) -> bool:
    """Have a timer that is due ring again later; False when it isn't due any more."""
    return bool(
        tx.run(
            "UPDATE stepfunctions_timers SET due_at = :due_at WHERE execution_id = :execution_id"
            " AND frame_id = :frame_id AND kind = :kind AND due_at <= :now",
            **timer._asdict(),
            due_at=due_at,
            now=tx.now,
        )
    )


def drop_timer(tx: Transaction, timer: Timer, due_at: float) -> None:
    """Remove a timer that still has the time that it was postponed to."""
    tx.run(
        "DELETE FROM stepfunctions_timers WHERE execution_id = :execution_id AND frame_id = :frame_id"
        " AND kind = :kind AND due_at = :due_at",
        **timer._asdict(),
        due_at=due_at,
    )


def clear_timers(tx: Transaction, execution_id: int, frame_id: int) -> None:
    """Remove all timers of a frame, or (0) those of the execution itself."""
    tx.run(
        "DELETE FROM stepfunctions_timers WHERE execution_id = :execution_id AND frame_id = :frame_id",
        execution_id=execution_id,
        frame_id=frame_id,
    )


def next_after(tx: Transaction, moment: float) -> float | None:
    """When the first timer after a moment is due."""
    row = tx.one("SELECT min(due_at) FROM stepfunctions_timers WHERE due_at > :moment", moment=moment)
    return None if row is None else row[0]


def list_due(tx: Transaction, moment: float, limit: int) -> list[Timer]:
    """Timers whose time has come at a moment, the earliest first."""
    rows = tx.all(
        "SELECT execution_id, frame_id, kind FROM stepfunctions_timers WHERE due_at <= :now"
        " ORDER BY due_at, execution_id, frame_id LIMIT :limit",
        now=moment,
        limit=limit,
    )
    return [Timer(*row) for row in rows]


def watch(tx: Transaction, topic: str, execution_id: int, frame_id: int) -> None:
    """Have a frame look again when `ring_watches` is called for the topic."""
    tx.run(
        "INSERT INTO stepfunctions_watches (topic, execution_id, frame_id) VALUES (:topic, :execution_id, :frame_id)"
        " ON CONFLICT DO NOTHING",
        topic=topic,
        execution_id=execution_id,
        frame_id=frame_id,
    )


def ring_watches(tx: Transaction, topic: str, kind: str) -> None:
    """What frames wait for may have come: their timers of a kind are due."""
    rows = tx.all(
        "DELETE FROM stepfunctions_watches WHERE topic = :topic RETURNING execution_id, frame_id", topic=topic
    )
    for execution_id, frame_id in rows:
        set_timer(tx, Timer(execution_id, frame_id, kind), tx.now)
