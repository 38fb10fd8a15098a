"""REST APIs in front of functions: proxy events, and what functions may answer."""

import base64
import io
import json
import urllib.request
import zipfile
from typing import Any

import pytest

from rest_api import EVENT, RestApi
from serein.testing import Serein

PUPPET = """
import json

def handler(event, context):
    command = json.loads(event["body"])
    if command == "raise":
        raise ValueError("no")
    return command
"""


@pytest.fixture(scope="module")
def api(serein_module: Serein) -> RestApi:
    """Functions behind `/event/…` (gives the event back) and `/puppet` (answers what it is sent)."""
    api = RestApi(serein_module)
    event, puppet = api.function(EVENT), api.function(PUPPET)
    api.proxy("/event", "ANY", event)
    api.proxy("/event/{id}", "GET", event, operationName="FindEvent")
    api.proxy("/event/{id}/{rest+}", "ANY", event)
    api.proxy("/puppet", "POST", puppet)
    api.deploy(variables={"colour": "blue"})
    return api


def test_headers_keep_the_names_that_the_client_wrote(api: RestApi) -> None:
    event = api.request("GET", "/event", headers={"authorizationToken": "t", "x-lower": "l", "X-UPPER": "u"}).json()
    given = {name: event["headers"].get(name) for name in ("authorizationToken", "x-lower", "X-UPPER")}
    assert given == {"authorizationToken": "t", "x-lower": "l", "X-UPPER": "u"}


def command(api: RestApi, returned: Any) -> Any:
    return api.post("/puppet", returned)


def test_an_event_has_the_request_in_format_1_0(api: RestApi) -> None:
    event = api.request("POST", "/event?a=1&b=x%20y", b'{"n":1}', {"Content-Type": "application/json"}).json()
    assert event["resource"] == "/event"
    assert event["path"] == "/event"
    assert event["httpMethod"] == "POST"
    assert event["queryStringParameters"] == {"a": "1", "b": "x y"}
    assert event["multiValueQueryStringParameters"] == {"a": ["1"], "b": ["x y"]}
    assert event["headers"]["Content-Type"] == "application/json"
    assert event["multiValueHeaders"]["Content-Type"] == ["application/json"]
    assert event["pathParameters"] is None
    assert event["stageVariables"] == {"colour": "blue"}
    assert (event["body"], event["isBase64Encoded"]) == ('{"n":1}', False)


def test_what_a_request_lacks_is_null(api: RestApi) -> None:
    event = api.get("/event").json()
    for name in ("queryStringParameters", "multiValueQueryStringParameters", "pathParameters", "body"):
        assert event[name] is None


def test_the_request_context_says_where_the_request_came_in(api: RestApi) -> None:
    answer = api.get("/event/7", {"User-Agent": "me"})
    context = answer.json()["requestContext"]
    assert context["apiId"] == api.id
    assert context["accountId"] == api.aws.account
    assert context["stage"] == "prod"
    assert context["resourcePath"] == "/event/{id}"
    assert context["resourceId"] == api.resource("/event/{id}")
    assert context["operationName"] == "FindEvent"
    assert context["path"] == "/prod/event/7"
    assert context["httpMethod"] == "GET"
    assert context["protocol"] == "HTTP/1.1"
    assert context["domainName"] == f"{api.id}.execute-api.localhost"
    assert context["domainPrefix"] == api.id
    assert context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["identity"]["userAgent"] == "me"
    assert context["identity"]["accountId"] is None
    assert context["requestTimeEpoch"] // 1000 == int(api.aws.clock.now())
    assert context["requestTime"].endswith(" +0000")
    assert context["deploymentId"]
    assert answer.header("x-amzn-requestid") == context["requestId"]
    assert answer.header("x-amz-apigw-id") == context["extendedRequestId"]


def test_path_parameters_are_decoded_and_the_path_is_not(api: RestApi) -> None:
    event = api.get("/event/a%20b/c%2Fd/e").json()
    assert event["pathParameters"] == {"id": "a b", "rest": "c/d/e"}
    assert event["path"] == "/event/a%20b/c%2Fd/e"


def test_repeated_parameters_and_headers_are_all_there(api: RestApi) -> None:
    event = api.get("/event?a=1&a=2&empty=").json()
    assert event["queryStringParameters"] == {"a": "2", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "2"], "empty": [""]}


