"""Tokens that confirm subscriptions: they tell the region, and until when they hold."""

import re

from serein.kernel.ids import random_hex
from serein.services.sns.topics import Topic

_LIFE_SECONDS = 2 * 86_400
"""AWS: "Confirmation tokens are valid for two days" (the API reference of Subscribe)."""
_TIME_DIGITS = 10
_RANDOM_DIGITS = 190
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]+\Z")


def new_token(topic: Topic, now: float) -> str:
    """A token that holds for two days."""
    expires_at = f"{int(now) + _LIFE_SECONDS:0{_TIME_DIGITS}x}"
    return topic.scope.region.encode().hex() + random_hex(_RANDOM_DIGITS) + expires_at


def region_of(token: str) -> str:
    """The region of a token's topic; empty when it is none of ours."""
    digits = token[: -_RANDOM_DIGITS - _TIME_DIGITS]
    region = bytes.fromhex(digits).decode("ascii", "replace") if len(digits) % 2 == 0 else ""
    return region if _REGION.match(region) else ""


def expiry_of(token: str) -> float:
    """When a token ends, in seconds since the epoch."""
    return float(int(token[-_TIME_DIGITS:], 16))


def has_expired(token: str, now: float) -> bool:
    return expiry_of(token) <= now
