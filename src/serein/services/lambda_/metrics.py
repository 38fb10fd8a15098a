"""Lambda's metrics: counted in memory by the minute, handed to CloudWatch when the minute is over.

A platform without CloudWatch counts nothing. What was counted in a minute that a crash cuts short is lost.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

from collections import Counter
from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.metering import Meaning, MetricWriter, MinuteCounts, Tally
from serein.kernel.scope import Scope

TOPIC = "lambda:metrics"
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


class Runs(Tally):
    """What became of a function's invocations in a minute: how long each took, for percentiles."""

    __slots__ = ("durations", "errors", "most_at_once")

    def __init__(self) -> None:
        super().__init__()
        self.durations: list[float] = []
        self.errors = 0
        self.most_at_once = 0

    def add(self, value: float) -> None:
        super().add(value)
        if len(self.durations) < _MOST_DURATIONS:
            self.durations.append(value)

    @property
    def measured(self) -> dict[str, Any]:
        if self.count > len(self.durations):
            return super().measured
        values = Counter([float(f"{duration:.3g}") for duration in self.durations])
        return {"Values": list(values), "Counts": [float(count) for count in values.values()]}

    def metrics(self, metric: str) -> list[tuple[str, Tally]]:
        invocations, errors, places = Tally(), Tally(), Tally()
        invocations.count, invocations.total = self.count, float(self.count)
        invocations.minimum = invocations.maximum = 1.0
        errors.count, errors.total = self.count, float(self.errors)
        errors.maximum, errors.minimum = float(self.errors > 0), float(self.errors == self.count)
        places.add(float(self.most_at_once))
        return [(metric, self), ("Invocations", invocations), ("Errors", errors), ("ConcurrentExecutions", places)]


class MetricCounts(MinuteCounts[Source]):
    """The counts of the current minute."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform, TOPIC)

    def add(self, source: Source, metric: str, value: float = 1.0) -> None:
        self.measure(source, metric, value)

    def invoked(self, source: Source, duration_ms: float, *, is_error: bool, concurrent: int) -> None:
        """Count an invocation that ran."""
        self.begin()
        run = self.tally(source, "Duration", Runs)
        assert isinstance(run, Runs)
        run.add(duration_ms)
        run.errors += is_error
        run.most_at_once = max(run.most_at_once, concurrent)


def metric_writer(platform: Platform, counts: MetricCounts) -> MetricWriter[Source]:
    return MetricWriter(platform, "Lambda's metrics", "AWS/Lambda", counts, meaning_of)


def meaning_of(source: Source, metric: str) -> Meaning:
    """For the function, and for the version or alias that was invoked.

    AWS: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-view.html
    """
    named = {"Name": "FunctionName", "Value": source.name}
    dimensions = [[named]]
    if source.qualifier:
        resource = {"Name": "Resource", "Value": f"{source.name}:{source.qualifier}"}
        dimensions.append([named, resource])
        if source.version and source.version != source.qualifier:
            dimensions.append([named, resource, {"Name": "ExecutedVersion", "Value": source.version}])
    return Meaning(source.scope, dimensions, _UNITS.get(metric, "Count"))
