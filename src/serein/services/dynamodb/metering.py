"""Consumed units of tables and indexes by the minute, of those that somebody asks about.

Auto scaling asks every minute. What nobody has asked about for a while isn't counted any more, and a table that was
never asked about costs a look at an empty dict. The counts are in memory: after a restart they start anew.
"""

from collections.abc import Mapping

from serein.kernel.call import Platform
from serein.kernel.clock import Clock
from serein.services.dynamodb.tables import Table

READ, WRITE = "ReadCapacityUnits", "WriteCapacityUnits"
MEMORY = "dynamodb meters"
"""Where the meters are in the platform's memory, once somebody has asked."""
_MINUTE_SECONDS = 60.0
_KEPT_MINUTES = 16
_PATIENCE_SECONDS = 4 * 3600.0


class Meter:
    """What a table and its indexes have consumed since `since` (seconds since the epoch)."""

    __slots__ = ("_minutes", "asked_at", "since")

    def __init__(self, now: float) -> None:
        self.since = now
        self.asked_at = now
        self._minutes: dict[int, dict[tuple[str, str], float]] = {}

    def count(self, now: float, kind: str, units: float, by_index: Mapping[str, float]) -> bool:
        """Add units of the table (without those of its indexes) and of its indexes.

        Returns whether they are the first of their minute.
        """
        minute = int(now // _MINUTE_SECONDS)
        counts = self._minutes.get(minute)
        is_first = counts is None
        if counts is None:
            counts = self._minutes[minute] = {}
            for old in [other for other in self._minutes if other < minute - _KEPT_MINUTES]:
                del self._minutes[old]
        counts["", kind] = counts.get(("", kind), 0.0) + units
        for name, more in by_index.items():
            counts[name, kind] = counts.get((name, kind), 0.0) + more
        return is_first

    def whole_minutes(self, now: float, index_name: str, kind: str, most: int) -> list[float]:
        """Units in each of the last `most` minutes that are over and were counted from their start, latest last."""
        first = int(-(-self.since // _MINUTE_SECONDS))
        current = int(now // _MINUTE_SECONDS)
        most = min(most, _KEPT_MINUTES)
        minutes = range(max(first, current - most), current)
        return [self._minutes.get(minute, {}).get((index_name, kind), 0.0) for minute in minutes]


class Meters:
    """The meters that run, by table."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._meters: dict[int, Meter] = {}
        self._looked_at = 0.0

    def find(self, table: Table) -> Meter | None:
        """Return the table's meter, or None when nobody asks about it."""
        return self._meters.get(table.id)

    @property
    def is_running(self) -> bool:
        """Whether there is a meter at all; those that nobody asks for any more end here."""
        if not self._meters:
            return False
        now = self._clock.now()
        if now - self._looked_at > _MINUTE_SECONDS:
            self._looked_at = now
            for id in [id for id, meter in self._meters.items() if now - meter.asked_at > _PATIENCE_SECONDS]:
                del self._meters[id]
        return bool(self._meters)

    def ask(self, table: Table) -> Meter:
        """The table's meter, which starts with the first question."""
        now = self._clock.now()
        meter = self._meters.setdefault(table.id, Meter(now))
        meter.asked_at = now
        return meter


def meters_of(platform: Platform) -> Meters:
    """The platform's meters."""
    meters: Meters | None = platform.memory.get(MEMORY)
    if meters is None:
        meters = platform.memory[MEMORY] = Meters(platform.clock)
    return meters
