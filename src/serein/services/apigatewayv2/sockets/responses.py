"""Responses of WebSocket APIs' integrations and routes: parts of a part, with a key of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.operation import Reply, Request
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.deployments import follow_changes
from serein.services.apigatewayv2.pages import page_of
from serein.services.apigatewayv2.sockets.parts import (
    parts_of,
    require_free_key,
    require_of,
    require_socket_api,
    shown_part,
)


@dataclass(frozen=True, slots=True)
class Responses:
    """What the operations on one kind of response do."""

    owner: str
    """`Integration` or `Route`."""
    new: Callable[[Request], dict[str, Any]]
    changed: Callable[[dict[str, Any], Request], dict[str, Any]]

    @property
    def _kind(self) -> str:
        return f"{self.owner}Response"

    @property
    def _member(self) -> str:
        return f"{self._kind}Id"

    async def create(self, call: Call, request: Request) -> Reply:
        """Raises NotFoundException, BadRequestException for an HTTP API and for a key in use."""

        def write(tx: Transaction) -> Reply:
            api = store.require_api(tx, call.scope, request["ApiId"])
            require_socket_api(api, f"{self.owner} responses")
            store.require_part(tx, api["ApiId"], self.owner, self._owner_id(request))
            return self._put(tx, api, request, self.new(request))

        return await call.write(write)

    async def get(self, call: Call, request: Request) -> Reply:
        """Raises NotFoundException."""

        def read(tx: Transaction) -> Reply:
            store.require_api(tx, call.scope, request["ApiId"])
            return self._shown(self._require(tx, request))

        return await call.read(read)

    async def find_all(self, call: Call, request: Request) -> Reply:
        """Raises NotFoundException."""

        def read(tx: Transaction) -> list[dict[str, Any]]:
            store.require_api(tx, call.scope, request["ApiId"])
            store.require_part(tx, request["ApiId"], self.owner, self._owner_id(request))
            return self._all(tx, request)

        return page_of([self._shown(part) for part in await call.read(read)], self._member, request)

    async def update(self, call: Call, request: Request) -> Reply:
        """Raises NotFoundException, BadRequestException for a key in use."""

        def write(tx: Transaction) -> Reply:
            api = store.require_api(tx, call.scope, request["ApiId"])
            return self._put(tx, api, request, self.changed(self._require(tx, request), request))

        return await call.write(write)

    async def delete(self, call: Call, request: Request) -> Reply:
        """Raises NotFoundException."""

        def write(tx: Transaction) -> None:
            api = store.require_api(tx, call.scope, request["ApiId"])
            self._require(tx, request)
            store.delete_part(tx, api["ApiId"], self._kind, request[self._member])
            follow_changes(tx, api)

        await call.write(write)
        return {}

    def _owner_id(self, request: Request) -> str:
        owner_id: str = request[f"{self.owner}Id"]
        return owner_id

    def _all(self, tx: Transaction, request: Request) -> list[dict[str, Any]]:
        return parts_of(tx, request["ApiId"], self._kind, f"{self.owner}Id", self._owner_id(request))

    def _require(self, tx: Transaction, request: Request) -> dict[str, Any]:
        owner = (f"{self.owner}Id", self._owner_id(request))
        return require_of(tx, request["ApiId"], self._kind, request[self._member], owner)

    def _put(self, tx: Transaction, api: dict[str, Any], request: Request, part: dict[str, Any]) -> Reply:
        require_free_key(self._all(tx, request), part, self._kind)
        store.put_part(tx, api["ApiId"], self._kind, part[self._member], part)
        follow_changes(tx, api)
        return self._shown(part)

    def _shown(self, part: dict[str, Any]) -> Reply:
        return shown_part(part, f"{self.owner}Id")
