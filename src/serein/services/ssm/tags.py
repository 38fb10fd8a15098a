"""Tags of parameters."""

from typing import Any

from serein.services.ssm.errors import TooManyTagsError, ValidationException

_MOST = 50


def parse_tags(given: list[dict[str, Any]]) -> dict[str, str]:
    """Tags of a request. Raises ValidationException and TooManyTagsError."""
    tags = {tag["Key"]: tag["Value"] for tag in given}
    if len(tags) != len(given):
        raise ValidationException("Duplicate tag keys found. Please note that Tag keys are case insensitive.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise ValidationException("aws: prefixed tag key names are not allowed for external use.")
    require_few(tags)
    return tags


def require_few(tags: dict[str, str]) -> None:
    if len(tags) > _MOST:
        raise TooManyTagsError
