"""The capacity of DynamoDB's tables and indexes, provisioned and consumed, as calls of DynamoDB."""

from typing import Any, NamedTuple

from serein.kernel.call import Call
from serein.kernel.errors import AwsError
from serein.services.application_autoscaling.namespaces import READ, WRITE, Capacity, capacity_of
from serein.services.application_autoscaling.targets import ScalableTarget
from serein.services.application_autoscaling.tracking import IN_MINUTES

_SERVICE = "dynamodb"
_NOT_FOUND = "ResourceNotFoundException"
_ABSENT = frozenset({_NOT_FOUND, "ValidationException"})
"""A name that no table can have is as good as one that no table has."""


class Provisioned(NamedTuple):
    """What a table or an index has."""

    capacity: int
    """Of the units that the target scales, a second."""
    is_active: bool
    units: dict[str, int]
    """Both kinds of units."""


def _capacity(target: ScalableTarget) -> Capacity:
    return capacity_of(target.address.resource_id, target.address.dimension)


async def find_description(call: Call, target: ScalableTarget) -> dict[str, Any] | None:
    """What DynamoDB says of the target's table or index, or None when that isn't there."""
    capacity = _capacity(target)
    try:
        reply = await call.to(_SERVICE, "DescribeTable", {"TableName": capacity.table_name}, target.scope)
    except AwsError as error:
        if error.code in _ABSENT:
            return None
        raise
    table: dict[str, Any] = reply["Table"]
    if not capacity.index_name:
        return table
    indexes = table.get("GlobalSecondaryIndexes", ())
    index = next((found for found in indexes if found["IndexName"] == capacity.index_name), None)
    return None if index is None else {**index, "TableStatus": table["TableStatus"]}


async def find_provisioned(call: Call, target: ScalableTarget) -> Provisioned | None:
    """What is provisioned, or None when the table or index isn't there, or is paid for by request."""
    found = await find_description(call, target)
    if found is None:
        return None
    throughput = found["ProvisionedThroughput"]
    units = {name: throughput[name] for name in (READ, WRITE)}
    if not units[READ]:
        return None
    is_active = found["TableStatus"] == found.get("IndexStatus", "ACTIVE") == "ACTIVE"
    return Provisioned(units[_capacity(target).units], is_active, units)


async def set_units(call: Call, target: ScalableTarget, units: int) -> bool:
    """Provision so much; return whether that is so at once. Raises DynamoDB's errors."""
    known = await find_provisioned(call, target)
    if known is None:
        return True
    capacity = _capacity(target)
    throughput: dict[str, Any] = {"ProvisionedThroughput": {**known.units, capacity.units: units}}
    update = throughput
    if capacity.index_name:
        update = {"GlobalSecondaryIndexUpdates": [{"Update": {"IndexName": capacity.index_name, **throughput}}]}
    await call.to(_SERVICE, "UpdateTable", {"TableName": capacity.table_name, **update}, target.scope)
    after = await find_provisioned(call, target)
    return after is None or after.is_active


async def find_units(call: Call, target: ScalableTarget) -> list[float]:
    """The units consumed in each of the last whole minutes that DynamoDB has counted, the latest last.

    The first question makes DynamoDB count.
    """
    capacity = _capacity(target)
    request = {
        "TableName": capacity.table_name,
        "IndexName": capacity.index_name,
        "Units": capacity.units,
        "Minutes": IN_MINUTES,
    }
    try:
        reply = await call.to(_SERVICE, "ConsumedThroughput", request, target.scope)
    except AwsError as error:
        if error.code == _NOT_FOUND:
            return []
        raise
    minutes: list[float] = reply["Minutes"]
    return minutes
