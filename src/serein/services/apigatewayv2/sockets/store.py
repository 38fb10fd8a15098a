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


def find_server(tx: Transaction, server_id: str) -> tuple[str, float] | None:
    """A server's endpoint, and until when it said it is alive."""
    row = tx.one(
        "SELECT endpoint, alive_until FROM apigatewayv2_socket_servers WHERE server_id = :server_id",
        server_id=server_id,
    )
    return None if row is None else (row[0], float(row[1]))
