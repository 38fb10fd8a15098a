"""Metrics of HTTP and WebSocket APIs, counted by the minute.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from typing import TYPE_CHECKING, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.http import HttpReply
from serein.kernel.metering import Meaning, MetricWriter, MinuteCounts
from serein.kernel.scope import Scope

if TYPE_CHECKING:
    from serein.services.apigatewayv2.events import Arrival

TOPIC = "apigatewayv2:metrics"
_MEMORY = "apigatewayv2 metrics"
_MILLISECONDS = ("Latency", "IntegrationLatency")


class Source(NamedTuple):
    """What is counted for; the route is empty unless the stage wants detailed metrics."""

    account: str
    region: str
    api_id: str
    stage: str
    route: str


def count_request(
    counts: MinuteCounts[Source], source: Source, arrival: "Arrival", reply: HttpReply, latency_ms: int
) -> None:
    """Count a request that was answered."""
    status = reply.status
    counts.add(source, "Count", 1)
    # Why not `add`: it looks at the clock each time, and the minute has been begun above.
    counts.tally(source, "Latency").add(latency_ms)
    length = len(reply.body) if isinstance(reply.body, bytes) else 0
    counts.tally(source, "DataProcessed").add(len(arrival.body) + length)
    if arrival.integration is not None:
        counts.tally(source, "IntegrationLatency").add(arrival.integration.latency_ms)
    if status >= 400:
        counts.tally(source, "5xx" if status >= 500 else "4xx").add(1)


def counts_of(platform: Platform) -> MinuteCounts[Source]:
    found: MinuteCounts[Source] | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = MinuteCounts(platform, TOPIC)
    return found


def metric_writer(platform: Platform) -> MetricWriter[Source]:
    return MetricWriter(platform, "HTTP API metrics", "AWS/ApiGateway", counts_of(platform), meaning_of)


def meaning_of(source: Source, metric: str) -> Meaning:
    unit = "Milliseconds" if metric in _MILLISECONDS else "Bytes" if metric == "DataProcessed" else "Count"
    sets = [[{"Name": name, "Value": value} for name, value in each.items()] for each in _dimensions(source)]
    return Meaning(Scope(source.account, source.region), sets, unit)


def _dimensions(source: Source) -> list[dict[str, str]]:
    by_api = {"ApiId": source.api_id}
    by_stage = {**by_api, "Stage": source.stage}
    if not source.route:
        return [by_api, by_stage]
    method, _, resource = source.route.rpartition(" ")
    return [by_api, by_stage, {**by_stage, "Method": method or "ANY", "Resource": resource}]
