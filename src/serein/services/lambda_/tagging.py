"""Tags of functions, event source mappings, code signing configurations and capacity providers."""

from serein.services.lambda_.errors import invalid

Tags = dict[str, str]
_MAXIMUM = 50


def check_tags(tags: Tags) -> None:
    """Raise InvalidParameterValueException when a resource would have too many tags, or reserved ones."""
    if len(tags) > _MAXIMUM:
        raise invalid("Number of tags exceeds resource tag limit.")
