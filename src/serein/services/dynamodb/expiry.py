"""Time to live: when an item expires."""

from serein.services.dynamodb.values import Item

_OLDEST_SECONDS = 5 * 365 * 86_400


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
