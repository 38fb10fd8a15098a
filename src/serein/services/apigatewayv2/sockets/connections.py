"""Open connections: kept in the memory of the server that has them, found by their ids.

An id begins with its server's, so that a server can tell another's connections from those that are gone.
"""

import base64
import heapq
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from serein.kernel.call import Platform
from serein.kernel.http import Socket
from serein.kernel.ids import random_bytes
from serein.kernel.scope import Scope

MEMORY = "apigatewayv2 sockets"
TOPIC = "apigatewayv2:sockets"
IDLE_SECONDS = 600.0
LONGEST_SECONDS = 7200.0
GOING_AWAY = 1001
ALIVE_SECONDS = 60.0
_SERVER_BYTES = 3


def new_message_id() -> str:
    """An id in the form of AWS's for requests and messages."""
    return base64.b64encode(random_bytes(11)).decode()


@dataclass(slots=True)
class Peer:
    """Who is at the other end of a connection, as events tell it. What `details` gives, `peer_of` reads."""

    id: str
    api_id: str
    stage: str
    scope: Scope
    domain: str
    connected_at: float
    identity: dict[str, str] = field(default_factory=dict)
    """`sourceIp`, and `userAgent` when the client said one."""
    authorizer: dict[str, Any] | None = None

    def details(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "id": self.id,
            "apiId": self.api_id,
            "stage": self.stage,
            "domain": self.domain,
            "connectedAt": self.connected_at,
            "identity": self.identity,
            "authorizer": self.authorizer,
        }


def peer_of(scope: Scope, details: dict[str, Any]) -> Peer:
    return Peer(
        details["id"],
        details["apiId"],
        details["stage"],
        scope,
        details["domain"],
        details["connectedAt"],
        details["identity"],
        details["authorizer"],
    )


class Connection:
    """A client's connection to a stage."""

    __slots__ = ("active_at", "is_owed", "peer", "socket", "under_way")

    def __init__(self, peer: Peer, socket: Socket) -> None:
        self.peer = peer
        self.socket = socket
        self.active_at = peer.connected_at
        self.is_owed = False
        """Whether a row says that `$disconnect` has to run."""
        self.under_way = 0
        """How many messages integrations are at work on."""

    @property
    def ends_at(self) -> float:
        """When it is closed if nothing happens: after 10 minutes without a message, or 2 hours in all."""
        return min(self.active_at + IDLE_SECONDS, self.peer.connected_at + LONGEST_SECONDS)


class Connections:
    """The connections of one server."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._prefix = random_bytes(_SERVER_BYTES)
        self.server_id = base64.urlsafe_b64encode(self._prefix).decode()
        self._by_id: dict[str, Connection] = {}
        self._ends: list[tuple[float, str]] = []
        """A heap of when connections might have to be closed; looked at again when that time comes."""
        self.alive_until = 0.0
        """Until when other servers of a shared database take this one for alive."""

    def new_id(self) -> str:
        # Why 11 bytes: AWS's ids have 15 characters and an equals sign. Those of one server share the first 4.
        return base64.urlsafe_b64encode(self._prefix + random_bytes(8)).decode()

    def server_of(self, connection_id: str) -> str:
        """The id of the server that made a connection's id; empty for what is none."""
        return connection_id[:4] if len(connection_id) == 16 and connection_id.endswith("=") else ""

    def add(self, connection: Connection) -> None:
        self._by_id[connection.peer.id] = connection
        heapq.heappush(self._ends, (connection.ends_at, connection.peer.id))
        if self._ends[0][1] == connection.peer.id:
            self._platform.bus.wake(TOPIC)

    def remove(self, connection: Connection) -> None:
        self._by_id.pop(connection.peer.id, None)

    def find(self, connection_id: str) -> Connection | None:
        return self._by_id.get(connection_id)

    def of_stage(self, api_id: str, stage: str | None = None) -> Iterator[Connection]:
        """Those of an API, or of one of its stages."""
        for connection in list(self._by_id.values()):
            if connection.peer.api_id == api_id and stage in (None, connection.peer.stage):
                yield connection

    def end(self, api_id: str, stage: str | None = None) -> None:
        """Disconnect the clients of an API, or of one of its stages, that is no more."""
        for connection in self.of_stage(api_id, stage):
            connection.socket.close(GOING_AWAY, "Going away")

    def __len__(self) -> int:
        return len(self._by_id)

    def take_overdue(self, now: float) -> list[Connection]:
        """The connections whose time is up."""
        overdue = []
        while self._ends and self._ends[0][0] <= now:
            _, connection_id = heapq.heappop(self._ends)
            connection = self._by_id.get(connection_id)
            if connection is None:
                continue
            if connection.ends_at <= now:
                overdue.append(connection)
            else:
                heapq.heappush(self._ends, (connection.ends_at, connection_id))
        return overdue

    @property
    def next_end(self) -> float | None:
        while self._ends and self._ends[0][1] not in self._by_id:
            heapq.heappop(self._ends)
        return self._ends[0][0] if self._ends else None


def connections_of(platform: Platform) -> Connections:
    """The platform's connections."""
    found: Connections | None = platform.memory.get(MEMORY)
    if found is None:
        found = platform.memory[MEMORY] = Connections(platform)
    return found
