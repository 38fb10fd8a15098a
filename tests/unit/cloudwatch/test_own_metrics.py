"""What the platform's own services measure."""

from typing import Any

import pytest

from serein.services.cloudwatch.errors import InvalidParameterValueException
from serein.services.cloudwatch.metrics import parse_data


def request(namespace: str, count: int) -> dict[str, Any]:
    values = [float(number) for number in range(count)]
    return {"Namespace": namespace, "MetricData": [{"MetricName": "Duration", "Values": values}]}


def test_services_tell_every_invocation_of_a_minute_and_clients_150_values() -> None:
    (datum,) = parse_data(request("AWS/Lambda", 5000), 0.0, is_internal=True)
    assert datum.sample.weight == 5000
    with pytest.raises(InvalidParameterValueException, match="must have a size from 1 to 150"):
        parse_data(request("Mine", 151), 0.0)
    with pytest.raises(InvalidParameterValueException, match="AWS/Lambda for parameter Namespace"):
        parse_data(request("AWS/Lambda", 1), 0.0)
