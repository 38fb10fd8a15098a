"""The SQL of WebSocket connections: what serves them, which are owed a `$disconnect`, and which servers have some."""

import json
from dataclasses import dataclass
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class Served:
    """A stage of a WebSocket API as the data plane needs it; texts are JSON."""

    scope: Scope
    api: str
    deployment_id: str
    """Empty when nothing is deployed to the stage."""
    settings: str


@dataclass(frozen=True, slots=True)
class Errand:
    """What a server is asked to do with one of its connections; `request` is JSON text."""

    id: str
    scope: Scope
    operation: str
    request: str


def insert_errand(tx: Transaction, errand: Errand, server_id: str) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_socket_errands"
        " (id, server_id, account, region, operation, request, answer, asked_at)"
        " VALUES (:id, :server_id, :account, :region, :operation, :request, '', :now)",
        id=errand.id,
        server_id=server_id,
        account=errand.scope.account,
        region=errand.scope.region,
        operation=errand.operation,
        request=errand.request,
        now=tx.now,
    )


def open_errands(tx: Transaction, server_id: str, limit: int) -> list[Errand]:
    """Up to `limit` errands that a server hasn't answered, oldest first."""
    rows = tx.all(
        "SELECT id, account, region, operation, request FROM apigatewayv2_socket_errands"
        " WHERE server_id = :server_id AND answer = '' ORDER BY asked_at LIMIT :limit",
        server_id=server_id,
        limit=limit,
    )
    return [Errand(row[0], Scope(row[1], row[2]), row[3], row[4]) for row in rows]


def answer_errand(tx: Transaction, id: str, answer: str) -> None:
    tx.run("UPDATE apigatewayv2_socket_errands SET answer = :answer WHERE id = :id", answer=answer, id=id)


def find_answer(tx: Transaction, id: str) -> str:
    """Empty until there is one."""
    row = tx.one("SELECT answer FROM apigatewayv2_socket_errands WHERE id = :id", id=id)
    return "" if row is None else row[0]


def delete_errand(tx: Transaction, id: str) -> None:
    tx.run("DELETE FROM apigatewayv2_socket_errands WHERE id = :id", id=id)


def delete_errands_before(tx: Transaction, moment: float) -> None:
    """Forget the errands of servers that have died before they read the answer."""
    tx.run("DELETE FROM apigatewayv2_socket_errands WHERE asked_at < :moment", moment=moment)


def find_protocol(tx: Transaction, api_id: str) -> str | None:
    """`HTTP` or `WEBSOCKET`; None when there is no such API."""
    row = tx.one("SELECT settings FROM apigatewayv2_apis WHERE api_id = :api_id", api_id=api_id)
    return None if row is None else json.loads(row[0])["ProtocolType"]


def is_socket_stage(tx: Transaction, scope: Scope, api_id: str, stage: str) -> bool:
    row = tx.one(
        "SELECT a.settings FROM apigatewayv2_apis a JOIN apigatewayv2_stages s ON s.api_id = a.api_id"
        " WHERE a.api_id = :api_id AND a.account = :account AND a.region = :region AND s.stage_name = :stage",
        api_id=api_id,
        account=scope.account,
        region=scope.region,
        stage=stage,
    )
    return row is not None and json.loads(row[0])["ProtocolType"] == "WEBSOCKET"


def find_served(tx: Transaction, api_id: str, stage: str) -> Served | None:
    row = tx.one(
        "SELECT a.account, a.region, a.settings, s.deployment_id, s.settings FROM apigatewayv2_apis a"
        " JOIN apigatewayv2_stages s ON s.api_id = a.api_id WHERE a.api_id = :api_id AND s.stage_name = :stage",
        api_id=api_id,
        stage=stage,
    )
    return None if row is None else Served(Scope(row[0], row[1]), row[2], row[3], row[4])


def insert_connection(
    tx: Transaction, connection_id: str, server_id: str, scope: Scope, details: dict[str, Any]
) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_connections (connection_id, server_id, account, region, details)"
        " VALUES (:connection_id, :server_id, :account, :region, :details)",
        connection_id=connection_id,
        server_id=server_id,
        account=scope.account,
        region=scope.region,
        details=json.dumps(details),
    )


def delete_connection(tx: Transaction, connection_id: str) -> bool:
    """Whether there was one."""
    return bool(
        tx.run("DELETE FROM apigatewayv2_connections WHERE connection_id = :connection_id", connection_id=connection_id)
    )


def take_connections(tx: Transaction, server_id: str, limit: int) -> list[tuple[Scope, dict[str, Any]]]:
    """Remove up to `limit` connections of a server, and return whose they were and their details."""
    rows = tx.all(
        "DELETE FROM apigatewayv2_connections WHERE connection_id IN (SELECT connection_id FROM"
        " apigatewayv2_connections WHERE server_id = :server_id LIMIT :limit) RETURNING account, region, details",
        server_id=server_id,
        limit=limit,
    )
    return [(Scope(row[0], row[1]), json.loads(row[2])) for row in rows]


def servers_with_connections(tx: Transaction) -> list[tuple[str, float]]:
    """Ids of servers with rows, and until when each said it is alive (0 when it never did)."""
    rows = tx.all(
        "SELECT c.server_id, COALESCE(MAX(s.alive_until), 0) FROM apigatewayv2_connections c"
        " LEFT JOIN apigatewayv2_socket_servers s ON s.server_id = c.server_id GROUP BY c.server_id"
    )
    return [(row[0], float(row[1])) for row in rows]


def put_server(tx: Transaction, server_id: str, endpoint: str, alive_until: float) -> None:
    tx.run(
        "INSERT INTO apigatewayv2_socket_servers (server_id, endpoint, alive_until)"
        " VALUES (:server_id, :endpoint, :alive_until) ON CONFLICT (server_id)"
        " DO UPDATE SET endpoint = :endpoint, alive_until = :alive_until",
        server_id=server_id,
        endpoint=endpoint,
        alive_until=alive_until,
    )


def delete_server(tx: Transaction, server_id: str) -> None:
    tx.run("DELETE FROM apigatewayv2_socket_servers WHERE server_id = :server_id", server_id=server_id)


def alive_until(tx: Transaction, server_id: str) -> float:
    """Until when a server said it is alive; 0 when it didn't."""
    row = tx.one(
        "SELECT alive_until FROM apigatewayv2_socket_servers WHERE server_id = :server_id", server_id=server_id
    )
    return 0.0 if row is None else float(row[0])