def test_headers_of_the_connection_are_not_shown_and_forwarding_is(api: RestApi) -> None:
    headers = api.get("/event", {"Connection": "keep-alive", "X-Forwarded-For": "1.2.3.4"}).json()["headers"]
    assert "Connection" not in headers
    assert headers["X-Forwarded-For"] == "1.2.3.4, 127.0.0.1"
    assert headers["X-Forwarded-Proto"] == "http"
    assert headers["X-Amzn-Trace-Id"].startswith("Root=1-")


def test_a_body_that_is_not_text_loses_its_bytes_without_binary_types(api: RestApi) -> None:
    event = api.request("POST", "/event", b"\xff\xfe", {"Content-Type": "image/png"}).json()
    assert event["body"] == "��"
    assert event["isBase64Encoded"] is False


def test_an_api_is_found_by_path_where_host_names_do_not_resolve(api: RestApi, serein_module: Serein) -> None:
    with urllib.request.urlopen(f"{serein_module.endpoint}/_serein/api/{api.id}/prod/event") as answer:
        assert json.load(answer)["path"] == "/event"


def test_a_whole_reply_is_passed_on(api: RestApi) -> None:
    answer = command(
        api,
        {
            "statusCode": 201,
            "headers": {"X-One": "1", "x-number": 5, "x-yes": True},
            "multiValueHeaders": {"X-Two": ["a", "b"], "x-one": ["1", "2"]},
            "body": "made",
        },
    )
    assert (answer.status, answer.body) == (201, b"made")
    values = [(name.lower(), value) for name, value in answer.headers]
    assert ("x-number", "5") in values
    assert ("x-yes", "true") in values
    assert [value for name, value in values if name == "x-two"] == ["a", "b"]
    assert [value for name, value in values if name == "x-one"] == ["1", "2"]
    assert answer.header("content-type") == "application/json"


@pytest.mark.parametrize(
    ("returned", "status"),
    [({}, 200), ({"statusCode": "202"}, 202), ({"statusCode": 200, "body": None}, 200), ({"body": ""}, 200)],
)
def test_no_member_of_a_reply_is_required(api: RestApi, returned: Any, status: int) -> None:
    answer = command(api, returned)
    assert (answer.status, answer.body) == (status, b"")


@pytest.mark.parametrize(
    "returned",
    [
        "raise",
        None,
        "text",
        [],
        5,
        {"statusCode": 200, "other": 1},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": 5},
        {"statusCode": "two hundred"},
        {"statusCode": 99},
        {"statusCode": True},
        {"statusCode": 200, "headers": []},
        {"statusCode": 200, "headers": {"a": {}}},
        {"statusCode": 200, "multiValueHeaders": {"a": "b"}},
    ],
    ids=str,
)
def test_a_malformed_reply_is_a_bad_gateway(api: RestApi, returned: Any) -> None:
    answer = command(api, returned)
    assert answer.status == 502
    assert answer.json() == {"message": "Internal server error"}
    assert answer.header("x-amzn-errortype") == "InternalServerErrorException"


def test_headers_that_the_gateway_sends_itself_are_remapped(api: RestApi) -> None:
    answer = command(api, {"headers": {"Date": "now", "WWW-Authenticate": "Basic", "Transfer-Encoding": "chunked"}})
    assert answer.header("x-amzn-remapped-date") == "now"
    assert answer.header("x-amzn-remapped-www-authenticate") == "Basic"
    assert answer.header("www-authenticate") is None
    assert answer.header("transfer-encoding") is None


def test_a_header_can_not_bring_another_one_along(api: RestApi) -> None:
    answer = command(api, {"headers": {"x-a": "1\r\nset-cookie: evil=1", "x b": "1", "x\r\nc": "2"}, "body": "ok"})
    assert answer.body == b"ok"
    assert answer.header("set-cookie") is None
    assert answer.header("x-a") == "1  set-cookie: evil=1"
    assert answer.header("x b") is None


def test_base64_is_passed_on_as_it_is_without_binary_types(api: RestApi) -> None:
    answer = command(api, {"body": "aGk=", "isBase64Encoded": True})
    assert answer.body == b"aGk="


def test_a_method_that_is_not_there_asks_for_a_token(api: RestApi) -> None:
    for verb, path in (("GET", "/nothing"), ("DELETE", "/puppet"), ("GET", "/"), ("GET", "/event//x")):
        answer = api.request(verb, path)
        assert (answer.status, answer.json()) == (403, {"message": "Missing Authentication Token"}), path
        assert answer.header("x-amzn-errortype") == "MissingAuthenticationTokenException"


