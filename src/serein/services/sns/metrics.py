"""The metrics of topics: counted in memory by the minute, handed to CloudWatch when the minute is over.

What was counted in a minute that a crash cuts short is lost.
AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.scope import Scope

TOPIC = "sns:metrics"
_MINUTE = 60
_MOST_DATA = 1000
_MEMORY = "sns metrics"


class Tally:
    """The values of one metric of one topic in a minute."""

    __slots__ = ("count", "maximum", "minimum", "total")

    def __init__(self) -> None:
        self.count, self.total, self.minimum, self.maximum = 0, 0, 0, 0

    def add(self, value: int) -> None:
        self.minimum = value if not self.count or value < self.minimum else self.minimum
        self.maximum = max(self.maximum, value)
        self.count += 1
        self.total += value


Tallies = dict[tuple[str, str], Tally]


class MetricCounts:
    """The counts of the current minute. The worker that hands them over is woken by the first."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._is_wanted = "cloudwatch" in platform.catalog.folders
        self._minute = 0
        self._tallies: Tallies = {}
        self._earlier: list[tuple[int, Tallies]] = []

    def add(self, topic_arn: str, metric: str, value: int) -> None:
        if not self._is_wanted or not value:
            return
        minute = int(self._platform.clock.now()) // _MINUTE
        if minute != self._minute or not self._tallies:
            if self._tallies:
                self._earlier.append((self._minute, self._tallies))
                self._tallies = {}
            self._minute = minute
            self._platform.bus.wake(TOPIC)
        tally = self._tallies.get((topic_arn, metric))
        if tally is None:
            tally = self._tallies[topic_arn, metric] = Tally()
        tally.add(value)

    def take(self, minute: int) -> list[tuple[int, Tallies]]:
        """The minutes before `minute`, with what was counted in them."""
        over, self._earlier = self._earlier, []
        if self._tallies and self._minute < minute:
            over.append((self._minute, self._tallies))
            self._tallies = {}
        return over

    @property
    def due_at(self) -> float | None:
        """When the minute that is being counted is over; None when nothing is."""
        return (self._minute + 1) * float(_MINUTE) if self._tallies else None


class MetricWriter:
    """Hands over what was counted in minutes that are over."""

    name = "sns metrics"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._counts = counts_of(platform)

    async def step(self) -> float | None:
        minute = int(self._platform.clock.now()) // _MINUTE
        data: dict[Scope, list[dict[str, Any]]] = {}
        for counted_minute, tallies in self._counts.take(minute):
            for (arn, metric), tally in tallies.items():
                _, _, _, region, account, name = arn.split(":", 5)
                datum = _datum(name, metric, tally, counted_minute)
                data.setdefault(Scope(account, region), []).append(datum)
        for scope, all_data in data.items():
            for start in range(0, len(all_data), _MOST_DATA):
                request = {"Namespace": "AWS/SNS", "MetricData": all_data[start : start + _MOST_DATA]}
                await self._platform.call("cloudwatch", "AppendMetrics", request, scope=scope)
        return self._counts.due_at


def _datum(name: str, metric: str, tally: Tally, minute: int) -> dict[str, Any]:
    return {
        "MetricName": metric,
        "Dimensions": [{"Name": "TopicName", "Value": name}],
        "Timestamp": float(minute * _MINUTE),
        "Unit": "Bytes" if metric == "PublishSize" else "Count",
        "StatisticValues": {
            "SampleCount": float(tally.count),
            "Sum": float(tally.total),
            "Minimum": float(tally.minimum),
            "Maximum": float(tally.maximum),
        },
    }


def counts_of(platform: Platform) -> MetricCounts:
    found: MetricCounts | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = MetricCounts(platform)
    return found
