"""`@connections` below an API's own address: `https://{api}.execute-api…/{stage}/@connections/{connection id}`."""

import re
from datetime import UTC, datetime
from urllib.parse import unquote

import msgspec

from serein.execute_api.addresses import find_address, find_mapped
from serein.execute_api.bodies import TooLarge, read_body
from serein.execute_api.permissions import is_permitted
from serein.kernel.call import Platform
from serein.kernel.errors import AwsError
from serein.kernel.http import HttpReply, HttpRequest
from serein.kernel.operation import Reply
from serein.kernel.scope import DEFAULT_REGION, Scope

_PATH = re.compile(r"/([^/]+)/@connections/([^/]+)")
_OPERATIONS = {"POST": "PostToConnection", "GET": "GetConnection", "DELETE": "DeleteConnection"}
_MANAGE = "execute-api:ManageConnections"
_CONNECTIONS = ("@connections", "%40connections")
_REGION = re.compile(r"Credential=[^/]+/\d+/([^/]+)/")
_encode = msgspec.json.Encoder().encode


class ManagementDoor:
    """Answers what has `@connections` in its path, and belongs to a WebSocket API."""

    async def answer(self, platform: Platform, http: HttpRequest) -> HttpReply | None:
        if not any(name in http.path for name in _CONNECTIONS):
            return None
        mapped = find_mapped(platform.domains, http)
        if mapped is not None:
            api_id, path = mapped.api_id, f"/{mapped.stage}{mapped.path}"
        else:
            api_id, path = find_address(http)
        found = _PATH.fullmatch(unquote(path))
        if found is None or not api_id:
            return None
        question = {"ApiId": api_id, "ConnectionId": found[2]}
        asked = await platform.call("apigatewayv2", "FindApiProtocol", question, scope=Scope())
        if asked["Protocol"] != "WEBSOCKET":
            return None
        try:
            return await self._answer(platform, http, api_id, found[1], found[2])
        except AwsError as error:
            return _error(error.status, error.code, error.message)

    async def _answer(
        self, platform: Platform, http: HttpRequest, api_id: str, stage: str, connection_id: str
    ) -> HttpReply:
        operation = _OPERATIONS.get(http.method)
        if operation is None:
            return _error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
        try:
            body = await read_body(http)
        except TooLarge:
            return _error(413, "RequestEntityTooLargeException", "Request Entity Too Large")
        assert platform.signatures is not None
        try:
            signer = await platform.signatures.require_signer(http, body, "execute-api")
        except AwsError as error:
            # AWS: an unsigned request is told that it has no token, whatever else is wrong is said as it is.
            if error.code == "MissingAuthenticationToken":
                return _error(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
            raise
        region = _REGION.search(http.headers.get("authorization", ""))
        scope = Scope(signer.account, region[1] if region else DEFAULT_REGION)
        arn = f"arn:{scope.partition}:execute-api:{scope.region}:{scope.account}:{api_id}/{stage}"
        arn += f"/{http.method}/@connections/{connection_id}"
        if not await is_permitted(platform, signer, _MANAGE, arn, scope, http.client_address):
            return _error(403, "ForbiddenException", "Forbidden")
        request = {"ConnectionId": connection_id, "ApiId": api_id, "Stage": stage}
        if operation == "PostToConnection":
            request["Data"] = body  # type: ignore[assignment]
        found = platform.require_operation("apigatewaymanagementapi", operation)
        call = platform.dispatch(found, request, scope, signer.caller)
        return _reply(operation, await call)


def _reply(operation: str, reply: Reply) -> HttpReply:
    if operation == "GetConnection":
        identity = reply["Identity"]
        shown = {
            "connectedAt": _moment(reply["ConnectedAt"]),
            "identity": {"sourceIp": identity["SourceIp"], "userAgent": identity["UserAgent"]},
            "lastActiveAt": _moment(reply["LastActiveAt"]),
        }
        return HttpReply(200, [("content-type", "application/json")], _encode(shown))
    return HttpReply(204 if operation == "DeleteConnection" else 200, [("content-type", "application/json")])


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _error(status: int, code: str, message: str) -> HttpReply:
    headers = [("content-type", "application/json"), ("x-amzn-errortype", code)]
    return HttpReply(status, headers, _encode({"message": message}))


door = ManagementDoor()
