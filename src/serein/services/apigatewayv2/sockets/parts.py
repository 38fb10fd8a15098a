"""Responses of routes and of integrations: parts that belong to another part."""

from typing import Any

from serein.kernel.database import Transaction
from serein.services.apigatewayv2 import store
from serein.services.apigatewayv2.errors import BadRequestException, part_not_found
from serein.services.apigatewayv2.sockets.apis import is_socket_api

_KEYS = {"RouteResponse": "RouteResponseKey", "IntegrationResponse": "IntegrationResponseKey"}


def require_socket_api(api: dict[str, Any], what: str) -> None:
    """Raises BadRequestException for an HTTP API."""
    if not is_socket_api(api):
        raise BadRequestException(f"{what} are supported only for WebSocket APIs")


def parts_of(tx: Transaction, api_id: str, kind: str, member: str, owner_id: str) -> list[dict[str, Any]]:
    """The parts of `kind` whose `member` (RouteId, IntegrationId) is `owner_id`."""
    return [part for part in store.list_parts(tx, api_id, kind) if part[member] == owner_id]


def require_of(tx: Transaction, api_id: str, kind: str, part_id: str, owner: tuple[str, str]) -> dict[str, Any]:
    """A part that belongs to an owner (its member and its id). Raises NotFoundException."""
    part = store.require_part(tx, api_id, kind, part_id)
    if part[owner[0]] != owner[1]:
        raise part_not_found(kind)
    return part


def require_free_key(parts: list[dict[str, Any]], part: dict[str, Any], kind: str) -> None:
    """Raises BadRequestException when another of the owner's parts has the key."""
    key = _KEYS[kind]
    if any(other[key] == part[key] and other[f"{kind}Id"] != part[f"{kind}Id"] for other in parts):
        raise BadRequestException(f"{kind} with key {part[key]} already exists")


def delete_of(tx: Transaction, api_id: str, kind: str, member: str, owner_id: str) -> None:
    """Delete the parts that belonged to an owner that was deleted."""
    for part in parts_of(tx, api_id, kind, member, owner_id):
        store.delete_part(tx, api_id, kind, part[f"{kind}Id"])


def shown_part(part: dict[str, Any], member: str) -> dict[str, Any]:
    """A part as AWS's replies show it: without whose it is."""
    return {name: value for name, value in part.items() if name != member}
