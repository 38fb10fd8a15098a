"""Tags of topics."""

from serein.services.sns.errors import TagLimitExceeded, invalid

MOST_TAGS = 50


def parse_tags(given: list[dict[str, str]]) -> dict[str, str]:
    """Tags by key. Raises InvalidParameter and TagLimitExceeded."""
    tags = {tag.get("Key", ""): tag.get("Value", "") for tag in given}
    if len(tags) < len(given):
        raise invalid("Duplicated keys are not allowed.")
    if "" in tags:
        raise invalid("Tag keys must not be empty.")
    if len(tags) > MOST_TAGS:
        raise TagLimitExceeded
    return tags
