"""What services count of themselves: in memory by the minute, handed to CloudWatch when the minute is over.

A platform without CloudWatch counts nothing. What was counted in a minute that a crash cuts short is lost.
"""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar

from serein.kernel.call import Platform
from serein.kernel.scope import Scope

MINUTE_SECONDS = 60
_MOST_DATA = 1000
K = TypeVar("K")
Data = dict[Scope, list[dict[str, Any]]]
"""Metric data, as PutMetricData takes them, by whose they are."""


class Tally:
    """The values of one metric of one source in a minute."""

    __slots__ = ("count", "maximum", "minimum", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = self.minimum = self.maximum = 0.0

    def add(self, value: float) -> None:
        self.minimum = value if not self.count or value < self.minimum else self.minimum
        self.maximum = max(self.maximum, value)
        self.count += 1
        self.total += value

    def add_each(self, values: list[int]) -> None:
        """Add several values."""
        least = min(values)
        self.minimum = least if not self.count or least < self.minimum else self.minimum
        self.maximum = max(self.maximum, *values)
        self.count += len(values)
        self.total += sum(values)

    def add_ones(self, times: int) -> None:
        """Add the value 1 so many times."""
        self.add(1.0)
        self.count += times - 1
        self.total += times - 1

    def add_all(self, other: "Tally", more: float) -> None:
        """Add the values of another tally, each of them greater by `more`."""
        self.minimum = other.minimum + more if not self.count else min(self.minimum, other.minimum + more)
        self.maximum = max(self.maximum, other.maximum + more)
        self.count += other.count
        self.total += other.total + more * other.count

    @property
    def statistics(self) -> dict[str, float]:
        """As PutMetricData takes them."""
        return {
            "SampleCount": float(self.count),
            "Sum": float(self.total),
            "Minimum": float(self.minimum),
            "Maximum": float(self.maximum),
        }

    @property
    def measured(self) -> dict[str, Any]:
        """The members of a datum that say what was measured."""
        return {"StatisticValues": self.statistics}

    def metrics(self, metric: str) -> "list[tuple[str, Tally]]":
        """The metrics that it stands for; `metric` is the one that it is kept under."""
        return [(metric, self)]


class MinuteCounts(Generic[K]):
    """The counts of the current minute, by source and metric. Whoever hands them over is woken by the first."""

    def __init__(self, platform: Platform, topic: str) -> None:
        self.is_wanted = "cloudwatch" in platform.catalog.folders
        self.minute = 0
        self.topic = topic
        self._platform = platform
        self._tallies: dict[tuple[K, str], Tally] = {}
        self._earlier: list[tuple[int, dict[tuple[K, str], Tally]]] = []

    def add(self, source: K, metric: str, value: float) -> None:
        if value:
            self.measure(source, metric, value)

    def add_ones(self, source: K, metric: str, times: int) -> None:
        """As `add` with the value 1, so many times."""
        if self.is_wanted:
            self.begin()
            self.tally(source, metric).add_ones(times)

    def measure(self, source: K, metric: str, value: float) -> None:
        """As `add`, and 0 counts as a value: for averages."""
        if not self.is_wanted:
            return
        self.begin()
        self.tally(source, metric).add(value)

    def begin(self) -> None:
        """Have what is counted from now on belong to the current minute."""
        minute = int(self._platform.clock.now()) // MINUTE_SECONDS
        if minute != self.minute or not self._tallies:
            if self._tallies:
                self._earlier.append((self.minute, self._tallies))
                self._tallies = {}
            self.minute = minute
            self._platform.bus.wake(self.topic)

    def tally(self, source: K, metric: str, kind: Callable[[], Tally] = Tally) -> Tally:
        """The tally of a metric in the minute that was begun; `kind` makes one that isn't there."""
        tally = self._tallies.get((source, metric))
        if tally is None:
            tally = self._tallies[source, metric] = kind()
            self.began(source)
        return tally

    def began(self, source: K) -> None:
        """A source is counted for the first time in a minute."""

    def take(self, minute: int) -> list[tuple[int, dict[tuple[K, str], Tally]]]:
        """The minutes before `minute`, with what was counted in them."""
        over, self._earlier = self._earlier, []
        if self._tallies and self.minute < minute:
            over.append((self.minute, self._tallies))
            self._tallies = {}
        return over

    @property
    def due_at(self) -> float | None:
        """When the minute that is being counted is over; None when nothing is."""
        return (self.minute + 1) * float(MINUTE_SECONDS) if self._tallies else None


class Meaning(NamedTuple):
    """What a metric of a source is to CloudWatch: whose, with which sets of dimensions, in which unit."""

    scope: Scope
    dimensions: list[list[dict[str, str]]]
    """Each set is a metric of its own, with the same values."""
    unit: str


class MetricWriter(Generic[K]):
    """Hands over what was counted in minutes that are over."""

    def __init__(
        self,
        platform: Platform,
        name: str,
        namespace: str,
        counts: MinuteCounts[K],
        meaning_of: Callable[[K, str], Meaning],
    ) -> None:
        self.name = name
        self.topics: tuple[str, ...] = (counts.topic,)
        self._platform = platform
        self._namespace = namespace
        self._counts = counts
        self._meaning_of = meaning_of

    async def step(self) -> float | None:
        minute = int(self._platform.clock.now()) // MINUTE_SECONDS
        data: Data = {}
        for counted_minute, tallies in self._counts.take(minute):
            timestamp = float(counted_minute * MINUTE_SECONDS)
            for (source, kept), tally in tallies.items():
                for metric, counted in tally.metrics(kept):
                    scope, sets, unit = self._meaning_of(source, metric)
                    datum = {"MetricName": metric, "Timestamp": timestamp, "Unit": unit, **counted.measured}
                    data.setdefault(scope, []).extend({**datum, "Dimensions": each} for each in sets)
        await hand_over(self._platform, self._namespace, data)
        return self._counts.due_at


async def hand_over(platform: Platform, namespace: str, data: Data) -> None:
    """Give CloudWatch what was measured."""
    if platform.catalog.find_operation("cloudwatch", "PutMetricData") is None:
        return
    for scope, all_data in data.items():
        for start in range(0, len(all_data), _MOST_DATA):
            request = {"Namespace": namespace, "MetricData": all_data[start : start + _MOST_DATA]}
            await platform.call("cloudwatch", "AppendMetrics", request, scope=scope)