def test_a_stage_that_is_not_there_is_forbidden(api: RestApi) -> None:
    answer = api.get("/event", stage="dev")
    assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})


def test_a_slash_at_the_end_makes_no_difference(api: RestApi) -> None:
    assert api.get("/event/").json()["resource"] == "/event"
    assert api.get("/event/1/a/b/").json()["pathParameters"]["rest"] == "a/b"


def test_a_function_that_is_gone_is_an_internal_error(api: RestApi) -> None:
    api.proxy("/gone", "GET", f"arn:aws:lambda:us-east-1:{api.aws.account}:function:none")
    api.deploy("other")
    answer = api.get("/gone", stage="other")
    assert (answer.status, answer.json()) == (500, {"message": "Internal server error"})


def test_a_function_is_named_by_a_stage_variable(api: RestApi) -> None:
    arn = f"arn:aws:lambda:us-east-1:{api.aws.account}:function:${{stageVariables.fn}}"
    api.proxy("/named", "GET", arn)
    api.deploy("variable", variables={"fn": f"{api.id}-1"})
    assert api.get("/named", stage="variable").json()["resource"] == "/named"


def test_a_function_that_takes_too_long_is_given_up(api: RestApi) -> None:
    slow = api.function("import time\ndef handler(event, context):\n    time.sleep(2)\n", Timeout=10)
    api.method("/slow", "GET", {"type": "AWS_PROXY", "uri": api.invocation(slow), "timeoutInMillis": 60})
    api.deploy("slow")
    answer = api.get("/slow", stage="slow")
    assert (answer.status, answer.json()) == (504, {"message": "Endpoint request timed out"})


STREAM = """
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
  if (event.queryStringParameters) {
    stream.write("no head");
    stream.end();
    return;
  }
  const head = { statusCode: 201, headers: { "X-One": event.resource, "Content-Type": "text/plain" } };
  const body = awslambda.HttpResponseStream.from(stream, head);
  body.write("hello ");
  body.write("world");
  body.end();
});
"""


def test_a_function_may_stream_its_reply(api: RestApi) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("index.js", STREAM)
    arn = api.aws.client("lambda").create_function(
        FunctionName=f"{api.id}-stream",
        Runtime="nodejs20.x",
        Handler="index.handler",
        Role=f"arn:aws:iam::{api.aws.account}:role/r",
        Code={"ZipFile": content.getvalue()},
    )["FunctionArn"]
    region = api.aws.region
    uri = f"arn:aws:apigateway:{region}:lambda:path/2021-11-15/functions/{arn}/response-streaming-invocations"
    api.method("/stream", "GET", {"type": "AWS_PROXY", "uri": uri, "responseTransferMode": "STREAM"})
    api.deploy("stream")
    answer = api.get("/stream", stage="stream")
    assert (answer.status, answer.body) == (201, b"hello world")
    assert answer.header("x-one") == "/stream"
    assert answer.header("content-type") == "text/plain"
    assert api.get("/stream?broken=1", stage="stream").status == 502


@pytest.fixture(scope="module")
def binary(serein_module: Serein) -> RestApi:
    api = RestApi(serein_module, binaryMediaTypes=["image/png", "application/*"])
    api.proxy("/event", "POST", api.function("def handler(e, c):\n    return {'body': e['body']}\n"))
    returns = "def handler(e, c):\n    return {'body': 'aGk=', 'isBase64Encoded': True}\n"
    api.proxy("/bytes", "GET", api.function(returns, Description="bytes"))
    api.deploy()
    return api


@pytest.mark.parametrize(
    ("kind", "is_encoded"), [("image/png", True), ("application/zip", True), ("text/plain", False)]
)
def test_bodies_of_binary_types_arrive_as_base64(binary: RestApi, kind: str, is_encoded: bool) -> None:
    body = binary.request("POST", "/event", b"\x89PNG" if is_encoded else b"text", {"Content-Type": kind}).body
    assert body == (base64.b64encode(b"\x89PNG") if is_encoded else b"text")


@pytest.mark.parametrize(
    ("accept", "body"), [("image/png, text/html", b"hi"), ("text/html, image/png", b"aGk="), ("*/*", b"aGk=")]
)
def test_the_first_type_that_a_client_accepts_decides_on_bytes(binary: RestApi, accept: str, body: bytes) -> None:
    assert binary.get("/bytes", {"Accept": accept}).body == body
