"""What is measured of APIs: proxies, mocks, cached replies, mapping templates, authorizers and many routes.

An API is addressed by its host name, as clients do; every server resolves that itself from the `Host` header.
"""

import asyncio
import base64
import functools
import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from bench import wrk
from bench.calls import SECONDS, Load, Result, make_table, rest
from bench.functions import PYTHON, create_function
from bench.http_client import Connection, latencies
from bench.peers import Running

_REGION = "us-east-1"
_ROLE = "arn:aws:iam::000000000000:role/bench"
_AUTHORIZER = """
def handler(event, context):
    statement = {'Action': 'execute-api:Invoke', 'Effect': 'Allow', 'Resource': '*'}
    return {'principalId': 'u', 'policyDocument': {'Version': '2012-10-17', 'Statement': [statement]}}
"""
_CONNECTIONS = 16
_CALLS = 400
_ROUTES = 290


def _invocation_uri(function: str) -> str:
    arn = f"arn:aws:lambda:{_REGION}:000000000000:function:{function}"
    return f"arn:aws:apigateway:{_REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"


class RestApi:
    """A REST API in the making, then deployed at the stage `s`."""

    def __init__(self, port: int, name: str) -> None:
        self._port = port
        self.id = self._call("POST", "", {"name": name})["id"]
        self._root = self._call("GET", f"/{self.id}/resources", None)
        self.host = f"{self.id}.execute-api.localhost:{port}"

    def _call(self, method: str, path: str, request: dict[str, Any] | None) -> Any:
        return rest(self._port, "apigateway", method, f"/restapis{path}", request)

    def add(self, path_part: str, method: str, integration: dict[str, Any], **settings: Any) -> None:
        """A resource below the root with one method; `settings` are those of PutMethod."""
        root = (self._root.get("item") or self._root["_embedded"]["item"])[0]["id"]
        resource = self._call("POST", f"/{self.id}/resources/{root}", {"pathPart": path_part})["id"]
        place = f"/{self.id}/resources/{resource}/methods/{method}"
        self._call("PUT", place, {"authorizationType": "NONE", **settings})
        self._call("PUT", f"{place}/integration", integration)
        if integration["type"] != "AWS_PROXY":
            self._call("PUT", f"{place}/responses/200", {})
            reply = {"application/json": '{"message":"hello"}'}
            self._call("PUT", f"{place}/integration/responses/200", {"responseTemplates": reply})

    def authorizer(self, function: str) -> str:
        request = {
            "name": "a",
            "type": "TOKEN",
            "authorizerUri": _invocation_uri(function),
            "identitySource": "method.request.header.Authorization",
            "authorizerResultTtlInSeconds": 3600,
        }
        found: str = self._call("POST", f"/{self.id}/authorizers", request)["id"]
        return found

    def deploy(self, **settings: Any) -> None:
        self._call("POST", f"/{self.id}/deployments", {"stageName": "s", **settings})

    def set_cached(self, path_part: str) -> None:
        operations = [
            {"op": "replace", "path": f"/~1{path_part}/GET/caching/enabled", "value": "true"},
            {"op": "replace", "path": f"/~1{path_part}/GET/caching/ttlInSeconds", "value": "3600"},
        ]
        self._call("PATCH", f"/{self.id}/stages/s", {"patchOperations": operations})


def _lambda(function: str) -> dict[str, Any]:
    return {"type": "AWS_PROXY", "httpMethod": "POST", "uri": _invocation_uri(function)}


