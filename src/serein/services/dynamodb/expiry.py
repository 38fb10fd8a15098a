"""Time to live: when an item expires."""

from serein.services.dynamodb.errors import ValidationException
from serein.services.dynamodb.tables import TableDefinition
from serein.services.dynamodb.values import Item

_OLDEST_SECONDS = 5 * 365 * 86_400
_CHANGE_SECONDS = 3600.0
_SETTLING_SECONDS = 60.0


def find_expiry(item: Item, attribute: str) -> float | None:
    """When an item expires (seconds since the epoch), or None when its attribute isn't a number."""
    text = item.get(attribute, {}).get("N")
    return None if text is None else float(text)


def is_expired(item: Item, attribute: str, now: float) -> bool:
    """Whether an item's time has come.

    AWS: an item whose time lies more than five years back is taken for a mistake and kept
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/time-to-live-ttl-before-you-start.html).
    """
    expires_at = find_expiry(item, attribute)
    return expires_at is not None and now - _OLDEST_SECONDS <= expires_at <= now


def require_unchanged(definition: TableDefinition, now: float) -> None:
    """Check that time to live wasn't changed in the last hour. Raises ValidationException.

    AWS: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
    """
    at = definition.ttl_changed_at
    if at is not None and now - at < _CHANGE_SECONDS:
        raise ValidationException("Time to live has been modified multiple times within a fixed interval")


def status_of(definition: TableDefinition, now: float, *, is_gradual: bool) -> str:
    """TimeToLiveStatus. AWS takes up to an hour to change it, here it is a minute where that is wanted."""
    at = definition.ttl_changed_at
    is_settling = is_gradual and at is not None and now - at < _SETTLING_SECONDS
    if definition.ttl_is_enabled:
        return "ENABLING" if is_settling else "ENABLED"
    return "DISABLING" if is_settling else "DISABLED"
