"""Requests to any HTTP endpoint with what a connection proves: Step Functions' HTTP tasks.

AWS: https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html (what the connection has wins over what
the request has)
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from serein.kernel.arn import find_arn
from serein.kernel.call import Call
from serein.services.events.destinations import add_pairs, authorize, secret_of, token_key
from serein.services.events.errors import ConnectionNotAuthorized, ConnectionNotFound
from serein.services.events.outbound import Incoming, Outgoing, send
from serein.services.events.store import resources
from serein.services.events.store.resources import CONNECTION, Held

_LARGEST_RANGE = "bytes=0-262144"


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request as it was sent, the same without what the connection added, and its answer."""

    sent: Outgoing
    shown: Outgoing
    answer: Incoming


async def call_endpoint(call: Call, asked: dict[str, Any]) -> Exchange:
    """Send a request. Raises DeliveryFailed, and the errors of connections."""
    shown = Outgoing(asked["Method"], asked["Url"], {}, list(asked["Query"]), asked["Body"])
    shown.repeated = _with_defaults(list(asked["Headers"]), call.scope.region)
    connection = await _require_connection(call, asked["ConnectionArn"])
    secret = await secret_of(call, connection)
    parameters = dict(secret.get("invocation_http_parameters") or {})
    body: bytes = asked["Body"]
    if asked["IsForm"]:
        body = _with_fields(body, parameters.pop("BodyParameters", ()))
    own = Outgoing(asked["Method"], asked["Url"], {}, [], body)
    await authorize(call, connection, secret, own)
    add_pairs(own, parameters)
    own.query = _laid_over(asked["Query"], own.query)
    own.repeated = _with_defaults(_laid_over(asked["Headers"], list(own.headers.items())), call.scope.region)
    own.headers = {}
    own.patience_seconds = asked["TimeoutSeconds"]
    answer = await send(call.platform, own)
    if answer.status in (401, 407):
        call.platform.memory.pop(token_key(connection), None)
    return Exchange(own, shown, answer)


async def _require_connection(call: Call, text: str) -> Held:
    """A connection of the caller's own account and region."""
    arn = find_arn(text)
    name = arn.resource.split("/")[1] if arn is not None and arn.resource.startswith("connection/") else ""
    connection = await call.read(lambda tx: resources.find(tx, CONNECTION, call.scope, name))
    if connection is None or connection.definition["ConnectionArn"] != text:
        raise ConnectionNotFound(f"Connection with ARN {text} does not exist.")
    if connection.definition["ConnectionState"] != "AUTHORIZED":
        raise ConnectionNotAuthorized(f"Connection with ARN {text} is {connection.definition['ConnectionState']}.")
    return connection


def _laid_over(given: list[tuple[str, str]], winning: list[tuple[str, str]]) -> list[tuple[str, str]]:
    names = {name.lower() for name, _ in winning}
    return [(name, value) for name, value in given if name.lower() not in names] + winning


def _with_defaults(headers: list[tuple[str, str]], region: str) -> list[tuple[str, str]]:
    given = {name.lower() for name, _ in headers}
    defaults = (("User-Agent", f"Amazon|StepFunctions|HttpInvoke|{region}"), ("Range", _LARGEST_RANGE))
    return headers + [(name, value) for name, value in defaults if name.lower() not in given]


def _with_fields(form: bytes, fields: Any) -> bytes:
    pairs = [f"{quote_plus(each['Key'])}={quote_plus(each['Value'])}".encode() for each in fields]
    return b"&".join([form, *pairs] if form else pairs)
