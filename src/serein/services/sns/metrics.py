"""The metrics of topics: counted by the minute.

AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.metering import MINUTE_SECONDS, Data, MinuteCounts, Tally, hand_over
from serein.kernel.scope import Scope

TOPIC = "sns:metrics"
_MEMORY = "sns metrics"
MetricCounts = MinuteCounts[str]
"""By the topic's ARN."""


class MetricWriter:
    """Hands over what was counted in minutes that are over."""

    name = "sns metrics"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._counts = counts_of(platform)

    async def step(self) -> float | None:
        minute = int(self._platform.clock.now()) // MINUTE_SECONDS
        data: Data = {}
        for counted_minute, tallies in self._counts.take(minute):
            for (arn, metric), tally in tallies.items():
                _, _, _, region, account, name = arn.split(":", 5)
                datum = _datum(name, metric, tally, counted_minute)
                data.setdefault(Scope(account, region), []).append(datum)
        await hand_over(self._platform, "AWS/SNS", data)
        return self._counts.due_at


def _datum(name: str, metric: str, tally: Tally, minute: int) -> dict[str, Any]:
    return {
        "MetricName": metric,
        "Dimensions": [{"Name": "TopicName", "Value": name}],
        "Timestamp": float(minute * MINUTE_SECONDS),
        "Unit": "Bytes" if metric == "PublishSize" else "Count",
        "StatisticValues": tally.statistics,
    }


def counts_of(platform: Platform) -> MetricCounts:
    found: MetricCounts | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = MetricCounts(platform, TOPIC)
    return found
