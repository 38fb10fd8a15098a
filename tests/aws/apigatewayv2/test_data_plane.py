"""The data plane of HTTP APIs: requests through a real server to real functions."""

import http.server
import threading
from collections.abc import Callable, Iterator

import pytest

from http_api import ECHO, Api


def test_a_request_becomes_an_event_in_format_2(echo: Callable[..., Api]) -> None:
    api = echo("POST /orders/{id}")
    answer = api.send(
        "POST",
        "/orders/42?a=1&a=2&b=x%20y",
        b'{"n": 1}',
        {"Content-Type": "application/json", "Cookie": "k=1; l=2", "X-Custom": "yes", "User-Agent": "test/1"},
    )
    assert answer.status == 200
    assert answer.header("content-type") == "application/json"
    event = answer.json()
    assert event["version"] == "2.0"
    assert event["routeKey"] == "POST /orders/{id}"
    assert event["rawPath"] == "/orders/42"
    assert event["rawQueryString"] == "a=1&a=2&b=x%20y"
    assert event["queryStringParameters"] == {"a": "1,2", "b": "x y"}
    assert event["pathParameters"] == {"id": "42"}
    assert event["cookies"] == ["k=1", "l=2"]
    assert event["headers"]["x-custom"] == "yes"
    assert event["headers"]["x-forwarded-proto"] == "http"
    assert (event["body"], event["isBase64Encoded"]) == ('{"n": 1}', False)
    context = event["requestContext"]
    assert context["stage"] == "$default"
    assert context["apiId"] == context["domainPrefix"] == api.id
    assert context["http"] == {
        "method": "POST",
        "path": "/orders/42",
        "protocol": "HTTP/1.1",
        "sourceIp": "127.0.0.1",
        "userAgent": "test/1",
    }
    assert context["requestId"] == answer.header("apigw-requestid")


def test_a_request_becomes_an_event_in_format_1(echo: Callable[..., Api]) -> None:
    event = echo("ANY /{proxy+}", "1.0").send("GET", "/a/b?x=1&x=2", headers={"X-Custom": "yes"}).json()
    assert event["version"] == "1.0"
    assert (event["path"], event["resource"], event["httpMethod"]) == ("/a/b", "/{proxy+}", "GET")
    assert event["pathParameters"] == {"proxy": "a/b"}
    assert event["multiValueQueryStringParameters"] == {"x": ["1", "2"]}
    assert event["headers"]["x-custom"] == "yes"
    assert event["body"] is None


def test_an_api_that_does_not_exist_is_forbidden(api: Api) -> None:
    api.id = "nothing"
    for is_path_style in (True, False):
        answer = api.send("GET", "/", is_path_style=is_path_style)
        assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})


def test_an_api_without_its_own_endpoint_is_forbidden(echo: Callable[..., Api]) -> None:
    api = echo("GET /a")
    api.apis.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
    assert (api.send("GET", "/a").status, api.send("GET", "/a").json()) == (403, {"message": "Forbidden"})


def test_path_style_and_stages_lead_to_the_same_api(echo: Callable[..., Api]) -> None:
    api = echo("GET /a")
    api.apis.create_stage(ApiId=api.id, StageName="dev", AutoDeploy=True, StageVariables={"who": "me"})
    assert api.send("GET", "/$default/a", is_path_style=True).json()["rawPath"] == "/a"
    assert api.send("GET", "/a", is_path_style=True).json()["rawPath"] == "/a"
    for is_path_style in (True, False):
        event = api.send("GET", "/dev/a", is_path_style=is_path_style).json()
        assert event["rawPath"] == "/dev/a"
        assert event["requestContext"]["stage"] == "dev"
        assert event["stageVariables"] == {"who": "me"}


def test_what_no_route_matches_is_not_found(echo: Callable[..., Api]) -> None:
    answer = echo("GET /a").send("GET", "/b")
    assert (answer.status, answer.body) == (404, b'{"message":"Not Found"}')
    assert answer.header("apigw-requestid")


def test_the_functions_response_reaches_the_client(api: Api) -> None:
    code = (
        "def handler(event, context):\n"
        "    return {'statusCode': 418, 'headers': {'X-A': 'b'}, 'cookies': ['k=1', 'l=2'],\n"
        "            'body': 'AAE=', 'isBase64Encoded': True}\n"
    )
    api.route("$default", api.function(code))
    answer = api.send("GET", "/")
    assert (answer.status, answer.body, answer.header("x-a")) == (418, b"\x00\x01", "b")
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["k=1", "l=2"]


@pytest.mark.parametrize(
    "body",
    ["raise ValueError('no')", "return {'statusCode': 'many'}", "return {'statusCode': 200, 'body': {}}"],
)
def test_functions_that_fail_or_answer_nonsense_are_internal_server_errors(api: Api, body: str) -> None:
    api.route("$default", api.function(f"def handler(event, context):\n    {body}\n"))
    answer = api.send("GET", "/")
    assert (answer.status, answer.body) == (500, b'{"message":"Internal Server Error"}')


