"""Attempts to have a function take a batch of stream records, and what follows from how they end."""

from collections.abc import Callable
from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.database import Delivery
from serein.kernel.errors import AwsError
from serein.services.lambda_.batch_responses import REPORTS, InvalidReport, parse_failures
from serein.services.lambda_.errors import RequestTooLargeException
from serein.services.lambda_.pollers.invoking import invoke_batch
from serein.services.lambda_.pollers.stream_batches import (
    MOST_STATE_BYTES,
    Batch,
    Lane,
    Window,
    encode,
    event_of,
    find_state,
)
from serein.services.lambda_.pollers.stream_failures import RETRIES_EXHAUSTED, failure_delivery
from serein.services.lambda_.pollers.stream_sources import StreamSource
from serein.services.lambda_.store.mappings import Mapping

_BACKOFF_SECONDS = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 60.0)
OK, FAILED = "OK", "PROBLEM: Function call failed"


class Verdict(NamedTuple):
    """What an attempt came to."""

    has_to_wait: bool = False
    """Whether the lane has to wait before it goes on."""
    is_given_up: bool = False
    letter: Delivery | None = None
    """The document about what was given up, on its way to the destination."""
    state: dict[str, Any] | None = None
    """What the open window's state is from now on, when it changed."""
    ends_window: bool = False
    is_early: bool = False
    """Whether the window goes on, with a state that is empty."""


class Attempts:
    """Sends the batches of one shard."""

    def __init__(
        self, platform: Platform, mapping: Mapping, source: StreamSource, shard_id: str, report: Callable[[str], None]
    ) -> None:
        self._platform = platform
        self._mapping = mapping
        self._settings = mapping.settings
        self._source = source
        self._shard_id = shard_id
        self._report = report

    async def make(self, lane: Lane, batch: Batch, window: Window | None) -> Verdict:
        """Send the first batch of a lane, and take from the lane what is done with."""
        seconds: int = self._settings["TumblingWindowInSeconds"]
        event = event_of(batch, window, seconds, self._shard_id, self._mapping.source_arn)
        try:
            reply = await invoke_batch(self._platform, self._mapping, event)
        except RequestTooLargeException:
            self._report(FAILED)
            return self._give_up(lane, batch, {})
        except AwsError:
            self._report(FAILED)
            lane.refusals += 1
            self._postpone(lane, lane.refusals)
            return Verdict(has_to_wait=True)
        lane.refusals = 0
        failed_from, state = self._judge(batch, window, reply)
        if failed_from is None:
            self._report(OK)
            lane.batches.popleft()
            return self._after_success(lane, batch, state)
        self._report(FAILED)
        return self._after_failure(lane, batch, failed_from, state, reply)

    def _judge(
        self, batch: Batch, window: Window | None, reply: dict[str, Any]
    ) -> tuple[int | None, dict[str, Any] | None]:
        """The index of the first record that failed, None when none did; and the window's new state."""
        if reply.get("FunctionError"):
            return 0, None
        state = None
        if window is not None and not batch.is_final:
            state = find_state(reply["Payload"])
            if state is None:
                return 0, None
        if REPORTS not in self._settings["FunctionResponseTypes"]:
            return None, state
        sequences = [self._source.sequence_of(record) for record in batch.records]
        try:
            failed = parse_failures(reply["Payload"], set(sequences))
        except InvalidReport:
            return 0, None
        first = min((sequences.index(sequence) for sequence in failed), default=None)
        return first, None if first == 0 else state

    def _after_success(self, lane: Lane, batch: Batch, state: dict[str, Any] | None) -> Verdict:
        if batch.is_final:
            return Verdict(ends_window=True, is_early=batch.is_early)
        if state is not None and len(encode(state)) > MOST_STATE_BYTES:
            # AWS: a state of more than 1 MB ends its window early; the time that is left begins with an empty one.
            lane.batches.appendleft(Batch([], window=batch.window, is_final=True, is_early=True))
        return Verdict(state=state)

    def _after_failure(
        self, lane: Lane, batch: Batch, failed_from: int, state: dict[str, Any] | None, reply: dict[str, Any]
    ) -> Verdict:
        if failed_from > 0:
            # AWS: what comes before the first failure is done; the rest is tried again, with its retries anew.
            batch.records, batch.attempts = batch.records[failed_from:], 0
        batch.attempts += 1
        maximum: int = self._settings["MaximumRetryAttempts"]
        can_bisect = bool(self._settings["BisectBatchOnFunctionError"]) and len(batch.records) > 1 and failed_from == 0
        if 0 <= maximum < batch.attempts and not can_bisect:
            return self._give_up(lane, batch, reply)._replace(state=state)
        if can_bisect:
            _bisect(lane, batch)
        self._postpone(lane, lane.batches[0].attempts)
        return Verdict(has_to_wait=True, state=state)

    def _give_up(self, lane: Lane, batch: Batch, reply: dict[str, Any]) -> Verdict:
        lane.batches.popleft()
        letter = failure_delivery(
            self._platform, self._mapping, self._source, self._shard_id, batch, RETRIES_EXHAUSTED, reply
        )
        return Verdict(is_given_up=True, letter=letter, ends_window=batch.is_final, is_early=batch.is_early)

    def _postpone(self, lane: Lane, failures: int) -> None:
        wait = _BACKOFF_SECONDS[min(failures, len(_BACKOFF_SECONDS) - 1)]
        lane.not_before = self._platform.clock.now() + wait


def _bisect(lane: Lane, batch: Batch) -> None:
    """Split a batch in two. AWS: a split does not count as a retry."""
    middle, attempts = len(batch.records) // 2, batch.attempts - 1
    lane.batches.popleft()
    for records in (batch.records[middle:], batch.records[:middle]):
        lane.batches.appendleft(Batch(records, attempts, batch.window))
