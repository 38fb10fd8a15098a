"""Tags of streams and consumers: which are allowed, and how many."""

import re

from serein.kernel.scope import Caller
from serein.services.kinesis.errors import InvalidArgumentException

MOST_TAGS = 50
_ALLOWED = re.compile(r"[\w\s./\-=+:@]*\Z")


def require_tags(tags: dict[str, str], caller: Caller) -> None:
    """Raise InvalidArgumentException when there are too many tags, or characters that tags can't have.

    Only services set tags of AWS's own, as CloudFormation does.
    """
    require_tag_text([*tags, *tags.values()])
    reserved = [key for key in tags if key.lower().startswith("aws:")]
    if reserved and caller.service is None:
        raise InvalidArgumentException(f"Tag keys can't start with aws:, as {reserved[0]} does.")
    require_room(tags)


def require_room(tags: dict[str, str], what: str = "resource") -> None:
    """Raise InvalidArgumentException when there are too many tags."""
    if len(tags) > MOST_TAGS:
        raise InvalidArgumentException(
            f"Failed to add tags to {what} because a given stream cannot have more than {MOST_TAGS} tags associated "
            "with it."
        )


def require_tag_text(texts: list[str]) -> None:
    """Raise InvalidArgumentException when keys or values have characters that tags can't have."""
    if not all(_ALLOWED.match(text) for text in texts):
        raise InvalidArgumentException(
            "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, "
            "_ . / = + - % @."
        )
