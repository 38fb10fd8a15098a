"""CreateApiDestination, DescribeApiDestination, UpdateApiDestination, DeleteApiDestination, ListApiDestinations."""

from typing import Any

from serein.kernel.arn import arn_of, find_arn
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.destinations import DEFAULT_RATE
from serein.services.events.errors import (
    ResourceAlreadyExistsException,
    ResourceNotFoundException,
    ValidationException,
)
from serein.services.events.pages import page, require_position
from serein.services.events.store import resources
from serein.services.events.store.resources import CONNECTION, DESTINATION, Held

_MEMBERS = ("Description", "ConnectionArn", "InvocationEndpoint", "HttpMethod", "InvocationRateLimitPerSecond")
_REPLY = ("ApiDestinationArn", "CreationTime", "LastModifiedTime")


@operation("CreateApiDestination")
async def create_api_destination(call: Call, request: Request) -> Reply:
    name = request["Name"]

    def write(tx: Transaction) -> Reply:
        _require_connection(tx, call, request["ConnectionArn"])
        if resources.find(tx, DESTINATION, call.scope, name) is not None:
            raise ResourceAlreadyExistsException(f"An api-destination '{name}' already exists.")
        definition = {
            "ApiDestinationArn": arn_of("events", call.scope, f"api-destination/{name}/{new_uuid()}"),
            "Name": name,
            "InvocationRateLimitPerSecond": DEFAULT_RATE,
            **{member: request[member] for member in _MEMBERS if member in request},
            "CreationTime": tx.now,
            "LastModifiedTime": tx.now,
        }
        resources.put(tx, Held(DESTINATION, call.scope, name, definition))
        return _reply(tx, call, definition)

    return await call.write(write)


@operation("DescribeApiDestination")
async def describe_api_destination(call: Call, request: Request) -> Reply:
    def read(tx: Transaction) -> Reply:
        definition = _require(tx, call, request["Name"]).definition
        return definition | {"ApiDestinationState": _state(tx, call, definition)}

    return await call.read(read)


@operation("UpdateApiDestination")
async def update_api_destination(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> Reply:
        found = _require(tx, call, request["Name"])
        if "ConnectionArn" in request:
            _require_connection(tx, call, request["ConnectionArn"])
        changes = {member: request[member] for member in _MEMBERS if member in request}
        definition = {**found.definition, **changes, "LastModifiedTime": tx.now}
        resources.put(tx, Held(DESTINATION, call.scope, found.name, definition))
        return _reply(tx, call, definition)

    return await call.write(write)


@operation("DeleteApiDestination")
async def delete_api_destination(call: Call, request: Request) -> Reply:
    await call.write(lambda tx: resources.delete(tx, _require(tx, call, request["Name"])))
    return {}


@operation("ListApiDestinations")
async def list_api_destinations(call: Call, request: Request) -> Reply:
    prefix, after, wanted = request.get("NamePrefix", ""), require_position(request), request.get("ConnectionArn")

    def read(tx: Transaction) -> Reply:
        found = [
            each
            for each in resources.listed(tx, DESTINATION, call.scope, prefix, after)
            if wanted in (None, each.definition["ConnectionArn"])
        ]
        return page(request, "ApiDestinations", found, lambda each: each.name, lambda each: _listed(tx, call, each))

    return await call.read(read)


def _require_connection(tx: Transaction, call: Call, text: str) -> None:
    arn = find_arn(text)
    if arn is None or not arn.resource.startswith("connection/"):
        raise ValidationException(f"Parameter {text} is not valid. Reason: Provided Arn is not in correct format.")
    name = arn.resource.split("/")[1]
    found = resources.find(tx, CONNECTION, arn.scope, name)
    if found is None or found.definition["ConnectionArn"] != text:
        raise ResourceNotFoundException(f"Connection '{name}' does not exist.")


def _require(tx: Transaction, call: Call, name: str) -> Held:
    found = resources.find(tx, DESTINATION, call.scope, name)
    if found is None:
        raise ResourceNotFoundException(
            f"Failed to describe the api-destination(s). An api-destination '{name}' does not exist."
        )
    return found


def _state(tx: Transaction, call: Call, definition: dict[str, Any]) -> str:
    connection = resources.find(tx, CONNECTION, call.scope, definition["ConnectionArn"].split("/")[1])
    is_active = connection is not None and connection.definition["ConnectionState"] == "AUTHORIZED"
    return "ACTIVE" if is_active else "INACTIVE"


def _reply(tx: Transaction, call: Call, definition: dict[str, Any]) -> Reply:
    return {member: definition[member] for member in _REPLY} | {"ApiDestinationState": _state(tx, call, definition)}


def _listed(tx: Transaction, call: Call, each: Held) -> dict[str, Any]:
    shown = {member: value for member, value in each.definition.items() if member != "Description"}
    return shown | {"ApiDestinationState": _state(tx, call, each.definition)}
