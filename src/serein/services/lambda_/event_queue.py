"""The queue of asynchronous invocations: runs what is due, each function in a lane of its own.

At least once: an event's row goes only with what its end causes, so a crash runs it again. Rows are claimed with a
lease, so that several nodes on one database share the work. A slow function fills its own lane and no other.
"""

from collections import Counter

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.ids import random_hex
from serein.kernel.scope import Scope
from serein.services.lambda_.event_attempts import attempt
from serein.services.lambda_.store import events, functions
from serein.services.lambda_.store.events import Event, Lane

LEASE_SECONDS = 20.0
_PER_FUNCTION = 64
_IN_ALL = 512


class EventQueue:
    """Claims due events and runs them in the background."""

    name = "asynchronous invocations"
    topics: tuple[str, ...] = (events.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._owner = random_hex(16)
        self._running: Counter[tuple[Scope, str]] = Counter()
        self._held: set[str] = set()
        self._renew_at = 0.0
        self._is_first = not platform.database.is_shared

    async def step(self) -> float | None:
        database, now = self._platform.database, self._platform.clock.now()
        if self._is_first:
            self._is_first = False
            await database.write(events.release_events)
        if self._held and now >= self._renew_at:
            held = list(self._held)
            await database.write(lambda tx: events.renew_events(tx, held, LEASE_SECONDS))
        self._renew_at = now + LEASE_SECONDS / 3
        while True:
            lanes = await database.read(events.list_lanes)
            open_lanes = [lane for lane in lanes if lane.due_at <= now and self._has_room(lane)]
            if not open_lanes:
                break
            if not await self._claim_and_start(open_lanes):
                break
        return self._next_due(lanes, now)

    def _has_room(self, lane: Lane) -> bool:
        return self._running.get((lane.scope, lane.name), 0) < _PER_FUNCTION and len(self._held) < _IN_ALL

    async def _claim_and_start(self, lanes: list[Lane]) -> bool:
        """Start what there is room for; False when there was none."""
        claimed = await self._platform.database.write(lambda tx: self._claim(tx, lanes))
        for event in claimed:
            self._start(event)
        return bool(claimed)

    def _claim(self, tx: Transaction, lanes: list[Lane]) -> list[Event]:
        """Claim what each lane has room for: never more than the function has places reserved."""
        claimed: list[Event] = []
        left = _IN_ALL - len(self._held)
        for lane in lanes:
            room = _PER_FUNCTION
            row = functions.invocation_row(tx, lane.scope, lane.name)
            if row is not None and row[1] > 0:
                room = min(room, row[1])
            room = min(room - self._running.get((lane.scope, lane.name), 0), left - len(claimed))
            if room > 0:
                claimed += events.claim_events(tx, lane, room, LEASE_SECONDS, self._owner)
        return claimed

    def _start(self, event: Event) -> None:
        reference = event.reference
        self._held.add(event.id)
        self._running[reference.scope, reference.name] += 1
        activities = self._platform.workers.activities
        activities.start(f"asynchronous invocation of {reference.name}", self._run(event), wakes=events.TOPIC)

    async def _run(self, event: Event) -> None:
        key = event.reference.scope, event.reference.name
        try:
            settle = await attempt(self._platform, event)
            await self._platform.database.write(settle)
        finally:
            self._held.discard(event.id)
            self._running[key] -= 1
            if not self._running[key]:
                del self._running[key]

    def _next_due(self, lanes: list[Lane], now: float) -> float | None:
        """When to look again unless woken; lanes without room are woken by the end of what they run."""
        waiting = [
            lane.due_at for lane in lanes if lane.due_at > now or not self._running.get((lane.scope, lane.name), 0)
        ]
        due = min(waiting, default=None) if len(self._held) < _IN_ALL else None
        if self._held:
            due = self._renew_at if due is None else min(due, self._renew_at)
        return due
