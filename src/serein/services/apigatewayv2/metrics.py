"""Metrics of HTTP and WebSocket APIs, counted by the minute.

AWS: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

from typing import TYPE_CHECKING, Any, NamedTuple

from serein.kernel.call import Platform
from serein.kernel.http import HttpReply
from serein.kernel.metering import MINUTE_SECONDS, Data, MinuteCounts, Tally, hand_over
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


class MetricWriter:
    """Hands over what was counted in minutes that are over."""

    name = "HTTP API metrics"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._counts = counts_of(platform)

    async def step(self) -> float | None:
        minute = int(self._platform.clock.now()) // MINUTE_SECONDS
        data: Data = {}
        for counted_minute, tallies in self._counts.take(minute):
            for (source, metric), tally in tallies.items():
                for dimensions in _dimensions(source):
                    datum = _datum(dimensions, metric, tally, counted_minute)
                    data.setdefault(Scope(source.account, source.region), []).append(datum)
        await hand_over(self._platform, "AWS/ApiGateway", data)
        return self._counts.due_at


def _dimensions(source: Source) -> list[dict[str, str]]:
    by_api = {"ApiId": source.api_id}
    by_stage = {**by_api, "Stage": source.stage}
    if not source.route:
        return [by_api, by_stage]
    method, _, resource = source.route.rpartition(" ")
    return [by_api, by_stage, {**by_stage, "Method": method or "ANY", "Resource": resource}]


def _datum(dimensions: dict[str, str], metric: str, tally: Tally, minute: int) -> dict[str, Any]:
    unit = "Milliseconds" if metric in _MILLISECONDS else "Bytes" if metric == "DataProcessed" else "Count"
    return {
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        "Timestamp": float(minute * MINUTE_SECONDS),
        "Unit": unit,
        "StatisticValues": tally.statistics,
    }
