"""The SQL of resource requests."""

import json
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.database import Transaction
from serein.kernel.scope import Scope
from serein.services.cloudcontrol.errors import RequestTokenNotFoundException


@dataclass(slots=True)
class ResourceRequest:
    """A CreateResource, UpdateResource or DeleteResource."""

    token: str
    scope: Scope
    client_token: str
    status: str
    operation: str
    type: str
    identifier: str
    at: float
    content: dict[str, Any] = field(default_factory=dict)
    """What was asked for (`asked`), and what came of it: `model`, `message` and `code`."""

    @property
    def is_over(self) -> bool:
        return self.status in ("SUCCESS", "FAILED", "CANCEL_COMPLETE")


_COLUMNS = "token, account, region, client_token, status, operation, type, identifier, at, content"


def _request(row: tuple[Any, ...]) -> ResourceRequest:
    return ResourceRequest(
        row[0], Scope(row[1], row[2]), row[3], row[4], row[5], row[6], row[7], row[8], json.loads(row[9])
    )


def insert_request(tx: Transaction, request: ResourceRequest) -> bool:
    """Keep a new request; False when another one has its client token."""
    return bool(
        tx.run(
            f"INSERT INTO cloudcontrol_requests ({_COLUMNS}) VALUES (:token, :account, :region, :client_token, :status,"
            " :operation, :type, :identifier, :at, :content) ON CONFLICT DO NOTHING",
            account=request.scope.account,
            region=request.scope.region,
            client_token=request.client_token,
            operation=request.operation,
            type=request.type,
            **_changing(request),
        )
    )


def save_request(tx: Transaction, request: ResourceRequest) -> None:
    tx.run(
        "UPDATE cloudcontrol_requests SET status = :status, identifier = :identifier, at = :at, content = :content"
        " WHERE token = :token",
        **_changing(request),
    )


def _changing(request: ResourceRequest) -> dict[str, Any]:
    return {
        "token": request.token,
        "status": request.status,
        "identifier": request.identifier,
        "at": request.at,
        "content": json.dumps(request.content),
    }


def require_request(tx: Transaction, scope: Scope, token: str) -> ResourceRequest:
    """Return the request. Raises RequestTokenNotFoundException."""
    row = tx.one(
        f"SELECT {_COLUMNS} FROM cloudcontrol_requests"
        " WHERE token = :token AND account = :account AND region = :region",
        token=token,
        account=scope.account,
        region=scope.region,
    )
    if row is None:
        raise RequestTokenNotFoundException(f"Request with token {token} was not found")
    return _request(row)


def find_by_client_token(tx: Transaction, scope: Scope, client_token: str) -> ResourceRequest | None:
    row = tx.one(
        f"SELECT {_COLUMNS} FROM cloudcontrol_requests"
        " WHERE account = :account AND region = :region AND client_token = :client_token",
        account=scope.account,
        region=scope.region,
        client_token=client_token,
    )
    return _request(row) if row else None


def requests_of(tx: Transaction, scope: Scope) -> list[ResourceRequest]:
    """The requests of an account and region, newest first."""
    rows = tx.all(
        f"SELECT {_COLUMNS} FROM cloudcontrol_requests WHERE account = :account AND region = :region"
        " ORDER BY at DESC, token",
        account=scope.account,
        region=scope.region,
    )
    return [_request(row) for row in rows]


def is_being_changed(tx: Transaction, scope: Scope, type_name: str, identifier: str) -> bool:
    """Whether a request about the resource is under way."""
    row = tx.one(
        "SELECT token FROM cloudcontrol_requests WHERE account = :account AND region = :region AND type = :type"
        " AND identifier = :identifier AND status IN ('PENDING', 'IN_PROGRESS', 'CANCEL_IN_PROGRESS') LIMIT 1",
        account=scope.account,
        region=scope.region,
        type=type_name,
        identifier=identifier,
    )
    return row is not None