def test_a_missing_function_is_an_internal_server_error(api: Api) -> None:
    api.route("$default", "arn:aws:lambda:us-east-1:000000000000:function:nothing")
    assert api.send("GET", "/").status == 500


def test_an_integration_that_takes_too_long_is_unavailable(api: Api) -> None:
    slow = api.function(
        "import threading\ndef handler(event, context):\n    threading.Event().wait(1)\n    return 'late'\n", Timeout=10
    )
    api.route("GET /slow", slow, TimeoutInMillis=100)
    api.route("GET /patient", slow)
    assert api.send("GET", "/slow").body == b'{"message":"Service Unavailable"}'
    assert api.send("GET", "/patient").body == b"late"


def test_bodies_over_10_mb_are_refused(echo: Callable[..., Api]) -> None:
    answer = echo("POST /a").send("POST", "/a", b"x" * (10 * 1024 * 1024 + 1))
    assert (answer.status, answer.body) == (413, b'{"message":"Request Entity Too Large"}')


def test_cors_is_the_gateways_once_it_is_configured(api: Api) -> None:
    own = (
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'headers': {'access-control-allow-origin': 'mine'}}\n"
    )
    api.route("GET /a", api.function(own))
    assert api.send("GET", "/a").header("access-control-allow-origin") == "mine"
    api.apis.update_api(
        ApiId=api.id,
        CorsConfiguration={
            "AllowOrigins": ["https://a.example"],
            "AllowMethods": ["GET", "POST"],
            "AllowHeaders": ["Content-Type"],
            "ExposeHeaders": ["X-A"],
            "MaxAge": 300,
            "AllowCredentials": True,
        },
    )
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "GET"}
    preflight = api.send("OPTIONS", "/anything", headers=asked)
    assert (preflight.status, preflight.body) == (204, b"")
    assert preflight.header("access-control-allow-origin") == "https://a.example"
    assert preflight.header("access-control-allow-methods") == "GET,POST"
    assert preflight.header("access-control-allow-headers") == "content-type"
    assert preflight.header("access-control-max-age") == "300"
    assert preflight.header("access-control-allow-credentials") == "true"
    plain = api.send("GET", "/a", headers={"Origin": "https://a.example"})
    assert plain.header("access-control-allow-origin") == "https://a.example"
    assert plain.header("access-control-expose-headers") == "x-a"
    stranger = api.send("GET", "/a", headers={"Origin": "https://b.example"})
    assert stranger.header("access-control-allow-origin") is None
    api.apis.delete_cors_configuration(ApiId=api.id)
    assert api.send("GET", "/a").header("access-control-allow-origin") == "mine"


def test_changes_of_routes_take_effect_at_once(echo: Callable[..., Api]) -> None:
    api = echo("GET /a")
    assert api.send("GET", "/b").status == 404
    (route,) = api.apis.get_routes(ApiId=api.id)["Items"]
    api.apis.update_route(ApiId=api.id, RouteId=route["RouteId"], RouteKey="GET /b")
    assert api.send("GET", "/b").status == 200
    assert api.send("GET", "/a").status == 404


def test_stage_variables_name_functions(api: Api) -> None:
    arn = api.function(ECHO)
    api.route("GET /a", arn.rpartition(":")[0] + ":${stageVariables.function}")
    api.apis.update_stage(ApiId=api.id, StageName="$default", StageVariables={"function": arn.rpartition(":")[2]})
    assert api.send("GET", "/a").status == 200


@pytest.fixture
def origin() -> Iterator[int]:
    """An HTTP server that says what it was asked; its port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["content-length"]))
            self.send_response(201)
            self.send_header("x-seen", f"{self.path} {self.headers['x-custom']}")
            self.end_headers()
            self.wfile.write(content[::-1])

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_http_proxies_forward_requests_and_replies(api: Api, origin: int) -> None:
    integration = api.apis.create_integration(
        ApiId=api.id,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="ANY",
        IntegrationUri=f"http://127.0.0.1:{origin}/base/{{proxy}}",
        PayloadFormatVersion="1.0",
    )
    api.apis.create_route(
        ApiId=api.id, RouteKey="ANY /x/{proxy+}", Target=f"integrations/{integration['IntegrationId']}"
    )
    answer = api.send("POST", "/x/a/b?q=1", b"abc", {"X-Custom": "yes"})
    assert (answer.status, answer.body) == (201, b"cba")
    assert answer.header("x-seen") == "/base/a/b?q=1 yes"


def test_http_proxies_that_can_not_be_reached_are_unavailable(api: Api) -> None:
    integration = api.apis.create_integration(
        ApiId=api.id, IntegrationType="HTTP_PROXY", IntegrationMethod="GET", IntegrationUri="http://127.0.0.1:1/"
    )
    api.apis.create_route(ApiId=api.id, RouteKey="GET /x", Target=f"integrations/{integration['IntegrationId']}")
    assert api.send("GET", "/x").status == 503
