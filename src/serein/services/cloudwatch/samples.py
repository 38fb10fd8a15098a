"""Aggregated measurements: what is kept of the values of a metric in a period, and how two such become one.

The values themselves are kept for percentiles, with how often each came. When there are many different ones, each is
moved by at most 1 %, so that a minute stays small however much was measured in it.
"""

import json
from collections.abc import Iterable
from math import exp, log
from typing import NamedTuple

_MOST_VALUES = 200
_STEP = log(1.02)
Distribution = dict[float, float]


class Sample(NamedTuple):
    """What was measured in a period: `weight` values. `distribution` is None when only statistics were given."""

    weight: float
    total: float
    minimum: float
    maximum: float
    distribution: Distribution | None


def sample_of_values(values: Iterable[float], counts: Iterable[float]) -> Sample:
    """Values, and how often each came. There must be one."""
    distribution: Distribution = {}
    for value, count in zip(values, counts, strict=True):
        distribution[value] = distribution.get(value, 0.0) + count
    total = sum(value * count for value, count in distribution.items())
    return Sample(sum(distribution.values()), total, min(distribution), max(distribution), distribution)


def sample_of_statistics(count: float, total: float, minimum: float, maximum: float) -> Sample:
    """Statistics: percentiles are known when all values were the same."""
    is_single = minimum == maximum and abs(total - minimum * count) <= 1e-9 * max(1.0, abs(total))
    return Sample(count, total, minimum, maximum, {minimum: count} if is_single else None)


def merged(first: Sample, second: Sample) -> Sample:
    """Both together."""
    distribution: Distribution | None = None
    if first.distribution is not None and second.distribution is not None:
        distribution = dict(first.distribution)
        for value, count in second.distribution.items():
            distribution[value] = distribution.get(value, 0.0) + count
        distribution = compacted(distribution)
    return Sample(
        first.weight + second.weight,
        first.total + second.total,
        min(first.minimum, second.minimum),
        max(first.maximum, second.maximum),
        distribution,
    )


def compacted(distribution: Distribution) -> Distribution:
    """The same with fewer values when there are many."""
    if len(distribution) <= _MOST_VALUES:
        return distribution
    fewer: Distribution = {}
    for value, count in distribution.items():
        near = _rounded(value)
        fewer[near] = fewer.get(near, 0.0) + count
    return fewer


def _rounded(value: float) -> float:
    if value == 0:
        return 0.0
    size = exp(round(log(abs(value)) / _STEP) * _STEP)
    return size if value > 0 else -size


def encode_distribution(distribution: Distribution | None) -> str:
    if distribution is None:
        return ""
    return json.dumps(list(distribution.items()), separators=(",", ":"))


def decode_distribution(text: str) -> Distribution | None:
    return None if not text else {float(value): float(count) for value, count in json.loads(text)}
