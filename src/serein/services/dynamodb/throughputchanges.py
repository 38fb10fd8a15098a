"""AWS's rules for changing provisioned throughput, billing modes, maxima and warm throughput.

AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
"""

from datetime import UTC, datetime
from typing import Any

from serein.services.dynamodb.errors import LimitExceededException, ValidationException
from serein.services.dynamodb.tables import TableDefinition

Units = dict[str, Any]
_UNITS = ("ReadCapacityUnits", "WriteCapacityUnits")
_FREE_DECREASES = 4
_DECREASE_SECONDS = 3600.0
_SWITCHES, _SWITCH_SECONDS = 4, 86_400.0
_ON_DEMAND_WARM = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000}


def changed_units(old: Units, new: Units, now: float) -> Units:
    """New units, with the times of the last increase and decrease. Raises LimitExceededException.

    AWS: four decreases a day (UTC), and one more in each hour in which there was none.
    """
    changed = {**old, **new}
    if any(new[name] > old.get(name, 0) for name in _UNITS):
        changed["LastIncreaseDateTime"] = now
    if any(new[name] < old.get(name, 0) for name in _UNITS):
        count = decreases_today(old, now)
        last = float(old.get("LastDecreaseDateTime", 0.0))
        if count >= _FREE_DECREASES and now - last < _DECREASE_SECONDS:
            raise LimitExceededException(
                "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After "
                f"the first {_FREE_DECREASES} decreases, each subsequent decrease in the same UTC day can be performed "
                f"at most once every {int(_DECREASE_SECONDS)} seconds. Number of decreases today: {count}. Last "
                f"decrease at {_long(last)}. Next decrease can be made at {_long(last + _DECREASE_SECONDS)}"
            )
        changed["LastDecreaseDateTime"] = now
        changed["NumberOfDecreasesToday"] = count + 1
    return changed


def decreases_today(units: Units, now: float) -> int:
    """How often throughput was decreased in the current day."""
    last = units.get("LastDecreaseDateTime")
    if last is None or datetime.fromtimestamp(last, UTC).date() != datetime.fromtimestamp(now, UTC).date():
        return 0
    return int(units.get("NumberOfDecreasesToday", 0))


def switches_with(definition: TableDefinition, now: float) -> list[float]:
    """When a table was switched to on-demand in the last day, now included. Raises LimitExceededException.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/switching.capacitymode.html
    """
    recent = [at for at in definition.on_demand_switches if now - at < _SWITCH_SECONDS]
    if len(recent) >= _SWITCHES:
        raise LimitExceededException(
            f"Subscriber limit exceeded: Update to PayPerRequest mode are limited to {_SWITCHES} times in 1 day(s). "
            f"Last update at {_short(recent[-1])}. Next update can be made at {_short(recent[0] + _SWITCH_SECONDS)}"
        )
    return [*recent, now]


def require_new_units(old: Units, new: Units) -> None:
    """Check that a table's units are to change at all. Raises ValidationException."""
    if any(old.get(name) != new[name] for name in _UNITS):
        return
    raise ValidationException(
        "The provisioned throughput for the table will not change. The requested value equals the current value. "
        f"Current ReadCapacityUnits provisioned for the table: {old['ReadCapacityUnits']}. "
        f"Requested ReadCapacityUnits: {new['ReadCapacityUnits']}. "
        f"Current WriteCapacityUnits provisioned for the table: {old['WriteCapacityUnits']}. "
        f"Requested WriteCapacityUnits: {new['WriteCapacityUnits']}. "
        "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    )


def require_maximum(wanted: Units | None, billing: str, index_name: str = "") -> None:
    """Check an OnDemandThroughput. Raises ValidationException. AWS: -1 takes a maximum away."""
    if not wanted:
        return
    where = f" for index: {index_name}" if index_name else ""
    if billing != "PAY_PER_REQUEST" and any(units != -1 for units in wanted.values()):
        raise _invalid(f"OnDemandThroughput cannot be specified{where} when BillingMode is PROVISIONED")
    for member, units in wanted.items():
        if units != -1 and units < 1:
            raise _invalid(f"{member}{where} must be -1 or at least 1")


def warm_of(warm: Units | None, units: Units | None, billing: str) -> Units:
    """The warm throughput that a table or index has: what was asked for, or what its billing mode gives."""
    if warm:
        return warm
    if billing == "PAY_PER_REQUEST":
        return _ON_DEMAND_WARM
    given = units or {}
    return {
        "ReadUnitsPerSecond": given.get("ReadCapacityUnits", 0),
        "WriteUnitsPerSecond": given.get("WriteCapacityUnits", 0),
    }


def raised_warm(current: Units, wanted: Units, index_name: str = "") -> Units:
    """Warm throughput after a request for more. Raises ValidationException for less: AWS only raises it."""
    what = f"index {index_name}" if index_name else "table"
    for member, units in wanted.items():
        if units < current[member]:
            raise _invalid(
                f"Requested {member} for WarmThroughput for {what} is lower than current WarmThroughput, decreasing "
                "WarmThroughput is not supported"
            )
    return {**current, **wanted}


def _long(at: float) -> str:
    moment = datetime.fromtimestamp(at, UTC)
    day = f"{moment:%A, %B} {moment.day}, {moment.year}"
    return f"{day} at {moment.hour % 12 or 12}:{moment:%M:%S %p} Coordinated Universal Time"


def _short(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%a %b %d %H:%M:%S UTC %Y}"


def _invalid(reason: str) -> ValidationException:
    return ValidationException(f"One or more parameter values were invalid: {reason}")
