"""The metrics of REST APIs: counted by the minute for each stage, and for each method where a stage wants that.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from typing import Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.metering import MINUTE_SECONDS, Data, MinuteCounts, Tally, hand_over
from serein.kernel.scope import Scope

TOPIC = "apigateway:metrics"
_MEMORY = "apigateway metrics"
_MILLISECONDS = frozenset({"Latency", "IntegrationLatency"})


class Source(NamedTuple):
    """What a metric is about; without a method, a whole stage."""

    account: str
    region: str
    api_name: str
    stage: str
    resource: str = ""
    verb: str = ""


class ApiCounts(MinuteCounts[Source]):
    """The counts of the current minute."""

    def __init__(self, platform: Platform) -> None:
        super().__init__(platform, TOPIC)
        self._by_source: dict[Source, tuple[Tally, Tally, Tally]] = {}
        """The tallies that every request is counted in."""

    def answered(self, source: Source, status: int, latency_ms: int, integration_ms: int | None, cache: str) -> None:
        """Count a request. AWS: errors count as 0 too, so that their average is a rate."""
        if not self.is_wanted:
            return
        self.add(source, "Count", 1)
        tallies = self._by_source.get(source)
        if tallies is None:
            tallies = self._by_source[source] = (
                self.tally(source, "Latency"),
                self.tally(source, "4XXError"),
                self.tally(source, "5XXError"),
            )
        latencies, refusals, failures = tallies
        latencies.add(latency_ms)
        refusals.add(1 if 400 <= status < 500 else 0)
        failures.add(1 if status >= 500 else 0)
        if integration_ms is not None:
            self.tally(source, "IntegrationLatency").add(integration_ms)
        if cache:
            self.tally(source, cache).add(1)

    def began(self, source: Source) -> None:
        """Forget the tallies of the minute before."""
        self._by_source.pop(source, None)


class MetricWriter:
    """Hands over what was counted in minutes that are over."""

    name = "apigateway metrics"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._counts = counts_of(platform)

    async def step(self) -> float | None:
        minute = int(self._platform.clock.now()) // MINUTE_SECONDS
        data: Data = {}
        for counted_minute, tallies in self._counts.take(minute):
            for (source, metric), tally in tallies.items():
                mine = data.setdefault(Scope(source.account, source.region), [])
                mine += [_datum(each, metric, tally, counted_minute) for each in _dimensions(source)]
        await hand_over(self._platform, "AWS/ApiGateway", data)
        return self._counts.due_at


def _dimensions(source: Source) -> list[list[dict[str, str]]]:
    api = {"Name": "ApiName", "Value": source.api_name}
    stage = {"Name": "Stage", "Value": source.stage}
    if not source.verb:
        return [[api], [api, stage]]
    resource = {"Name": "Resource", "Value": source.resource}
    return [[api, resource, stage, {"Name": "Method", "Value": source.verb}]]


def _datum(dimensions: list[dict[str, str]], metric: str, tally: Tally, minute: int) -> dict[str, Any]:
    return {
        "MetricName": metric,
        "Dimensions": dimensions,
        "Timestamp": float(minute * MINUTE_SECONDS),
        "Unit": "Milliseconds" if metric in _MILLISECONDS else "Count",
        "StatisticValues": tally.statistics,
    }


def counts_of(platform: Platform) -> ApiCounts:
    found: ApiCounts | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = ApiCounts(platform)
    return found
