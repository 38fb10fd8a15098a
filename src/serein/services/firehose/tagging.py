"""Tags of delivery streams."""

from collections.abc import Iterable
from typing import Any

from serein.kernel.scope import Caller
from serein.services.firehose.errors import InvalidArgumentException, LimitExceededException

_MOST_TAGS = 50


def tags_in(given: Iterable[dict[str, Any]]) -> dict[str, str]:
    """Tags by their keys. Raises InvalidArgumentException for keys that are given twice."""
    tags: dict[str, str] = {}
    for tag in given:
        if tag["Key"] in tags:
            raise InvalidArgumentException(f"Duplicate tag key {tag['Key']}.")
        tags[tag["Key"]] = tag.get("Value", "")
    return tags


def require_tags(tags: dict[str, str], caller: Caller) -> None:
    """Raise InvalidArgumentException for reserved keys that no service sets, LimitExceededException for too many."""
    reserved = [key for key in tags if key.lower().startswith("aws:")]
    if reserved and caller.service is None:
        raise InvalidArgumentException(f"Tag keys can't start with aws:, as {reserved[0]} does.")
    if len(tags) > _MOST_TAGS:
        raise LimitExceededException(f"A delivery stream can have at most {_MOST_TAGS} tags.")
