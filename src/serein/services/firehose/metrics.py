"""The metrics of delivery streams: counted by the minute.

AWS: https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html
"""

from typing import NamedTuple

from serein.kernel.call import Platform
from serein.kernel.metering import Meaning, MetricWriter, MinuteCounts
from serein.kernel.scope import Scope
from serein.services.firehose.streams import Stream

_MEMORY = "firehose metrics"


class Source(NamedTuple):
    """What is counted for."""

    scope: Scope
    name: str


def counts_of(platform: Platform) -> MinuteCounts[Source]:
    found: MinuteCounts[Source] | None = platform.memory.get(_MEMORY)
    if found is None:
        found = platform.memory[_MEMORY] = MinuteCounts(platform, "firehose:metrics")
    return found


def count_arrival(platform: Platform, stream: Stream, operation: str, records: int, size_bytes: int) -> None:
    """Count records that were put, or read from a data stream (`operation` is empty then)."""
    counts, source = counts_of(platform), Source(stream.scope, stream.name)
    counts.add(source, "IncomingRecords", records)
    counts.add(source, "IncomingBytes", size_bytes)
    if operation:
        counts.add(source, "IncomingPutRequests", 1)
        counts.add(source, f"{operation}.Requests", 1)
        counts.add(source, f"{operation}.Bytes", size_bytes)
        if operation == "PutRecordBatch":
            counts.add(source, f"{operation}.Records", records)
    else:
        counts.add(source, "DataReadFromKinesisStream.Records", records)
        counts.add(source, "DataReadFromKinesisStream.Bytes", size_bytes)


def count_delivery(platform: Platform, stream: Stream, kind: str, sizes: tuple[int, int, float] | None) -> None:
    """Count an attempt of a kind, as `DeliveryToS3`.

    `sizes` are the records, the bytes, and the seconds since the oldest arrived; None for a failure.
    """
    counts, source = counts_of(platform), Source(stream.scope, stream.name)
    success = f"{kind}.Success"
    if sizes is None:
        counts.measure(source, success, 0)
        return
    records, size_bytes, freshness = sizes
    counts.measure(source, success, 1)
    counts.add(source, f"{kind}.Records", records)
    counts.add(source, f"{kind}.Bytes", size_bytes)
    counts.measure(source, f"{kind}.DataFreshness", int(freshness))


def meaning_of(source: Source, metric: str) -> Meaning:
    unit = "Bytes" if "Bytes" in metric else "Seconds" if metric.endswith("Freshness") else "Count"
    if metric.endswith("Duration"):
        unit = "Milliseconds"
    return Meaning(source.scope, [[{"Name": "DeliveryStreamName", "Value": source.name}]], unit)


def metric_writer(platform: Platform) -> MetricWriter[Source]:
    return MetricWriter(platform, _MEMORY, "AWS/Firehose", counts_of(platform), meaning_of)
