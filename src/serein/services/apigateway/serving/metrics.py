"""The metrics of REST APIs: counted by the minute for each stage, and for each method where a stage wants that.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from typing import NamedTuple

from serein.kernel.call import Platform
from serein.kernel.metering import Meaning, MetricWriter, MinuteCounts, Tally
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


def metric_writer(platform: Platform) -> MetricWriter[Source]:
    return MetricWriter(platform, "apigateway metrics", "AWS/ApiGateway", counts_of(platform), meaning_of)


def meaning_of(source: Source, metric: str) -> Meaning:
    unit = "Milliseconds" if metric in _MILLISECONDS else "Count"
    return Meaning(Scope(source.account, source.region), _dimensions(source), unit)


def _dimensions(source: Source) -> list[list[dict[str, str]]]:
    api = {"Name": "ApiName", "Value": source.api_name}
    stage = {"Name": "Stage", "Value": source.stage}
    if not source.verb:
        return [[api], [api, stage]]
    resource = {"Name": "Resource", "Value": source.resource}
    return [[api, resource, stage, {"Name": "Method", "Value": source.verb}]]


def counts_of(platform: Platform) -> ApiCounts:
    found: ApiCounts | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = ApiCounts(platform)
    return found
