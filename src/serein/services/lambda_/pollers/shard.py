"""Reading one shard for a mapping.

It reads a stretch of records from where its cursor is, sends them in batches, in order for each key, and moves the
cursor in a transaction once every record of the stretch has succeeded or was given up. A crash reads the stretch
again; failed attempts and what was given up are kept as they happen, so that they count across crashes.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Transaction
from serein.services.lambda_.event_filters import Predicate
from serein.services.lambda_.pollers.attempts import Attempts, Verdict
from serein.services.lambda_.pollers.stream_batches import Batch, Cutter, Lane, Window
from serein.services.lambda_.pollers.stream_failures import TOO_OLD, failure_delivery
from serein.services.lambda_.pollers.stream_sources import Page, Record, Shard, StreamSource
from serein.services.lambda_.store import shard_cursors
from serein.services.lambda_.store.mapping_leases import owns_mapping
from serein.services.lambda_.store.mappings import Mapping


@dataclass(slots=True)
class Reading:
    """What the readers of one mapping share."""

    platform: Platform
    mapping: Mapping
    source: StreamSource
    cutter: Cutter
    selects: Predicate | None
    owner: str
    """Of the lease, where there are leases."""
    wakes: str
    """The topic to wake when there is more to do."""
    report: Callable[[str], None]
    is_stopping: bool = False


class ShardReader:
    """Moves records from a shard to a function."""

    def __init__(self, reading: Reading, shard_id: str, position: str, progress: dict[str, Any]) -> None:
        self.position = position
        self.is_ended = False
        """Whether the shard has no more to read, ever."""
        self._reading = reading
        self._shard_id = shard_id
        self._attempts = Attempts(reading.platform, reading.mapping, reading.source, shard_id, reading.report)
        self._progress = progress
        windows = progress.get("windows", {}) if reading.cutter.window_seconds else {}
        self._windows = {int(number): Window(start, state) for number, (start, state) in windows.items()}
        self._end = position
        """The position after the stretch in hand."""
        self._first_seen: float | None = None
        self._lanes: list[Lane] = []
        self._letters: list[Delivery] = []
        """Documents about what was given up. Invariant: they are written with what no longer has it in hand."""
        self._is_running = False
        self._is_lost = False
        self._saving = asyncio.Lock()

    @property
    def is_busy(self) -> bool:
        """Whether it has records or windows in hand."""
        return self._is_running or (not self._is_lost and (bool(self._lanes) or bool(self._windows)))

    @property
    def is_running(self) -> bool:
        return self._is_running

    async def step(self, shard: Shard) -> float | None:
        """Go on as far as possible. Return when to go on, None when woken."""
        reading = self._reading
        if self._is_running or self._is_lost or reading.is_stopping:
            return None
        now = reading.platform.clock.now()
        while not self._lanes:
            opens_at = await self._open(shard, now)
            if opens_at is None or opens_at > now:
                return opens_at
        due = min(lane.not_before for lane in self._lanes)
        if due > now:
            return due
        self._is_running = True
        name = f"{reading.mapping.function_name} with records of {self._shard_id}"
        reading.platform.workers.activities.start(name, self._run_lanes(), wakes=reading.wakes)
        return None

    async def _open(self, shard: Shard, now: float) -> float | None:
        """Read the next records into lanes. Return when there may be some, None when woken."""
        if self.is_ended or (shard.last and self.position >= shard.last):
            self.is_ended = self.is_ended or shard.is_closed
            return self._open_windows(now)
        limit = self._reading.cutter.batch_size * self._reading.cutter.lanes
        page = await self._reading.source.read(self._shard_id, self.position, limit)
        if not page.records:
            self.position, self.is_ended = page.last, page.is_ended
            self._first_seen = None
            return now if page.is_cut else self._open_windows(now)
        if self._first_seen is None:
            self._first_seen = now
        opens_at: float = self._first_seen + self._reading.mapping.settings["MaximumBatchingWindowInSeconds"]
        is_full = len(page.records) >= self._reading.cutter.batch_size or page.is_cut or page.is_ended
        if not is_full and now < opens_at:
            return opens_at
        self._first_seen = None
        await self._open_page(page)
        return now

    async def _open_page(self, page: Page) -> None:
        progress, self._progress = self._progress, {}
        cutter, sequence_of = self._reading.cutter, self._reading.source.sequence_of
        records, self._end = page.records, page.last
        pending: dict[str, Any] | None = None
        if progress.get("lanes") is not None and progress["factor"] == cutter.lanes:
            end = int(progress["end"])
            if int(page.last) >= end:
                pending, self._end = progress["lanes"], progress["end"]
                records = [record for record in records if int(sequence_of(record)) <= end]
        if self._reading.selects is not None:
            records = [record for record in records if self._reading.selects(record)]
        self._lanes = self._lanes_of(records, pending)
        # A shard's end is the end of its last page, which a restored stretch may be short of.
        self.is_ended = page.is_ended and self._end == page.last
        if not self._lanes:
            await self._close()

    def _lanes_of(self, records: list[Record], pending: dict[str, Any] | None) -> list[Lane]:
        lanes = []
        for number, share in self._reading.cutter.share_out(records).items():
            if pending is None:
                batches, not_before = deque(self._reading.cutter.batches(share)), 0.0
            else:
                not_before, known = pending.get(str(number), (0.0, []))
                batches = deque(self._reading.cutter.restore(share, known))
            if batches:
                lanes.append(Lane(number, batches, not_before))
        return lanes

    def _open_windows(self, now: float) -> float | None:
        """With no records left: close the windows whose time is over, or all when the shard is."""
        seconds, due = self._reading.cutter.window_seconds, []
        for number, window in self._windows.items():
            ends_at = now if self.is_ended else window.start + seconds
            due.append(ends_at)
            if ends_at <= now:
                self._lanes.append(Lane(number, deque([Batch([], window=window.start, is_final=True)])))
        self._end = self.position
        return min(due, default=None)

    async def _run_lanes(self) -> None:
        now = self._reading.platform.clock.now()
        try:
            await asyncio.gather(*(self._run_lane(lane) for lane in self._lanes if lane.not_before <= now))
            self._lanes = [lane for lane in self._lanes if lane.batches]
            if not self._lanes:
                await self._close()
            elif self._reading.is_stopping:
                await self._save()
        finally:
            self._is_running = False

    async def _run_lane(self, lane: Lane) -> None:
        """Send a lane's batches until one has to wait."""
        while lane.batches and not self._is_lost and not self._reading.is_stopping:
            if await self._drop_old(lane):
                continue
            window = self._window_for(lane, lane.batches[0])
            verdict = await self._attempts.make(lane, lane.batches[0], window)
            await self._settle(lane, window, verdict)
            if verdict.has_to_wait:
                return

    def _window_for(self, lane: Lane, batch: Batch) -> Window | None:
        """The window that is open for a batch; a batch of a later window has the open one closed first."""
        if batch.window is None:
            return None
        window = self._windows.get(lane.number)
        if window is None:
            window = self._windows[lane.number] = Window(batch.window)
        elif batch.window > window.start and not batch.is_final:
            lane.batches.appendleft(Batch([], window=window.start, is_final=True))
        return window

    async def _settle(self, lane: Lane, window: Window | None, verdict: Verdict) -> None:
        """Take note of what an attempt came to."""
        if window is not None and verdict.state is not None:
            window.state = verdict.state
        if verdict.ends_window:
            if verdict.is_early and window is not None:
                window.state = {}
            else:
                self._windows.pop(lane.number, None)
        if verdict.letter is not None:
            self._letters.append(verdict.letter)
        if verdict.is_given_up or verdict.has_to_wait:
            await self._save()

    async def _drop_old(self, lane: Lane) -> bool:
        """Give up the records of a lane's first batch that are older than they may become; whether there were any."""
        batch, reading = lane.batches[0], self._reading
        most = reading.source.retention_seconds
        maximum: int = reading.mapping.settings["MaximumRecordAgeInSeconds"]
        oldest = reading.platform.clock.now() - (min(most, maximum) if maximum >= 0 else most)
        old = [record for record in batch.records if reading.source.arrived_at(record) < oldest]
        if not old:
            return False
        batch.records = batch.records[len(old) :]
        if not batch.records:
            lane.batches.popleft()
        letter = failure_delivery(
            reading.platform,
            reading.mapping,
            reading.source,
            self._shard_id,
            Batch(old, batch.attempts),
            TOO_OLD,
            {},
        )
        if letter is not None:
            self._letters.append(letter)
        await self._save()
        return True

    async def _save(self) -> None:
        """Keep what is in hand, and owe the documents about what was given up to their destination."""
        async with self._saving:
            progress = {
                "end": self._end,
                "factor": self._reading.cutter.lanes,
                "lanes": {
                    str(lane.number): [lane.not_before, self._reading.cutter.pending(lane)]
                    for lane in self._lanes
                    if lane.batches
                },
                **self._kept_windows(),
            }
            await self._write(progress, None)

    async def _close(self) -> None:
        """Move the cursor past the stretch."""
        end = self._end
        await self._write(self._kept_windows(), end)
        self.position = end

    def _kept_windows(self) -> dict[str, Any]:
        windows = {str(number): [window.start, window.state] for number, window in self._windows.items()}
        return {"windows": windows} if windows else {}

    async def _write(self, progress: dict[str, Any], position: str | None) -> None:
        """Write it down, unless the mapping is gone or another server's: then this reader is done for."""
        mapping_id, owner, letters = self._reading.mapping.id, self._reading.owner, list(self._letters)

        def write(tx: Transaction) -> bool:
            if not owns_mapping(tx, mapping_id, owner):
                return False
            shard_cursors.put_progress(tx, mapping_id, self._shard_id, progress)
            if position is not None:
                shard_cursors.put_cursor(tx, mapping_id, self._shard_id, position)
            for letter in letters:
                tx.send(letter)
            return True

        is_written = await self._reading.platform.database.write(write)
        del self._letters[: len(letters)]
        if not is_written:
            self._is_lost = True
            self._lanes.clear()
