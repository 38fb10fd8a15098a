"""The port of who answers for AWS's services that Serein hasn't, when a setting asks for that."""

from collections.abc import Iterable
from typing import Protocol

from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.operation import Reply, Request
from serein.kernel.resource import Resource
from serein.kernel.scope import Scope


class StandIn(Protocol):
    """Somebody else's implementation of services: no part of the platform, and nothing depends on it."""

    in_flight: int
    """How many calls are being answered now."""

    async def find_reply(self, service: str, http: HttpRequest, body: bytes, scope: Scope) -> HttpReply | None:
        """Answer a request as it came, in the service's protocol; None when the service isn't known there either."""

    async def call(self, service: str, operation: str, request: Request, scope: Scope) -> Reply | None:
        """Answer a call from inside the platform; None when the operation isn't known there either.

        Raises AwsError.
        """

    def find_resource(self, type_name: str, properties: frozenset[str], attributes: Iterable[str]) -> Resource | None:
        """The handler of a resource type of such a service, or None."""

    async def reset(self) -> None:
        """Forget everything."""
