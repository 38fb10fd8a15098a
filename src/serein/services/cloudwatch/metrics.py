"""Metrics and the data that are put into them."""

import hashlib
import json
from math import isfinite
from typing import Any, NamedTuple

from serein.kernel.errors import NotImplementedHere
from serein.kernel.operation import Request
from serein.kernel.scope import Scope
from serein.services.cloudwatch.errors import (
    InvalidParameterCombinationException,
    InvalidParameterValueException,
    MissingRequiredParameterException,
)
from serein.services.cloudwatch.samples import Sample, sample_of_statistics, sample_of_values

MOST_DATA = 1000
_MOST_VALUES = 150
_MOST_OWN_VALUES = 10_000
"""Of the platform's own services, which measure every invocation of a minute."""
_GREATEST = 2.0**360
_PAST_SECONDS = 14 * 86_400
_FUTURE_SECONDS = 2 * 3600
_MEMBER = "MetricData.member"
Dimensions = tuple[tuple[str, str], ...]


class Metric(NamedTuple):
    """What identifies a metric; dimensions are sorted by name."""

    namespace: str
    name: str
    dimensions: Dimensions = ()

    def described(self) -> dict[str, Any]:
        """As AWS shows it."""
        return {
            "Namespace": self.namespace,
            "MetricName": self.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in self.dimensions],
        }


class Datum(NamedTuple):
    """A measurement, or several in one."""

    metric: Metric
    timestamp: float
    unit: str
    is_fine: bool
    """Whether it is kept by the second, too."""
    sample: Sample


def metric_id(scope: Scope, metric: Metric) -> str:
    """The key of a metric's rows."""
    text = json.dumps([scope.account, scope.region, *metric])
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def parse_metric(members: dict[str, Any]) -> Metric:
    """The metric that members of a request name."""
    return Metric(members["Namespace"], members["MetricName"], parse_dimensions(members.get("Dimensions")))


def parse_dimensions(given: list[dict[str, str]] | None) -> Dimensions:
    return tuple(sorted((each["Name"], each["Value"]) for each in given)) if given else ()


def parse_data(request: Request, now: float, *, is_internal: bool = False) -> list[Datum]:
    """What a PutMetricData request measures.

    Raises InvalidParameterValueException, InvalidParameterCombinationException and MissingRequiredParameterException.
    """
    namespace = request["Namespace"]
    if namespace.startswith("AWS/") and not is_internal:
        raise InvalidParameterValueException(f"The value {namespace} for parameter Namespace is invalid.")
    given = request.get("MetricData") or []
    entities = request.get("EntityMetricData") or []
    if entities:
        raise NotImplementedHere("Serein does not implement entities of metrics (EntityMetricData)")
    if not given:
        raise MissingRequiredParameterException("The parameter MetricData is required.")
    if len(given) > MOST_DATA:
        raise InvalidParameterValueException(
            f"The collection MetricData must not have a size greater than {MOST_DATA}."
        )
    most = _MOST_OWN_VALUES if is_internal else _MOST_VALUES
    return [_parse_datum(namespace, datum, now, f"{_MEMBER}.{place}", most) for place, datum in enumerate(given, 1)]


def _parse_datum(namespace: str, datum: dict[str, Any], now: float, place: str, most_values: int) -> Datum:
    timestamp = datum.get("Timestamp", now)
    if not now - _PAST_SECONDS <= timestamp <= now + _FUTURE_SECONDS:
        raise InvalidParameterValueException(
            f"The parameter {place}.Timestamp must specify a time no earlier than two weeks in the past and no later "
            "than two hours in the future."
        )
    resolution = datum.get("StorageResolution", 60)
    if resolution not in (1, 60):
        raise InvalidParameterValueException(f"The parameter {place}.StorageResolution must be 1 or 60.")
    metric = Metric(namespace, datum["MetricName"], _parse_dimensions(datum, place))
    return Datum(
        metric, timestamp, datum.get("Unit", "None"), resolution == 1, _parse_sample(datum, place, most_values)
    )


def _parse_dimensions(datum: dict[str, Any], place: str) -> Dimensions:
    dimensions = parse_dimensions(datum.get("Dimensions"))
    if len({name for name, _ in dimensions}) != len(dimensions):
        raise InvalidParameterValueException(f"The parameter {place}.Dimensions must not name a dimension twice.")
    return dimensions


def _parse_sample(datum: dict[str, Any], place: str, most_values: int) -> Sample:
    kinds = [member for member in ("Value", "Values", "StatisticValues") if member in datum]
    if len(kinds) > 1:
        raise InvalidParameterCombinationException(
            f"The parameters {place}.{kinds[0]} and {place}.{kinds[1]} are mutually exclusive and you have specified "
            "both."
        )
    if not kinds:
        raise MissingRequiredParameterException(
            f"At least one of the parameters {place}.Value, {place}.Values or {place}.StatisticValues is required."
        )
    if kinds[0] == "StatisticValues":
        return _parse_statistics(datum["StatisticValues"], place)
    if kinds[0] == "Value":
        return sample_of_values([_require_number(datum["Value"], f"{place}.Value")], [1.0])
    return _parse_values(datum, place, most_values)


def _parse_values(datum: dict[str, Any], place: str, most_values: int) -> Sample:
    values = datum["Values"]
    counts = datum.get("Counts") or [1.0] * len(values)
    if not 1 <= len(values) <= most_values:
        raise InvalidParameterValueException(f"The collection {place}.Values must have a size from 1 to {most_values}.")
    if len(values) != len(counts):
        raise InvalidParameterValueException(
            f"The parameters {place}.Values and {place}.Counts must be of the same size."
        )
    for position, value in enumerate(values, 1):
        _require_number(value, f"{place}.Values.member.{position}")
    for position, count in enumerate(counts, 1):
        if _require_number(count, f"{place}.Counts.member.{position}") < 0:
            raise InvalidParameterValueException(
                f"The parameter {place}.Counts.member.{position} must not be negative."
            )
    sample = sample_of_values(values, counts)
    if sample.weight == 0:
        raise InvalidParameterValueException(f"The parameter {place}.Counts must not be all zero.")
    return sample


def _parse_statistics(given: dict[str, float], place: str) -> Sample:
    numbers = [
        _require_number(given[member], f"{place}.StatisticValues.{member}")
        for member in ("SampleCount", "Sum", "Minimum", "Maximum")
    ]
    count, total, minimum, maximum = numbers
    if count <= 0:
        raise InvalidParameterValueException(
            f"The parameter {place}.StatisticValues.SampleCount must be greater than 0."
        )
    if minimum > maximum:
        raise InvalidParameterValueException(
            f"The parameter {place}.StatisticValues.Minimum must be less than or equal to "
            f"{place}.StatisticValues.Maximum."
        )
    return sample_of_statistics(count, total, minimum, maximum)


def _require_number(value: float, place: str) -> float:
    if not isfinite(value) or abs(value) > _GREATEST:
        raise InvalidParameterValueException(f"The value {value} for parameter {place} is invalid.")
    return float(value)
