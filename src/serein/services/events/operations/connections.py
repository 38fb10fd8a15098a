"""CreateConnection, DescribeConnection, UpdateConnection, DeauthorizeConnection, DeleteConnection, ListConnections."""

import json
from typing import Any

from serein.kernel.arn import arn_of
from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.errors import NotImplementedHere
from serein.kernel.ids import new_uuid
from serein.kernel.operation import Reply, Request, operation
from serein.services.events.connections import (
    SHOWN,
    merged,
    parameters_of,
    require_parameters,
    secret_of,
    shown_parameters,
)
from serein.services.events.errors import ResourceAlreadyExistsException, ResourceNotFoundException
from serein.services.events.pages import page, require_position
from serein.services.events.store import resources
from serein.services.events.store.resources import CONNECTION, Held

_REPLY = ("ConnectionArn", "ConnectionState", "CreationTime", "LastModifiedTime", "LastAuthorizedTime")


@operation(
    "CreateConnection",
    partial="an OAuth token is fetched when the first event is sent, and the connection is authorized before",
    stored=("KmsKeyIdentifier",),
)
async def create_connection(call: Call, request: Request) -> Reply:
    name, kind, parameters = request["Name"], request["AuthorizationType"], request["AuthParameters"]
    _refuse_private(request)
    require_parameters(kind, parameters)
    identity = new_uuid()
    if await call.read(lambda tx: resources.find(tx, CONNECTION, call.scope, name)) is not None:
        raise ResourceAlreadyExistsException(f"Connection {name} already exists.")
    secret_name = f"events!connection/{name}/{identity}"
    secret = {"Name": secret_name, "SecretString": json.dumps(secret_of(kind, parameters))}
    secret_arn = (await call.to("secretsmanager", "CreateSecret", secret))["ARN"]

    def write(tx: Transaction) -> Held:
        if resources.find(tx, CONNECTION, call.scope, name) is not None:
            raise ResourceAlreadyExistsException(f"Connection {name} already exists.")
        definition: dict[str, Any] = {
            "ConnectionArn": arn_of("events", call.scope, f"connection/{name}/{identity}"),
            "Name": name,
            "ConnectionState": "AUTHORIZED",
            "AuthorizationType": kind,
            "SecretArn": secret_arn,
            "AuthParameters": shown_parameters(kind, parameters),
            "CreationTime": tx.now,
            "LastModifiedTime": tx.now,
            "LastAuthorizedTime": tx.now,
            **{member: request[member] for member in ("Description", "KmsKeyIdentifier") if member in request},
        }
        connection = Held(CONNECTION, call.scope, name, definition)
        resources.put(tx, connection)
        return connection

    reply = _reply(await call.write(write))
    del reply["LastAuthorizedTime"]
    return reply


@operation("DescribeConnection")
async def describe_connection(call: Call, request: Request) -> Reply:
    return (await call.read(lambda tx: _require(tx, call, request["Name"]))).definition


@operation("UpdateConnection", stored=("KmsKeyIdentifier",))
async def update_connection(call: Call, request: Request) -> Reply:
    _refuse_private(request)
    known = await call.read(lambda tx: _require(tx, call, request["Name"]))
    before = known.definition["AuthorizationType"]
    kind = request.get("AuthorizationType", before)
    parameters = request.get("AuthParameters") or {}
    changes: dict[str, Any] = {
        member: request[member] for member in ("Description", "KmsKeyIdentifier") if member in request
    }
    if parameters or kind != before:
        secret_id = {"SecretId": known.definition["SecretArn"]}
        if kind == before:
            kept = json.loads((await call.to("secretsmanager", "GetSecretValue", secret_id))["SecretString"])
            parameters = merged(parameters_of(kind, kept), parameters)
        require_parameters(kind, parameters)
        text = json.dumps(secret_of(kind, parameters))
        await call.to("secretsmanager", "PutSecretValue", {**secret_id, "SecretString": text})
        changes |= {
            "AuthorizationType": kind,
            "AuthParameters": shown_parameters(kind, parameters),
            "ConnectionState": "AUTHORIZED",
        }

    def write(tx: Transaction) -> Held:
        found = _require(tx, call, request["Name"])
        times = {"LastModifiedTime": tx.now, **({"LastAuthorizedTime": tx.now} if "AuthParameters" in changes else {})}
        connection = Held(CONNECTION, call.scope, found.name, {**found.definition, **changes, **times})
        resources.put(tx, connection)
        return connection

    return _reply(await call.write(write))


@operation("DeauthorizeConnection")
async def deauthorize_connection(call: Call, request: Request) -> Reply:
    """AWS: the secret is emptied; the connection has to be updated to be used again."""

    def write(tx: Transaction) -> Held:
        found = _require(tx, call, request["Name"])
        changes = {"ConnectionState": "DEAUTHORIZED", "LastModifiedTime": tx.now}
        connection = Held(CONNECTION, call.scope, found.name, {**found.definition, **changes})
        resources.put(tx, connection)
        return connection

    return _reply(await call.write(write)) | {"ConnectionState": "DEAUTHORIZING"}


@operation("DeleteConnection")
async def delete_connection(call: Call, request: Request) -> Reply:
    def write(tx: Transaction) -> Held:
        found = _require(tx, call, request["Name"])
        resources.delete(tx, found)
        return found

    connection = await call.write(write)
    secret = {"SecretId": connection.definition["SecretArn"], "ForceDeleteWithoutRecovery": True}
    await call.to("secretsmanager", "DeleteSecret", secret)
    return _reply(connection) | {"ConnectionState": "DELETING"}


@operation("ListConnections")
async def list_connections(call: Call, request: Request) -> Reply:
    prefix, after = request.get("NamePrefix", ""), require_position(request)
    found = await call.read(lambda tx: resources.listed(tx, CONNECTION, call.scope, prefix, after))
    state = request.get("ConnectionState")
    fitting = [each for each in found if state in (None, each.definition["ConnectionState"])]
    return page(request, "Connections", fitting, lambda each: each.name, _listed)


def _refuse_private(request: Request) -> None:
    private = (request.get("AuthParameters") or {}).get("ConnectivityParameters")
    if private or request.get("InvocationConnectivityParameters"):
        raise NotImplementedHere("Serein has no connections to private APIs: ConnectivityParameters")


def _require(tx: Transaction, call: Call, name: str) -> Held:
    found = resources.find(tx, CONNECTION, call.scope, name)
    if found is None:
        raise ResourceNotFoundException(f"Failed to describe the connection(s). Connection '{name}' does not exist.")
    return found


def _reply(connection: Held) -> Reply:
    return {member: connection.definition[member] for member in _REPLY if member in connection.definition}


def _listed(connection: Held) -> dict[str, Any]:
    return {member: connection.definition[member] for member in SHOWN if member in connection.definition}
