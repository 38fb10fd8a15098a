"""What services count of themselves: in memory by the minute, handed to CloudWatch when the minute is over.

A platform without CloudWatch counts nothing. What was counted in a minute that a crash cuts short is lost.
"""

from typing import Any, Generic, TypeVar

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
        self.count, self.total, self.minimum, self.maximum = 0, 0, 0, 0

    def add(self, value: int) -> None:
        self.minimum = value if not self.count or value < self.minimum else self.minimum
        self.maximum = max(self.maximum, value)
        self.count += 1
        self.total += value

    @property
    def statistics(self) -> dict[str, float]:
        """As PutMetricData takes them."""
        return {
            "SampleCount": float(self.count),
            "Sum": float(self.total),
            "Minimum": float(self.minimum),
            "Maximum": float(self.maximum),
        }


class MinuteCounts(Generic[K]):
    """The counts of the current minute, by source and metric. Whoever hands them over is woken by the first."""

    def __init__(self, platform: Platform, topic: str) -> None:
        self.is_wanted = "cloudwatch" in platform.catalog.folders
        self.minute = 0
        self._platform = platform
        self._topic = topic
        self._tallies: dict[tuple[K, str], Tally] = {}
        self._earlier: list[tuple[int, dict[tuple[K, str], Tally]]] = []

    def add(self, source: K, metric: str, value: int) -> None:
        if not self.is_wanted or not value:
            return
        minute = int(self._platform.clock.now()) // MINUTE_SECONDS
        if minute != self.minute or not self._tallies:
            if self._tallies:
                self._earlier.append((self.minute, self._tallies))
                self._tallies = {}
            self.minute = minute
            self._platform.bus.wake(self._topic)
        self.tally(source, metric).add(value)

    def tally(self, source: K, metric: str) -> Tally:
        """The tally of a metric in the current minute."""
        tally = self._tallies.get((source, metric))
        if tally is None:
            tally = self._tallies[source, metric] = Tally()
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


async def hand_over(platform: Platform, namespace: str, data: Data) -> None:
    """Give CloudWatch what was measured."""
    if platform.catalog.find_operation("cloudwatch", "PutMetricData") is None:
        return
    for scope, all_data in data.items():
        for start in range(0, len(all_data), _MOST_DATA):
            request = {"Namespace": namespace, "MetricData": all_data[start : start + _MOST_DATA]}
            await platform.call("cloudwatch", "AppendMetrics", request, scope=scope)
