"""The metrics of queues: counted by the minute, and measured.

The state of a queue is measured each minute while it is used and for a quarter of an hour after. One with messages is
measured every quarter of an hour from then on, or for six hours each minute if its account has alarms, which may
look: a virtual clock stops at each measurement, and a week should not be ten thousand of them.
AWS: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.metering import MINUTE_SECONDS, Data, MinuteCounts, Tally, hand_over
from serein.kernel.scope import Scope
from serein.services.sqs import receiving
from serein.services.sqs.messages import Draft
from serein.services.sqs.queues import Address
from serein.services.sqs.store import counts, groups, queues
from serein.services.sqs.store.shared import QueueList

TOPIC = "sqs:metrics"
_QUARTER = 15
_LONG_MINUTES = 360


class MetricCounts(MinuteCounts[Address]):
    """The counts of the current minute, and which queues are active."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform, TOPIC)
        self.last_used: dict[Address, int] = {}
        """The minute in which each active queue was used last."""
        self._sizes: dict[tuple[int, int], Tally] = {}
        """What went to lists of queues, by minute and list: it is counted for each of them when it is taken."""
        self._lists: dict[tuple[int, int], list[tuple[Tally, Tally, int]]] = {}

    def sent(self, address: Address, drafts: list[Draft]) -> None:
        if self.is_wanted and drafts:
            self.begin()
            self.tally(address, "NumberOfMessagesSent").add(len(drafts))
            self.tally(address, "SentMessageSize").add_each([draft.size_bytes for draft in drafts])

    def sent_to_each(self, queues: QueueList, size_bytes: int) -> None:
        """A message went to all queues of a list; `size_bytes` is without what is a queue's own."""
        if not self.is_wanted:
            return
        self.begin()
        sizes = self._sizes.get((self.minute, queues.id))
        if sizes is None:
            sizes = self._sizes[self.minute, queues.id] = Tally()
            self._lists[self.minute, queues.id] = [
                (self.tally(address, "NumberOfMessagesSent"), self.tally(address, "SentMessageSize"), fill_bytes)
                for address, fill_bytes in queues.members
            ]
        sizes.add(size_bytes)

    def take(self, minute: int) -> list[tuple[int, dict[tuple[Address, str], Tally]]]:
        for key, sizes in self._sizes.items():
            for sent, sent_sizes, fill_bytes in self._lists.pop(key):
                sent.add_ones(sizes.count)
                sent_sizes.add_all(sizes, fill_bytes)
        self._sizes.clear()
        return super().take(minute)

    def received(self, address: Address, messages: int) -> None:
        self.add(address, "NumberOfMessagesReceived" if messages else "NumberOfEmptyReceives", messages or 1)

    def began(self, source: Address) -> None:
        self.last_used[source] = self.minute


class MetricWriter:
    """Hands over what was counted in minutes that are over, and measures the queues that are active."""

    name = "sqs metrics"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._counts = counts_of(platform)
        self._measured_minute = int(platform.clock.now()) // MINUTE_SECONDS

    async def step(self) -> float | None:
        minute = int(self._platform.clock.now()) // MINUTE_SECONDS
        data: Data = {}
        for counted_minute, tallies in self._counts.take(minute):
            for (address, metric), tally in tallies.items():
                scope = Scope(address.account, address.region)
                data.setdefault(scope, []).append(_counted(address, metric, tally, counted_minute))
        due = [minute + 1 for _ in self._counts.last_used] if minute <= self._measured_minute else []
        if minute > self._measured_minute:
            self._measured_minute = minute
            watched: dict[Scope, bool] = {}
            for address, used in list(self._counts.last_used.items()):
                scope = Scope(address.account, address.region)
                if scope not in watched:
                    watched[scope] = await self._is_watched(scope)
                following = _next_minute(minute, used, is_watched=watched[scope])
                if measured := await self._measure(address, minute):
                    data.setdefault(scope, []).extend(measured)
                if address in self._counts.last_used:
                    due.append(following)
        await hand_over(self._platform, "AWS/SQS", data)
        return min(due) * float(MINUTE_SECONDS) if due else None

    async def _is_watched(self, scope: Scope) -> bool:
        """Whether an account has alarms."""
        if self._platform.catalog.find_operation("cloudwatch", "DescribeAlarms") is None:
            return False
        reply = await self._platform.call("cloudwatch", "DescribeAlarms", {"MaxRecords": 1}, scope=scope)
        return bool(reply["MetricAlarms"])

    async def _measure(self, address: Address, minute: int) -> list[dict[str, Any]]:
        """A queue's state. One that is gone, or empty and unused for long, is forgotten."""
        idle_minutes = minute - self._counts.last_used[address]
        state = await self._platform.database.read(lambda tx: state_of(tx, address))
        is_empty = state is None or not any(state.values())
        if state is None or (is_empty and idle_minutes > _QUARTER):
            del self._counts.last_used[address]
        return [_datum(address, metric, value, minute * MINUTE_SECONDS) for metric, value in (state or {}).items()]


def _next_minute(minute: int, used: int, *, is_watched: bool) -> int:
    """When a queue that was last used in a minute is measured next."""
    if minute - used < (_LONG_MINUTES if is_watched else _QUARTER):
        return minute + 1
    return (minute // _QUARTER + 1) * _QUARTER


def state_of(tx: Transaction, address: Address) -> dict[str, float] | None:
    """What is measured of a queue, or None when there is none."""
    queue = queues.find_queue(tx, address)
    if queue is None:
        return None
    visible, in_flight, delayed = counts.count_messages(tx, queue)
    oldest = receiving.oldest_sent_at(tx, queue) if visible or in_flight or delayed else None
    state: dict[str, float] = {
        "ApproximateNumberOfMessagesVisible": visible,
        "ApproximateNumberOfMessagesNotVisible": in_flight,
        "ApproximateNumberOfMessagesDelayed": delayed,
        "ApproximateAgeOfOldestMessage": 0 if oldest is None else max(0, int(tx.now - oldest)),
    }
    if queue.is_fifo:
        state["ApproximateNumberOfGroupsWithInflightMessages"] = groups.count_locked_groups(tx, queue)
    return state


def _counted(address: Address, metric: str, tally: Tally, minute: int) -> dict[str, Any]:
    return {**_named(address, metric, minute * MINUTE_SECONDS), "StatisticValues": tally.statistics}


def _datum(address: Address, metric: str, value: float, timestamp: float) -> dict[str, Any]:
    return {**_named(address, metric, timestamp), "Values": [float(value)], "Counts": [1.0]}


_UNITS = {"SentMessageSize": "Bytes", "ApproximateAgeOfOldestMessage": "Seconds"}


def _named(address: Address, metric: str, timestamp: float) -> dict[str, Any]:
    return {
        "MetricName": metric,
        "Dimensions": [{"Name": "QueueName", "Value": address.name}],
        "Timestamp": float(timestamp),
        "Unit": _UNITS.get(metric, "Count"),
    }


def counts_of(platform: Platform) -> MetricCounts:
    found: MetricCounts | None = platform.memory.get("sqs metrics")
    if found is None:
        found = platform.memory["sqs metrics"] = MetricCounts(platform)
    return found
