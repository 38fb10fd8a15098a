"""`$disconnect`: owed from the moment that a connection is open, and paid whatever ends it.

AWS calls it best effort. Here it runs once for each connection that was open, also when the server that had it was
killed: the row that says so goes in the transaction that sends the delivery. How often an integration that fails is
tried is the delivery's policy.
"""

from typing import Any

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError
from serein.kernel.http import Closing
from serein.kernel.scope import Scope
from serein.services.apigatewayv2.sockets import store
from serein.services.apigatewayv2.sockets.backends import BackendFailed, Work, new_trace_id, run
from serein.services.apigatewayv2.sockets.connections import (
    ALIVE_SECONDS,
    Connection,
    connections_of,
    new_message_id,
    peer_of,
)
from serein.services.apigatewayv2.sockets.events import disconnect_event, request_context
from serein.services.apigatewayv2.sockets.mapping import Exchange
from serein.services.apigatewayv2.sockets.observing import Observed, observe
from serein.services.apigatewayv2.sockets.owing import delivery
from serein.services.apigatewayv2.sockets.routes import DISCONNECT
from serein.services.apigatewayv2.sockets.stages import Stage, stages_of


async def owe(platform: Platform, connection: Connection, stage: Stage) -> None:
    """Note that the connection will have to be followed by `$disconnect`, if the stage has the route."""
    route = stage.compiled.routes.get(DISCONNECT)
    if route is None or route.integration is None:
        return
    peer, connections = connection.peer, connections_of(platform)
    server_id, endpoint = connections.server_id, platform.limits.endpoint
    announces = platform.database.is_shared and connections.alive_until <= peer.connected_at + ALIVE_SECONDS / 2
    alive_until = peer.connected_at + ALIVE_SECONDS

    def write(tx: Transaction) -> None:
        if announces:  # or another server would take the row for one of a dead server
            store.put_server(tx, server_id, endpoint, alive_until)
        store.insert_connection(tx, peer.id, server_id, peer.scope, peer.details())

    await platform.database.write(write)
    if announces:
        connections.alive_until = max(connections.alive_until, alive_until)
    connection.is_owed = True


async def settle(platform: Platform, connection: Connection, closing: Closing) -> None:
    """The connection is closed: have `$disconnect` run."""
    peer = connection.peer
    is_owed = connection.is_owed
    if not is_owed:
        stage = await stages_of(platform).find(peer.api_id, peer.stage)
        if stage is None or DISCONNECT not in stage.compiled.routes:
            return

    def write(tx: Transaction) -> None:
        # Why the row counts: another server may have taken this one for dead, and have seen to it.
        if not is_owed or store.delete_connection(tx, peer.id):
            tx.send(delivery(peer.scope, peer.details(), closing))

    await platform.database.write(write)


class _Unavailable(AwsError):
    """The integration could not be run now."""

    code = "ServiceUnavailableException"
    status = 503


async def disconnect(platform: Platform, scope: Scope, details: dict[str, Any], closing: Closing) -> None:
    """Run `$disconnect` for a connection. Raises an AwsError when it is worth another attempt."""
    peer = peer_of(scope, details)
    stage = await stages_of(platform).find(peer.api_id, peer.stage)
    route = stage.compiled.routes.get(DISCONNECT) if stage is not None else None
    if stage is None or route is None or route.integration is None:
        return
    now = platform.clock.now()
    context = request_context(peer, DISCONNECT, "DISCONNECT", now, new_message_id())
    event = disconnect_event(dict(context), closing, stage.variables)
    exchange = Exchange("", event["requestContext"], stage.variables, event["multiValueHeaders"])
    work = Work(scope, route, route.integration, event, exchange, new_trace_id(now))
    try:
        answer = await run(platform, work)
        observe(platform, stage, Observed(event["requestContext"], answer.status))
    except BackendFailed as failure:
        observe(platform, stage, Observed(event["requestContext"], failure.status, str(failure)))
        if "TooManyRequests" in str(failure):
            raise _Unavailable(str(failure)) from failure