def _mock() -> dict[str, Any]:
    return {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


def _put_item(table: str) -> dict[str, Any]:
    template = (
        "#set($in = $input.path('$'))\n"
        f'{{"TableName": "{table}", "Item": {{"pk": {{"S": "$context.requestId"}}, "name": {{"S": "$in.name"}}}}}}'
    )
    return {
        "type": "AWS",
        "httpMethod": "POST",
        "uri": f"arn:aws:apigateway:{_REGION}:dynamodb:action/PutItem",
        "credentials": _ROLE,
        "requestTemplates": {"application/json": template},
    }


async def _ask(head: bytes, body: bytes, connection: Connection, _number: int) -> int:
    status, reply = await connection.send(head, body)
    if status != 200:
        raise RuntimeError(f"an API answered {status} {reply[:300]!r}")
    return status


def _milliseconds(port: int, method: str, host: str, path: str, headers: dict[str, str], body: bytes = b"") -> float:
    """The median of one request at a time."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n{lines}".encode()
    ask = functools.partial(_ask, head, body)
    asyncio.run(latencies(50, port, ask))
    return statistics.median(asyncio.run(latencies(_CALLS, port, ask)))


def _many(running: Running, label: str, host: str, method: str, path: str, body: str = "nil") -> Result:
    headers = {"Host": host, "Content-Type": "application/json"}
    wrk.drive(running.port, method, path, headers, body, _CONNECTIONS, 1)
    measured = wrk.drive(running.port, method, path, headers, body, _CONNECTIONS, SECONDS)
    return Result(f"{label}, {_CONNECTIONS} connections", running.name, measured.per_second, "/s", measured.errors)


def rest_api(running: Running) -> list[Result]:
    """A REST API: Lambda proxy, mock, cached reply, and DynamoDB by a mapping template."""
    port = running.port
    create_function(port, "rest-api", "python3.11", "index.py", PYTHON)
    make_table(port, "bench-rest")
    api = RestApi(port, "bench-rest")
    api.add("hello", "GET", _lambda("rest-api"))
    api.add("cached", "GET", _lambda("rest-api"))
    api.add("mock", "GET", _mock())
    api.add("item", "POST", _put_item("bench-rest"))
    api.deploy(cacheClusterEnabled=True, cacheClusterSize="0.5")
    api.set_cached("cached")
    return [
        _many(running, "REST proxy to Python function", api.host, "GET", "/s/hello"),
        _many(running, "REST mock", api.host, "GET", "/s/mock"),
        _many(running, "REST cached reply", api.host, "GET", "/s/cached"),
        _many(running, "REST template to DynamoDB PutItem", api.host, "POST", "/s/item", "'{\"name\":\"n'..n..'\"}'"),
        Result(
            "REST proxy, one at a time, median",
            running.name,
            _milliseconds(port, "GET", api.host, "/s/hello", {}),
            "ms",
        ),
    ]


def authorizers(running: Running) -> list[Result]:
    """What a warm authorizer adds to a request: JSON Web Tokens, and a Lambda function whose answer is cached."""
    port = running.port
    create_function(port, "guarded", "python3.11", "index.py", PYTHON)
    create_function(port, "authorizer", "python3.11", "index.py", _AUTHORIZER)
    api = RestApi(port, "bench-authorizers")
    api.add("open", "GET", _mock())
    api.add("guarded", "GET", _mock(), authorizationType="CUSTOM", authorizerId=api.authorizer("authorizer"))
    api.deploy()
    headers = {"Authorization": "token"}
    plain = _milliseconds(port, "GET", api.host, "/s/open", headers)
    guarded = _milliseconds(port, "GET", api.host, "/s/guarded", headers)
    results = [Result("cached Lambda authorizer adds, median", running.name, guarded - plain, "ms")]
    with _issuer() as (issuer, token):
        host = _http_api_with_tokens(port, issuer)
        headers = {"Authorization": f"Bearer {token}"}
        plain = _milliseconds(port, "GET", host, "/open", headers)
        guarded = _milliseconds(port, "GET", host, "/guarded", headers)
    return [*results, Result("JSON Web Token adds, median", running.name, guarded - plain, "ms")]


def _http_api_with_tokens(port: int, issuer: str) -> str:
    def call(path: str, request: dict[str, Any]) -> Any:
        return rest(port, "apigateway", "POST", f"/v2/apis{path}", request)

    api = call("", {"name": "bench-tokens", "protocolType": "HTTP"})["apiId"]
    arn = f"arn:aws:lambda:{_REGION}:000000000000:function:guarded"
    request = {"integrationType": "AWS_PROXY", "integrationUri": arn, "payloadFormatVersion": "2.0"}
    target = "integrations/" + call(f"/{api}/integrations", request)["integrationId"]
    authorizer = {
        "name": "jwt",
        "authorizerType": "JWT",
        "identitySource": ["$request.header.Authorization"],
        "jwtConfiguration": {"issuer": issuer, "audience": ["bench"]},
    }
    authorizer_id = call(f"/{api}/authorizers", authorizer)["authorizerId"]
    call(f"/{api}/routes", {"routeKey": "GET /open", "target": target})
    guarded = {"routeKey": "GET /guarded", "target": target, "authorizationType": "JWT", "authorizerId": authorizer_id}
    call(f"/{api}/routes", guarded)
    call(f"/{api}/stages", {"stageName": "$default", "autoDeploy": True})
    return f"{api}.execute-api.localhost:{port}"


@contextmanager
def _issuer() -> Iterator[tuple[str, str]]:
    """An OpenID issuer of this process: its URL, and a token that it has signed."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    key = rsa.generate_private_key(65537, 2048)
    numbers = key.public_key().public_numbers()
    public = {"kty": "RSA", "kid": "k", "use": "sig", "alg": "RS256", "n": _text(numbers.n), "e": _text(numbers.e)}

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_keys = self.path.endswith("/keys")
            body = json.dumps({"keys": [public]} if is_keys else {"issuer": url, "jwks_uri": f"{url}/keys"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    now = int(time.time())
    claims = {"iss": url, "aud": "bench", "sub": "u", "iat": now, "exp": now + 3600}
    signed = f"{_encoded({'alg': 'RS256', 'kid': 'k'})}.{_encoded(claims)}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    try:
        yield url, f"{signed}.{_base64(signature)}"
    finally:
        server.shutdown()
        server.server_close()


def _text(number: int) -> str:
    return _base64(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _encoded(document: dict[str, Any]) -> str:
    return _base64(json.dumps(document).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def routes(running: Running) -> list[Result]:
    """The same mock in an API of one resource and in one of many."""
    taken = []
    for count in (1, _ROUTES):
        api = RestApi(running.port, f"bench-{count}-routes")
        for number in range(count):
            api.add(f"r{number}", "GET", _mock())
        api.deploy()
        taken.append(_milliseconds(running.port, "GET", api.host, f"/s/r{count - 1}", {}))
    return [
        Result("REST mock among 1 resource, median", running.name, taken[0], "ms"),
        Result(f"REST mock among {_ROUTES} resources, median", running.name, taken[1], "ms"),
    ]


LOADS: dict[str, tuple[str, Load]] = {
    "rest-api": ("restapi", rest_api),
    "authorizers": ("authorizers", authorizers),
    "routes": ("restapi", routes),
}
