"""The metrics of topics: counted by the minute.

AWS: https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from serein.kernel.call import Platform
from serein.kernel.metering import Meaning, MetricWriter, MinuteCounts
from serein.kernel.scope import Scope

TOPIC = "sns:metrics"
_MEMORY = "sns metrics"
MetricCounts = MinuteCounts[str]
"""By the topic's ARN."""


def meaning_of(arn: str, metric: str) -> Meaning:
    _, _, _, region, account, name = arn.split(":", 5)
    unit = "Bytes" if metric == "PublishSize" else "Count"
    return Meaning(Scope(account, region), [[{"Name": "TopicName", "Value": name}]], unit)


def counts_of(platform: Platform) -> MetricCounts:
    found: MetricCounts | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = MetricCounts(platform, TOPIC)
    return found


def metric_writer(platform: Platform) -> MetricWriter[str]:
    return MetricWriter(platform, "sns metrics", "AWS/SNS", counts_of(platform), meaning_of)
