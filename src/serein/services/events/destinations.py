"""API destinations: HTTP requests with what their connection proves, no faster than their rate.

AWS: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-api-destinations.html
"""

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from serein.kernel.arn import Arn
from serein.kernel.call import Call
from serein.kernel.errors import Reschedule
from serein.kernel.rates import take_slot
from serein.services.events.errors import DeliveryFailed
from serein.services.events.outbound import Incoming, Outgoing, send
from serein.services.events.store import resources
from serein.services.events.store.resources import CONNECTION, DESTINATION, Held

DEFAULT_RATE = 300
_RETRIABLE = frozenset({401, 407, 409, 429})
_TOKEN_SECONDS = 3600.0
_HEADERS = {
    "Content-Type": "application/json; charset=utf-8",
    "User-Agent": "Amazon/EventBridge/ApiDestinations",
    "Range": "bytes=0-1048575",
    "Accept-Encoding": "gzip,deflate",
}


async def call_api_destination(call: Call, arn: Arn, owed: dict[str, Any], text: str) -> Incoming:
    """Send an event, and return the answer. Raises DeliveryFailed, and Reschedule when the rate is used up."""
    name = arn.resource.split("/")[1]
    destination = await call.read(lambda tx: resources.find(tx, DESTINATION, arn.scope, name))
    if destination is None:
        raise DeliveryFailed("NO_RESOURCE", f"An api-destination '{name}' does not exist.", is_retriable=False)
    definition = destination.definition
    connection_name = definition["ConnectionArn"].split("/")[1]
    connection = await call.read(lambda tx: resources.find(tx, CONNECTION, arn.scope, connection_name))
    if connection is None or connection.definition["ConnectionState"] != "AUTHORIZED":
        raise DeliveryFailed("NO_PERMISSIONS", f"Connection {connection_name} is not authorized.", is_retriable=False)
    _take_slot(call, str(arn), definition.get("InvocationRateLimitPerSecond", DEFAULT_RATE), owed)
    secret = await secret_of(call, connection)
    request = Outgoing(definition["HttpMethod"], definition["InvocationEndpoint"], dict(_HEADERS), [], text.encode())
    _add_parameters(request, owed["Target"].get("HttpParameters") or {})
    await authorize(call, connection, secret, request)
    add_pairs(request, secret.get("invocation_http_parameters") or {})
    answer = await send(call.platform, request)
    if answer.status in (401, 407):
        call.platform.memory.pop(token_key(connection), None)
    return _require_success(answer)


async def call_api_gateway(call: Call, arn: Arn, owed: dict[str, Any], text: str) -> Incoming:
    """Send an event to a route of an API (`arn:…:execute-api:region:account:api/stage/METHOD/path`), and answer."""
    api, stage, method, path = (*arn.resource.split("/", 3), "", "", "")[:4]
    base = call.platform.limits.endpoint
    url = f"{base}/{path}" if stage == "$default" else f"{base}/{quote(stage)}/{path}"
    request = Outgoing("POST" if method == "*" else method, url, dict(_HEADERS), [], text.encode())
    request.headers["Host"] = f"{api}.execute-api.{arn.region}.amazonaws.com"
    _add_parameters(request, owed["Target"].get("HttpParameters") or {})
    return _require_success(await send(call.platform, request))


def _require_success(answer: Incoming) -> Incoming:
    """Raises DeliveryFailed."""
    if 200 <= answer.status < 300:
        return answer
    is_retriable = answer.status in _RETRIABLE or answer.status >= 500
    code = "THROTTLING" if answer.status == 429 else "ERROR_FROM_TARGET"
    text = answer.body[:500].decode("utf-8", "replace")
    raise DeliveryFailed(code, f"The target answered {answer.status}: {text}", is_retriable=is_retriable)


