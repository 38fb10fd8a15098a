"""Reading one shard for a mapping.

It reads a window of records from where its cursor is, sends them in batches, in order for each item, and moves the
cursor in a transaction once every record of the window has succeeded or was given up. A crash anywhere reads the
window again.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any
from zlib import crc32

import msgspec

from serein.kernel.call import Platform
from serein.kernel.database import Delivery, Transaction
from serein.kernel.errors import AwsError
from serein.services.lambda_.batch_responses import REPORTS, InvalidReport, parse_failures
from serein.services.lambda_.event_sources import filter_of
from serein.services.lambda_.pollers.invoking import invoke_batch
from serein.services.lambda_.pollers.stream_batches import Batch, Lane, Record, failure_delivery, record_of, sequence_of
from serein.services.lambda_.store import mappings as store
from serein.services.lambda_.store.mappings import Mapping

_BACKOFF_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
_MOST_BYTES = 5_000_000
"""Of a window: AWS's limit on an invocation's payload is 6 MB, and events are a little larger than records."""
_encode = msgspec.json.Encoder().encode


class ShardReader:
    """Moves records from a shard to a function. `wakes` is the topic to wake when there is more to do."""

    def __init__(
        self,
        platform: Platform,
        mapping: Mapping,
        shard_id: str,
        position: str,
        wakes: str,
        report: Callable[[str], None],
    ) -> None:
        self.position = position
        self._platform = platform
        self._mapping = mapping
        self._shard_id = shard_id
        self._wakes = wakes
        self._report = report
        self._settings = mapping.settings
        self._batch_size: int = mapping.settings["BatchSize"]
        self._selects = filter_of(mapping, "dynamodb")
        self._window_end = position
        self._first_seen: float | None = None
        self._lanes: list[Lane] = []
        self._given_up: list[Delivery] = []
        self._is_running = False

    @property
    def is_busy(self) -> bool:
        """Whether it has records in hand."""
        return bool(self._lanes) or self._is_running

    async def step(self, last: str) -> float | None:
        """Go on as far as possible; `last` is the shard's newest record. Return when to go on, None when woken."""
        if self._is_running:
            return None
        now = self._platform.clock.now()
        while not self._lanes:
            if self.position >= last:
                self._first_seen = None
                return None
            opens_at = await self._open_window(last)
            if opens_at > now:
                return opens_at
        due = min(lane.not_before for lane in self._lanes)
        if due > now:
            return due
        self._is_running = True
        name = f"{self._mapping.function_name} with records of {self._shard_id}"
        self._platform.workers.activities.start(name, self._run_lanes(), wakes=self._wakes)
        return None

    async def _open_window(self, last: str) -> float:
        """Read the next records into lanes, unless they are to wait for others: return until when."""
        lanes: int = self._settings["ParallelizationFactor"]
        reply = await self._platform.call(
            "dynamodb",
            "ReadStream",
            {
                "StreamArn": self._mapping.source_arn,
                "After": self.position,
                "Limit": self._batch_size * lanes,
                "MostBytes": _MOST_BYTES,
            },
            scope=self._mapping.scope,
        )
        read: list[Record] = reply["Records"]
        now = self._platform.clock.now()
        if not read:
            self.position = reply["Last"]
            return now
        if self._first_seen is None:
            self._first_seen = now
        opens_at: float = self._first_seen + self._settings["MaximumBatchingWindowInSeconds"]
        is_full = len(read) >= self._batch_size or reply["Last"] < last or reply["IsEnded"]
        if not is_full and now < opens_at:
            return opens_at
        self._first_seen = None
        self._window_end = reply["Last"]
        records = [record_of(record, self._mapping) for record in read]
        if self._selects is not None:
            records = [record for record in records if self._selects(record)]
        self._lanes = self._share_out(records, lanes)
        if not self._lanes:
            await self._close_window()
        return now

    def _share_out(self, records: list[Record], count: int) -> list[Lane]:
        """Lanes that run at the same time; all records of an item are in one lane, in order."""
        shares: list[list[Record]] = [[] for _ in range(count)]
        for record in records:
            shares[crc32(_encode(record["dynamodb"]["Keys"])) % count if count > 1 else 0].append(record)
        return [
            Lane(deque(Batch(share[at : at + self._batch_size]) for at in range(0, len(share), self._batch_size)))
            for share in shares
            if share
        ]

    async def _run_lanes(self) -> None:
        now = self._platform.clock.now()
        try:
            await asyncio.gather(*(self._run_lane(lane) for lane in self._lanes if lane.not_before <= now))
            self._lanes = [lane for lane in self._lanes if lane.batches]
            if not self._lanes:
                await self._close_window()
        finally:
            self._is_running = False

    async def _close_window(self) -> None:
        """Move the cursor past the window, and owe what was given up to its destination, in one transaction."""
        last, given_up = self._window_end, list(self._given_up)

        def move(tx: Transaction) -> None:
            if store.find_mapping(tx, self._mapping.id) is not None:
                store.put_cursor(tx, self._mapping.id, self._shard_id, last)
            for delivery in given_up:
                tx.send(delivery)

        await self._platform.database.write(move)
        self._given_up.clear()
        self.position = last

    async def _run_lane(self, lane: Lane) -> None:
        """Send a lane's batches until one fails."""
        while lane.batches:
            batch = lane.batches[0]
            self._drop_old(batch)
            if not batch.records:
                lane.batches.popleft()
                continue
            if not await self._attempt(lane, batch):
                return

    def _drop_old(self, batch: Batch) -> None:
        maximum_age: int = self._settings["MaximumRecordAgeInSeconds"]
        if maximum_age < 0:
            return
        oldest = self._platform.clock.now() - maximum_age
        old = [record for record in batch.records if record["dynamodb"]["ApproximateCreationDateTime"] < oldest]
        if old:
            self._give_up(Batch(old, batch.attempts), "RecordAgeExceeded", {})
            batch.records = batch.records[len(old) :]

    async def _attempt(self, lane: Lane, batch: Batch) -> bool:
        """Invoke the function with a batch; False when the lane has to wait before it goes on."""
        try:
            reply = await invoke_batch(self._platform, self._mapping, batch.records)
        except AwsError as error:
            self._report(f"PROBLEM: Function call failed: {error.code}")
            lane.refusals += 1
            self._postpone(lane, lane.refusals)
            return False
        lane.refusals = 0
        failed_from = self._first_failure(batch, reply)
        if failed_from is None:
            self._report("OK")
            lane.batches.popleft()
            return True
        self._report("PROBLEM: Function call failed")
        if failed_from > 0:
            # AWS: what comes before the first failure is done; the rest is tried again, with its retries anew.
            batch.records, batch.attempts = batch.records[failed_from:], 0
        batch.attempts += 1
        maximum: int = self._settings["MaximumRetryAttempts"]
        if 0 <= maximum < batch.attempts and not self._can_bisect(batch):
            self._give_up(batch, "RetryAttemptsExhausted", reply)
            lane.batches.popleft()
            return True
        if self._can_bisect(batch):
            self._bisect(lane, batch)
        self._postpone(lane, lane.batches[0].attempts)
        return False

    def _first_failure(self, batch: Batch, reply: dict[str, Any]) -> int | None:
        """The index of the first record that failed; None when none did."""
        if reply.get("FunctionError"):
            return 0
        if REPORTS not in self._settings["FunctionResponseTypes"]:
            return None
        sequences = [sequence_of(record) for record in batch.records]
        try:
            failed = parse_failures(reply["Payload"], set(sequences))
        except InvalidReport:
            return 0
        return min((sequences.index(sequence) for sequence in failed), default=None)

    def _can_bisect(self, batch: Batch) -> bool:
        return bool(self._settings["BisectBatchOnFunctionError"]) and len(batch.records) > 1

    def _bisect(self, lane: Lane, batch: Batch) -> None:
        """Split a batch in two. AWS: a split does not count as a retry."""
        middle = len(batch.records) // 2
        attempts = batch.attempts - 1
        lane.batches.popleft()
        lane.batches.appendleft(Batch(batch.records[middle:], attempts))
        lane.batches.appendleft(Batch(batch.records[:middle], attempts))

    def _postpone(self, lane: Lane, failures: int) -> None:
        wait = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
        lane.not_before = self._platform.clock.now() + wait

    def _give_up(self, batch: Batch, condition: str, reply: dict[str, Any]) -> None:
        destination = self._settings["DestinationConfig"].get("OnFailure", {}).get("Destination")
        if destination:
            now = self._platform.clock.now()
            self._given_up.append(
                failure_delivery(
                    self._platform, self._mapping, self._shard_id, destination, batch, condition, reply, now
                )
            )
