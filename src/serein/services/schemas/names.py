"""Names: of registries and schemas, and those that discovery gives."""

import re

from serein.services.schemas.errors import BadRequestException, ForbiddenException

DISCOVERED = "discovered-schemas"
"""The registry that discoverers fill."""
AWS_EVENTS = "aws.events"
_REGISTRY = re.compile(r"[0-9A-Za-z_.-]{1,64}\Z", re.ASCII)
_SCHEMA = re.compile(r"[0-9A-Za-z_.@-]{1,385}\Z", re.ASCII)
_WORDS = re.compile(r"[0-9A-Za-z]+", re.ASCII)
_OTHERS = re.compile(r"[^0-9A-Za-z_.@-]+", re.ASCII)


def require_registry_name(name: str) -> None:
    """Raises BadRequestException, or ForbiddenException for names that are AWS's own."""
    if not _REGISTRY.match(name):
        raise BadRequestException(
            "The registry name must have 1 to 64 characters, of letters, digits, periods, hyphens and underscores."
        )
    if name.startswith("aws."):
        raise ForbiddenException(f"The registry name {name} is reserved: it begins with aws.")


def require_schema_name(name: str) -> None:
    """Raises BadRequestException."""
    if not _SCHEMA.match(name):
        raise BadRequestException(
            "The schema name must have 1 to 385 characters, of letters, digits, periods, hyphens, underscores and @."
        )


def title_of(text: str) -> str:
    """A text as the name of a component: `Step Functions Execution Status Change` without its spaces."""
    return "".join([word[:1].upper() + word[1:] for word in _WORDS.findall(text)])


def discovered_name(source: str, detail_type: str) -> str:
    """The name of the schema of an event: `mystore@ReviewCreated`."""
    return f"{_OTHERS.sub('-', source)}@{title_of(detail_type)}"[:385]
