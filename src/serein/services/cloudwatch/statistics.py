"""Statistics of a sample: the five plain ones, percentiles, and the trimmed ones.

AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
"""

import re
from collections.abc import Callable
from functools import lru_cache
from math import inf

from serein.services.cloudwatch.samples import Sample

PLAIN = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
Statistic = Callable[[Sample], float | None]
_SHORT = re.compile(r"^(p|tm|wm|tc|ts)(\d{1,2}(?:\.\d{0,10})?|100)$", re.IGNORECASE)
_RANGE = re.compile(r"^(TM|WM|TC|TS|PR)\(([0-9.]*%?):([0-9.]*%?)\)$", re.IGNORECASE)
_PLAIN: dict[str, Statistic] = {
    "samplecount": lambda sample: sample.weight,
    "average": lambda sample: sample.total / sample.weight if sample.weight else None,
    "sum": lambda sample: sample.total,
    "minimum": lambda sample: sample.minimum,
    "maximum": lambda sample: sample.maximum,
}
Pairs = list[tuple[float, float]]


@lru_cache(maxsize=512)
def find_statistic(name: str) -> Statistic | None:
    """The statistic with a name (`Average`, `p99.9`, `TM(10%:90%)`), or None when there is none."""
    plain = _PLAIN.get(name.lower())
    return plain if plain is not None else find_extended(name)


@lru_cache(maxsize=512)
def find_extended(name: str) -> Statistic | None:
    """As `find_statistic`, but for the five plain ones."""
    if name.upper() == "IQM":
        return _trimmed("tm", 25.0, 75.0)
    if short := _SHORT.match(name):
        kind, bound = short[1].lower(), float(short[2])
        return _percentile(bound) if kind == "p" else _trimmed(kind, 0.0, bound)
    found = _RANGE.match(name)
    if found is None or not (found[2] or found[3]):
        return None
    return _ranged(found[1].lower(), found[2], found[3])


def _ranged(kind: str, low: str, high: str) -> Statistic | None:
    texts = [text for text in (low, high) if text]
    is_relative = texts[0].endswith("%")
    try:
        numbers = [float(text.rstrip("%")) for text in texts]
    except ValueError:
        return None
    if any(text.endswith("%") != is_relative for text in texts) or (kind == "pr" and is_relative):
        return None
    first = numbers[0] if low else (0.0 if is_relative else -inf)
    last = numbers[-1] if high else (100.0 if is_relative else inf)
    if is_relative and not 0 <= first < last <= 100:
        return None
    return _trimmed(kind, first, last) if is_relative else _between(kind, first, last)


def _percentile(bound: float) -> Statistic:
    def value_of(sample: Sample) -> float | None:
        if sample.distribution is None or sample.minimum < 0:
            return None
        pairs = sorted(sample.distribution.items())
        rank, seen = bound / 100 * sample.weight, 0.0
        for value, count in pairs:
            seen += count
            if seen >= rank:
                return min(max(value, sample.minimum), sample.maximum)
        return sample.maximum

    return value_of


def _trimmed(kind: str, low: float, high: float) -> Statistic:
    def value_of(sample: Sample) -> float | None:
        if sample.distribution is None or sample.minimum < 0:
            return None
        pairs = sorted(sample.distribution.items())
        first, last = low / 100 * sample.weight, high / 100 * sample.weight
        kept, seen = [], 0.0
        for value, count in pairs:
            inside = min(seen + count, last) - max(seen, first)
            if inside > 0:
                kept.append((value, inside))
            seen += count
        if kind == "wm" and kept:
            return _winsorised(kept, first, sample.weight - last, sample.weight)
        return _of_kept(kind, kept, sample.weight)

    return value_of


def _winsorised(kept: Pairs, below: float, above: float, count: float) -> float:
    """The mean when what lies outside counts as the outermost value that is kept."""
    inside = sum(value * part for value, part in kept)
    return (inside + kept[0][0] * below + kept[-1][0] * above) / count


def _between(kind: str, low: float, high: float) -> Statistic:
    def value_of(sample: Sample) -> float | None:
        if sample.distribution is None:
            return None
        pairs = sorted(sample.distribution.items())
        kept = [(value, count) for value, count in pairs if low < value <= high]
        if kind == "wm" and kept:
            below = sum(count for value, count in pairs if value <= low)
            above = sum(count for value, count in pairs if value > high)
            return _winsorised(kept, below, above, sample.weight)
        return _of_kept(kind, kept, sample.weight)

    return value_of


def _of_kept(kind: str, kept: Pairs, count: float) -> float | None:
    inside = sum(part for _, part in kept)
    if kind == "tc":
        return inside
    if kind == "pr":
        return inside / count * 100
    if kind == "ts":
        return sum(value * part for value, part in kept)
    return sum(value * part for value, part in kept) / inside if inside else None
