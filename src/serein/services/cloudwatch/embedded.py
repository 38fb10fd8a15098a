"""The embedded metric format: metrics in log lines.

AWS: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

import json
from collections.abc import Iterator
from math import isfinite
from typing import Any

from serein.services.cloudwatch.metrics import Datum, Metric
from serein.services.cloudwatch.samples import Sample, sample_of_statistics, sample_of_values

_UNITS = frozenset(
    {
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Percent",
        "Count",
        "Count/Second",
        "None",
        *(
            f"{size}{what}{rate}"
            for size in ("", "Kilo", "Mega", "Giga", "Tera")
            for what in ("bytes", "bits")
            for rate in ("", "/Second")
            if size
        ),
        *(f"{what}{rate}" for what in ("Bytes", "Bits") for rate in ("", "/Second")),
    }
)
_MOST_DIMENSIONS = 30
_MOST_METRICS = 100
_MOST_VALUES = 100
_PAST_SECONDS = 14 * 86_400
_FUTURE_SECONDS = 2 * 3600


def parse_line(text: str, now: float) -> Iterator[Datum]:
    """The measurements of a log line; none when it isn't of the format."""
    try:
        root = json.loads(text)
    except (ValueError, RecursionError):
        return
    about = root.get("_aws") if isinstance(root, dict) else None
    if not isinstance(about, dict) or not isinstance(about.get("CloudWatchMetrics"), list):
        return
    timestamp = about.get("Timestamp")
    if not isinstance(timestamp, (int, float)) or isinstance(timestamp, bool):
        return
    moment = timestamp / 1000
    if not now - _PAST_SECONDS <= moment <= now + _FUTURE_SECONDS:
        return
    for directive in about["CloudWatchMetrics"]:
        if isinstance(directive, dict):
            yield from _directive(root, directive, moment)


def _directive(root: dict[str, Any], directive: dict[str, Any], moment: float) -> Iterator[Datum]:
    namespace = directive.get("Namespace")
    definitions = directive.get("Metrics")
    if not isinstance(namespace, str) or not 1 <= len(namespace) <= 255 or not isinstance(definitions, list):
        return
    sets = list(_dimension_sets(root, directive.get("Dimensions", [[]])))
    for definition in definitions[:_MOST_METRICS]:
        name = definition.get("Name") if isinstance(definition, dict) else None
        sample = _find_sample(root.get(name)) if isinstance(name, str) and name else None
        if sample is None:
            continue
        unit = definition.get("Unit")
        is_fine = definition.get("StorageResolution") == 1
        for dimensions in sets:
            metric = Metric(namespace, str(name), dimensions)
            yield Datum(metric, moment, unit if unit in _UNITS else "None", is_fine, sample)


def _dimension_sets(root: dict[str, Any], given: Any) -> Iterator[tuple[tuple[str, str], ...]]:
    """The sets of dimensions whose values are all there."""
    for names in given if isinstance(given, list) else []:
        if not isinstance(names, list) or len(names) > _MOST_DIMENSIONS:
            continue
        pairs = [(name, root.get(name)) for name in names if isinstance(name, str)]
        if len(pairs) == len(names) and all(isinstance(value, (str, int, float)) for _, value in pairs):
            yield tuple(sorted({(name, str(value)) for name, value in pairs}))


def _find_sample(value: Any) -> Sample | None:
    if _is_number(value):
        return sample_of_values([float(value)], [1.0])
    if isinstance(value, list) and value and all(map(_is_number, value[:_MOST_VALUES])):
        numbers = [float(each) for each in value[:_MOST_VALUES]]
        return sample_of_values(numbers, [1.0] * len(numbers))
    if isinstance(value, dict):
        return _find_statistics(value)
    return None


def _find_statistics(value: dict[str, Any]) -> Sample | None:
    """AWS: a target may also be values with counts, or a statistic set."""
    values, counts = value.get("Values"), value.get("Counts")
    if isinstance(values, list) and isinstance(counts, list) and values and len(values) == len(counts):
        if all(map(_is_number, [*values, *counts])) and sum(counts) > 0:
            return sample_of_values([float(each) for each in values], [float(each) for each in counts])
        return None
    numbers = [value.get(member) for member in ("Count", "Sum", "Min", "Max")]
    if all(map(_is_number, numbers)) and numbers[0]:
        return sample_of_statistics(*(float(number) for number in numbers if number is not None))
    return None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)