def _take_slot(call: Call, destination: str, rate: int, owed: dict[str, Any]) -> None:
    """Raises Reschedule when this second's invocations are used up; the later one is then taken."""
    if owed.get("HasSlot"):
        return
    wait = take_slot(call.platform.memory.setdefault("events slots", {}), destination, rate, call.now)
    if wait > 0:
        raise Reschedule(wait, {**owed, "HasSlot": True})


async def secret_of(call: Call, connection: Held) -> dict[str, Any]:
    """What a connection proves, as it is kept in Secrets Manager."""
    found = await call.to(
        "secretsmanager", "GetSecretValue", {"SecretId": connection.definition["SecretArn"]}, connection.scope
    )
    secret: dict[str, Any] = json.loads(found["SecretString"])
    return secret


async def authorize(call: Call, connection: Held, secret: dict[str, Any], request: Outgoing) -> None:
    """Add what proves who calls. Raises DeliveryFailed when no token is to be had."""
    kind = connection.definition["AuthorizationType"]
    if kind == "API_KEY":
        request.headers[secret["api_key_name"]] = secret["api_key_value"]
    elif kind == "BASIC":
        pair = f"{secret['username']}:{secret['password']}".encode()
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    else:
        request.headers["Authorization"] = await _bearer(call, connection, secret)


def token_key(connection: Held) -> str:
    """Where a connection's OAuth token is kept in memory."""
    return f"events token {connection.definition['ConnectionArn']} {connection.definition['LastModifiedTime']}"


async def _bearer(call: Call, connection: Held, secret: dict[str, Any]) -> str:
    """An OAuth token, kept until it expires. Raises DeliveryFailed."""
    key = token_key(connection)
    known = call.platform.memory.get(key)
    if known is not None and known[1] > call.now:
        return str(known[0])
    form = {"client_id": secret["client_id"], "client_secret": secret["client_secret"]}
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    request = Outgoing(secret["http_method"], secret["authorization_endpoint"], headers)
    parameters = secret.get("oauth_http_parameters") or {}
    add_pairs(request, {**parameters, "BodyParameters": []})
    form |= {each["Key"]: each["Value"] for each in parameters.get("BodyParameters", ())}
    form.setdefault("grant_type", "client_credentials")
    if request.method == "GET":
        request.query += list(form.items())
    else:
        request.body = urlencode(form).encode()
    answer = await send(call.platform, request)
    try:
        granted = msgspec.json.decode(answer.body) if answer.status < 300 else None
    except msgspec.DecodeError:
        granted = None
    if not isinstance(granted, dict) or "access_token" not in granted:
        raise DeliveryFailed(
            "NO_PERMISSIONS",
            f"The authorization endpoint answered {answer.status} without a token",
            is_retriable=answer.status >= 500,
        )
    token = f"{granted.get('token_type', 'Bearer')} {granted['access_token']}"
    call.platform.memory[key] = (token, call.now + float(granted.get("expires_in", _TOKEN_SECONDS)))
    return token


def _add_parameters(request: Outgoing, parameters: dict[str, Any]) -> None:
    """The parameters of the target: values for the asterisks of the path, headers, query."""
    for value in parameters.get("PathParameterValues", ()):
        request.url = request.url.replace("*", quote(value, safe=""), 1)
    request.headers |= parameters.get("HeaderParameters", {})
    request.query += list(parameters.get("QueryStringParameters", {}).items())


def add_pairs(request: Outgoing, parameters: dict[str, Any]) -> None:
    """The parameters of the connection, which win over others; those of the body go into a JSON object."""
    request.headers |= {each["Key"]: each["Value"] for each in parameters.get("HeaderParameters", ())}
    request.query += [(each["Key"], each["Value"]) for each in parameters.get("QueryStringParameters", ())]
    fields = {each["Key"]: each["Value"] for each in parameters.get("BodyParameters", ())}
    if not fields:
        return
    try:
        body = msgspec.json.decode(request.body)
    except msgspec.DecodeError:
        body = None
    if isinstance(body, dict):
        request.body = msgspec.json.encode(body | fields)
