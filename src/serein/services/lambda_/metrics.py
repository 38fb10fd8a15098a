"""Lambda's metrics: counted in memory by the minute, handed to CloudWatch when the minute is over.

A platform without CloudWatch counts nothing. What was counted in a minute that a crash cuts short is lost.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections import Counter
from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.metering import Data, hand_over
from serein.kernel.scope import Scope

TOPIC = "lambda:metrics"
_MINUTE = 60
_MOST_DURATIONS = 5000
"""Kept of a minute; with more there are statistics only."""
_UNITS = {
    "Duration": "Milliseconds",
    "AsyncEventAge": "Milliseconds",
    "UrlRequestLatency": "Milliseconds",
    "ProvisionedConcurrencyInitDuration": "Milliseconds",
    "DurableExecutionDuration": "Milliseconds",
    "DurableExecutionStorageWrittenBytes": "Bytes",
}
"""Of metrics that are no counts."""


class Source(NamedTuple):
    """What a metric is about."""

    scope: Scope
    name: str
    qualifier: str = ""
    """As it was invoked."""
    version: str = ""


class Tally:
    """What became of the values of one metric in a minute."""

    __slots__ = ("count", "maximum", "minimum", "total")

    def __init__(self, value: float) -> None:
        self.count = 1
        self.total = self.minimum = self.maximum = value

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        if value < self.minimum:
            self.minimum = value
        elif value > self.maximum:
            self.maximum = value


class Runs(Tally):
    """What became of a function's invocations in a minute: how long each took, for percentiles."""

    __slots__ = ("durations", "errors", "most_at_once")

    def __init__(self) -> None:
        self.count, self.total, self.minimum, self.maximum = 0, 0.0, float("inf"), 0.0
        self.durations: list[float] = []
        self.errors = 0
        self.most_at_once = 0

    def add(self, value: float) -> None:
        self.count += 1
        self.total += value
        if len(self.durations) < _MOST_DURATIONS:
            self.durations.append(value)
        self.minimum = min(self.minimum, value)
        self.maximum = max(self.maximum, value)

    def parts(self) -> list[tuple[str, Tally]]:
        """The metrics that it stands for, but for the durations."""
        invocations, errors, places = Tally(1.0), Tally(0.0), Tally(float(self.most_at_once))
        for tally, total in ((invocations, self.count), (errors, self.errors)):
            tally.count, tally.total = self.count, float(total)
        errors.maximum = float(self.errors > 0)
        errors.minimum = float(self.errors == self.count)
        return [("Invocations", invocations), ("Errors", errors), ("ConcurrentExecutions", places)]


class MetricCounts:
    """The counts of the current minute. The worker that hands them over is woken by the first."""

    def __init__(self, platform: Platform) -> None:
        self.is_wanted = "cloudwatch" in platform.catalog.folders
        self.minute = 0
        self._platform = platform
        self._tallies: dict[tuple[Source, str], Tally] = {}
        self._earlier: list[tuple[int, dict[tuple[Source, str], Tally]]] = []

    def add(self, source: Source, metric: str, value: float = 1.0) -> None:
        if not self.is_wanted:
            return
        minute = int(self._platform.clock.now()) // _MINUTE
        if minute != self.minute or not self._tallies:
            self._begin(minute)
        tally = self._tallies.get((source, metric))
        if tally is None:
            self._tallies[source, metric] = Tally(value)
        else:
            tally.add(value)

    def invoked(self, source: Source, duration_ms: float, *, is_error: bool, concurrent: int) -> None:
        """Count an invocation that ran. Why apart from `add`: it is on the way of every invocation."""
        minute = int(self._platform.clock.now()) // _MINUTE
        if minute != self.minute or not self._tallies:
            self._begin(minute)
        tallies = self._tallies
        run = tallies.get((source, "Duration"))
        if run is None:
            run = tallies[source, "Duration"] = Runs()
        assert isinstance(run, Runs)
        run.add(duration_ms)
        run.errors += is_error
        run.most_at_once = max(run.most_at_once, concurrent)

    def _begin(self, minute: int) -> None:
        if self._tallies:
            self._earlier.append((self.minute, self._tallies))
            self._tallies = {}
        self.minute = minute
        self._platform.bus.wake(TOPIC)

    def take(self, now: float) -> list[tuple[int, dict[tuple[Source, str], Tally]]]:
        """The minutes that are over, with what was counted in them."""
        over, self._earlier = self._earlier, []
        if self._tallies and int(now) // _MINUTE > self.minute:
            over.append((self.minute, self._tallies))
            self._tallies = {}
        return over

    @property
    def next_due(self) -> float | None:
        """When the current minute is over; None when nothing was counted in it."""
        return float((self.minute + 1) * _MINUTE) if self._tallies else None


class MetricWriter:
    """Hands over what was counted in minutes that are over."""

    name = "Lambda's metrics"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform, counts: MetricCounts) -> None:
        self._platform = platform
        self._counts = counts

    async def step(self) -> float | None:
        by_scope: Data = {}
        for minute, tallies in self._counts.take(self._platform.clock.now()):
            for (source, metric), tally in tallies.items():
                data = by_scope.setdefault(source.scope, [])
                data += data_of(source, metric, tally, minute * _MINUTE)
                for part, counted in tally.parts() if isinstance(tally, Runs) else ():
                    data += data_of(source, part, counted, minute * _MINUTE)
        await hand_over(self._platform, "AWS/Lambda", by_scope)
        return self._counts.next_due


def data_of(source: Source, metric: str, tally: Tally, timestamp: float) -> list[dict[str, Any]]:
    """The data that a tally is: for the function, and for the version or alias that was invoked.

    AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
    """
    named = {"Name": "FunctionName", "Value": source.name}
    dimensions = [[named]]
    if source.qualifier:
        resource = {"Name": "Resource", "Value": f"{source.name}:{source.qualifier}"}
        dimensions.append([named, resource])
        if source.version and source.version != source.qualifier:
            dimensions.append([named, resource, {"Name": "ExecutedVersion", "Value": source.version}])
    measured: dict[str, Any]
    if isinstance(tally, Runs) and tally.count == len(tally.durations):
        values = Counter([float(f"{duration:.3g}") for duration in tally.durations])
        measured = {"Values": list(values), "Counts": [float(count) for count in values.values()]}
    else:
        statistics = {"Sum": tally.total, "Minimum": tally.minimum, "Maximum": tally.maximum}
        measured = {"StatisticValues": {"SampleCount": float(tally.count), **statistics}}
    return [
        {
            "MetricName": metric,
            "Dimensions": each,
            "Timestamp": timestamp,
            **measured,
            "Unit": _UNITS.get(metric, "Count"),
        }
        for each in dimensions
    ]
