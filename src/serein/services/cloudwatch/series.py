"""Time series: rows of samples put together by the period that is asked for.

Data lose detail as they age: by the second for three hours, by the minute for 15 days, by five minutes for 63 days, by
the hour for 455 days (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html).
"""

from collections.abc import Iterable
from typing import NamedTuple

from serein.services.cloudwatch.samples import Sample, merged
from serein.services.cloudwatch.store.dues import TIERS

MINUTE = 60
Series = dict[int, float]
"""Values by the seconds since the epoch at which their periods begin."""


class Row(NamedTuple):
    """What is stored of a metric for a period."""

    started_at: int
    period: int
    unit: str
    sample: Sample


def detail(period: int, rows: list[Row]) -> list[Row]:
    """The rows that count for a period: by the second below a minute, where there are such."""
    if period >= MINUTE:
        return [row for row in rows if row.period >= MINUTE]
    fine = {row.started_at // MINUTE for row in rows if row.period < MINUTE}
    return [row for row in rows if row.period < MINUTE or row.started_at // MINUTE not in fine]


def grouped(rows: Iterable[Row], anchor: int, period: int) -> dict[int, Sample]:
    """Samples by the begin of their periods, which are counted from `anchor`."""
    samples: dict[int, Sample] = {}
    for row in rows:
        begin = anchor + (row.started_at - anchor) // period * period
        known = samples.get(begin)
        samples[begin] = row.sample if known is None else merged(known, row.sample)
    return samples


def start_of(start: float, period: int, now: float) -> int:
    """The start of a time range as AWS rounds it: down, to what detail there is.

    AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html (StartTime).
    """
    age = now - start
    if age < TIERS[0][1] and period < MINUTE:
        grain = min(period, 30)
    elif age < TIERS[1][1]:
        grain = MINUTE
    else:
        grain = 300 if age < TIERS[2][1] else 3600
    return int(start // grain * grain)
