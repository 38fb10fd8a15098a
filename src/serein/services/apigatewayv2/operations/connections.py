"""Open WebSocket connections, for `@connections`: internal, as another service has its operations."""

from serein.kernel.call import Call
from serein.kernel.database import Transaction
from serein.kernel.http import Closing
from serein.kernel.operation import Reply, Request, operation
from serein.services.apigatewayv2.errors import GoneException, LimitExceededException
from serein.services.apigatewayv2.sockets import errands, store
from serein.services.apigatewayv2.sockets.connections import Connection, connections_of
from serein.services.apigatewayv2.sockets.disconnecting import disconnect
from serein.services.apigatewayv2.sockets.mapping import text_of

_NORMAL = 1000


@operation("FindApiProtocol", internal=True)
async def find_api_protocol(call: Call, request: Request) -> Reply:
    """`Protocol` is HTTP, WEBSOCKET, or empty for an API that is none of this service."""
    known = connections_of(call.platform).find(request["ConnectionId"])
    if known is not None and known.peer.api_id == request["ApiId"]:
        return {"Protocol": "WEBSOCKET"}
    return {"Protocol": await call.read(lambda tx: store.find_protocol(tx, request["ApiId"])) or ""}


@operation("FindSocketStages", internal=True)
async def find_socket_stages(call: Call, request: Request) -> Reply:
    """Those of `Stages` (texts like `apiId:stage`) that are a WebSocket API's of the account."""

    def read(tx: Transaction) -> list[str]:
        return [text for text in request["Stages"] if store.is_socket_stage(tx, call.scope, *text.split(":", 1))]

    return {"Stages": await call.read(read)}


@operation("SendToConnection", internal=True)
async def send_to_connection(call: Call, request: Request) -> Reply:
    """Send `Data` to a client. Raises GoneException, LimitExceededException when the client takes nothing."""
    connection = _find(call, request)
    if connection is None:
        return await _elsewhere(call, request)
    if connection.socket.is_full:
        raise LimitExceededException
    if not connection.socket.send(text_of(request["Data"])):
        raise GoneException
    connection.active_at = call.now
    return {}


@operation("DescribeConnection", internal=True)
async def describe_connection(call: Call, request: Request) -> Reply:
    """Raises GoneException."""
    connection = _find(call, request)
    if connection is None:
        return await _elsewhere(call, request)
    identity = connection.peer.identity
    return {
        "ConnectedAt": connection.peer.connected_at,
        "Identity": {"SourceIp": identity["sourceIp"], "UserAgent": identity.get("userAgent", "")},
        "LastActiveAt": connection.active_at,
    }


@operation("CloseConnection", internal=True)
async def close_connection(call: Call, request: Request) -> Reply:
    """Raises GoneException."""
    connection = _find(call, request)
    if connection is None:
        return await _elsewhere(call, request)
    connection.socket.close(_NORMAL, "Connection Closed Normally")
    return {}


@operation("RunDisconnect", internal=True)
async def run_disconnect(call: Call, request: Request) -> Reply:
    """Run `$disconnect` for a connection that is closed."""
    await disconnect(call.platform, call.scope, request["Peer"], Closing(request["Code"], request["Reason"]))
    return {}


def _find(call: Call, request: Request) -> Connection | None:
    """The connection that a request names, of the API and the stage when it names them; None when this server has none.

    Raises GoneException for one of another API.
    """
    found = connections_of(call.platform).find(request["ConnectionId"])
    if found is not None:
        peer = found.peer
        is_named = request.get("ApiId", peer.api_id) == peer.api_id and request.get("Stage", peer.stage) == peer.stage
        if not is_named or peer.scope != call.scope:
            raise GoneException
    return found


async def _elsewhere(call: Call, request: Request) -> Reply:
    """Have it done by the server that has the connection. Raises GoneException."""
    connections = connections_of(call.platform)
    server_id = connections.server_of(request["ConnectionId"])
    if server_id and server_id != connections.server_id and call.platform.database.is_shared:
        alive_until = await call.read(lambda tx: store.alive_until(tx, server_id))
        if alive_until > call.now:
            return await errands.ask(call, server_id, request)
    raise GoneException
