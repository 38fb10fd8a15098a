"""How a reader asks its service, and what a reader is."""

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from serein.kernel.arn import find_arn
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.resource import Properties
from serein.kernel.scope import Caller, Scope

_GONE = ("NotFound", "NoSuch", "NonExistent", "DoesNotExist")
_MOST_PAGES = 1_000


@dataclass(frozen=True, slots=True)
class Look:
    """An account and region to look at."""

    platform: Platform
    scope: Scope

    async def call(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        """Call an operation. Raises AwsError."""
        caller = Caller.of_service("cloudformation", self.scope)
        return await self.platform.call(service, operation, request, scope=self.scope, caller=caller)

    async def find(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any] | None:
        """The reply, or None when there is no such thing."""
        try:
            return await self.call(service, operation, request)
        except AwsError as error:
            if any(part in error.code for part in _GONE):
                return None
            raise

    async def all(
        self, service: str, operation: str, member: str, token: tuple[str, str], request: dict[str, Any] | None = None
    ) -> list[Any]:
        """A list's `member` over all pages; `token` names the next page's place in the reply and in the request."""
        found: list[Any] = []
        asked = dict(request or {})
        for _ in range(_MOST_PAGES):
            reply = await self.call(service, operation, asked)
            found += reply.get(member, [])
            if not reply.get(token[0]):
                break
            asked[token[1]] = reply[token[0]]
        return found


Read = Callable[[Look, str], Awaitable[Properties | None]]
"""From what identifies a resource to its live properties; None when it is gone."""
Listing = Callable[[Look], Awaitable[list[str]]]
"""What identifies each resource of the type in an account and region."""


@dataclass(frozen=True, slots=True)
class LiveType:
    """A type that can be looked at. What identifies a resource is its primary identifier in AWS's schema."""

    name: str
    reads: frozenset[str]
    """The properties that `read` finds when they are set: only these can be compared."""
    read: Read
    listing: Listing | None = None
    within: str = ""
    """The property that stands before the physical id in a resource's identifier, parted from it by `|`."""
    is_arn: bool = False
    """Whether the identifier is the attribute Arn, and not the physical id."""

    def identifier_of(self, physical_id: str, properties: Properties, attributes: Mapping[str, Any]) -> str:
        """What identifies a resource of a stack."""
        if self.is_arn:
            return str(attributes.get("Arn", physical_id))
        return f"{properties.get(self.within, '')}|{physical_id}" if self.within else physical_id

    def physical_id_of(self, identifier: str) -> str:
        """What a stack would know a resource by."""
        arn = find_arn(identifier) if self.is_arn else None
        if arn is not None:
            container, _, name = arn.resource.partition("/")[2].rpartition("/")
            return f"{container}|{name}" if container else name
        return identifier.rpartition("|")[2] if self.within else identifier


def picked(source: Mapping[str, Any], names: Iterable[str]) -> Properties:
    """The members of a reply that a type has as properties under the same name, the empty ones left out."""
    return {name: source[name] for name in names if source.get(name) not in (None, "", [], {})}


def tag_list(tags: Mapping[str, str] | None) -> list[dict[str, str]]:
    """A map of tags as the list that templates have, without AWS's own."""
    return [{"Key": key, "Value": value} for key, value in (tags or {}).items() if not key.startswith("aws:")]


def own_tags(tags: Iterable[Mapping[str, str]] | None) -> list[dict[str, str]]:
    """A list of tags without AWS's own."""
    return [
        {"Key": tag["Key"], "Value": tag.get("Value", "")} for tag in tags or () if not tag["Key"].startswith("aws:")
    ]


def with_tags(properties: Properties, tags: Any) -> Properties:
    """The properties with tags, where there are any."""
    return properties | ({"Tags": tags} if tags else {})


def document(text: str) -> Any:
    """A JSON document that an API gives as text; the text itself when it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text
