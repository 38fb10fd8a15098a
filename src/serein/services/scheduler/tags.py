"""Tags of schedule groups."""

from typing import Any

from serein.services.scheduler.errors import ValidationException

_MOST = 50


def parse_tags(known: dict[str, str], given: list[dict[str, Any]]) -> dict[str, str]:
    """Known tags with those of a request. Raises ValidationException."""
    tags = known | {tag["Key"]: tag["Value"] for tag in given}
    if len(tags) > _MOST:
        raise ValidationException(f"A resource can have at most {_MOST} tags.")
    return tags
