"""What WebSocket APIs do on their own: ends that time brings, and what dead servers left undone."""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.apigatewayv2.sockets import store
from serein.services.apigatewayv2.sockets.connections import (
    ALIVE_SECONDS,
    GOING_AWAY,
    LONGEST_SECONDS,
    TOPIC,
    connections_of,
)
from serein.services.apigatewayv2.sockets.owing import ABNORMAL, delivery

_CHUNK = 200


class SocketKeeper:
    """Closes connections whose time is up, and has `$disconnect` run for those of servers that have died.

    A server on a database of its own takes every row for a dead one's when it starts. Servers that share one say that
    they are alive for as long as they have connections.
    """

    name = "websockets"
    topics: tuple[str, ...] = (TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._connections = connections_of(platform)
        self._has_recovered = False

    async def step(self) -> float | None:
        now = self._platform.clock.now()
        for connection in self._connections.take_overdue(now):
            # AWS: "Going away" in both cases; the code doesn't tell which.
            is_old = connection.peer.connected_at + LONGEST_SECONDS <= now
            connection.socket.close(GOING_AWAY, "Connection duration limit" if is_old else "Going away")
        due = self._connections.next_end
        if self._platform.database.is_shared:
            return await self._share(now, due)
        if not self._has_recovered:
            self._has_recovered = True
            await self._recover(now)
        return due

    async def _share(self, now: float, due: float | None) -> float | None:
        """Say that this server is alive, and look for those that are not."""
        connections, database = self._connections, self._platform.database
        endpoint, server_id = self._platform.limits.endpoint, connections.server_id
        if connections and connections.alive_until - now <= ALIVE_SECONDS / 2:
            connections.alive_until = until = now + ALIVE_SECONDS
            await database.write(lambda tx: store.put_server(tx, server_id, endpoint, until))
        elif not connections and connections.alive_until:
            connections.alive_until = 0.0
            await database.write(lambda tx: store.delete_server(tx, server_id))
        await self._recover(now)
        again = now + ALIVE_SECONDS / 2
        return again if due is None else min(due, again)

    async def _recover(self, now: float) -> None:
        database = self._platform.database
        for server_id, alive_until in await database.read(store.servers_with_connections):
            if server_id == self._connections.server_id or alive_until > now:
                continue
            while await database.write(lambda tx, dead=server_id: _settle(tx, dead)):  # type: ignore[misc]
                pass


def _settle(tx: Transaction, server_id: str) -> int:
    """Owe `$disconnect` to some of a dead server's connections; how many they were."""
    taken = store.take_connections(tx, server_id, _CHUNK)
    for scope, details in taken:
        tx.send(delivery(scope, details, ABNORMAL))
    if not taken:
        store.delete_server(tx, server_id)
    return len(taken)
