"""Archive policies of topics and replay policies of subscriptions, checked.

AWS: https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-subscriber.html
"""

import json
from datetime import UTC, datetime
from typing import Any

from serein.services.sns.errors import invalid

FOREVER = 253_402_300_799.0
_MOST_DAYS = 365


def require_archive_policy(text: str) -> None:
    """Check an ArchivePolicy. Raises InvalidParameter."""
    policy = _parse("ArchivePolicy", text)
    days = policy.get("MessageRetentionPeriod")
    if set(policy) != {"MessageRetentionPeriod"} or not str(days).isdigit() or not 1 <= int(str(days)) <= _MOST_DAYS:
        raise invalid(f"ArchivePolicy: MessageRetentionPeriod must be between 1 and {_MOST_DAYS} days")


def replay_span(text: str) -> tuple[float, float]:
    """From when until when a ReplayPolicy replays, in seconds since the epoch. Raises InvalidParameter."""
    policy = _parse("ReplayPolicy", text)
    if policy.get("PointType") != "Timestamp" or not policy.keys() <= {"PointType", "StartingPoint", "EndingPoint"}:
        raise invalid("ReplayPolicy: PointType must be Timestamp")
    since = _time_of(policy.get("StartingPoint"), "StartingPoint")
    until = _time_of(policy["EndingPoint"], "EndingPoint") if "EndingPoint" in policy else FOREVER
    if until <= since:
        raise invalid("ReplayPolicy: EndingPoint must be after StartingPoint")
    return since, until


def _time_of(text: Any, name: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        raise invalid(f"ReplayPolicy: {name} must be a timestamp in ISO 8601") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _parse(name: str, text: str) -> dict[str, Any]:
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        raise invalid(f"{name}: failed to parse JSON. {text}") from None
    if not isinstance(parsed, dict):
        raise invalid(f"{name}: must be a JSON object")
    return parsed
