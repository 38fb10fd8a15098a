"""REST APIs with mapped integrations: MOCK, functions without proxy, AWS's services, and servers elsewhere."""

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from rest_api import MOCK, RestApi
from serein.testing import Serein

ROLE = "arn:aws:iam::123456789012:role/gateway"
ECHO = "def handler(event, context):\n    return event\n"
FAIL = "def handler(event, context):\n    raise Exception(event['message'])\n"
JSON = "application/json"


class _Backend(http.server.BaseHTTPRequestHandler):
    """Answers with what it was asked; `/status/418/…` with that status."""

    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        parts = self.path.split("/")
        status = int(parts[2]) if parts[1] == "status" else 200
        document = {
            "method": self.command,
            "path": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "body": body.decode("latin-1"),
        }
        content = b"\xff\xfe" if parts[1] == "bytes" else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "image/png" if parts[1] == "bytes" else JSON)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Backend", "yes")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


for verb in ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
    setattr(_Backend, f"do_{verb}", _Backend.answer)


@pytest.fixture(scope="module")
def backend() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Backend)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def mapped(kind: str, uri: str, template: str | None = None, **settings: Any) -> dict[str, Any]:
    """An integration of a kind with a template for JSON."""
    templates = {} if template is None else {"requestTemplates": {JSON: template}}
    return {"type": kind, "uri": uri, "credentials": ROLE, **templates, **settings}


def service(aws: Serein, name: str) -> str:
    return f"arn:aws:apigateway:{aws.region}:{name}"


@pytest.fixture(scope="module")
def api(serein_module: Serein, backend: str) -> RestApi:
    """One API with a method for each kind of mapping."""
    api = RestApi(serein_module)
    _add_mocks(api)
    _add_functions(api)
    _add_servers(api, backend)
    _add_services(api)
    api.deploy(variables={"colour": "blue", "host": backend.removeprefix("http://")})
    return api


def _add_mocks(api: RestApi) -> None:
    overrides = (
        "#set($context.responseOverride.status = 418)#set($context.responseOverride.header.x-made = 'yes')"
        "$input.params('a') $stageVariables.colour $context.stage"
    )
    api.mock("/override", "GET", overrides)
    api.mock("/params/{id}", "GET", "$input.params('id')|$input.params('q')|$input.params('X-One')|$input.params('no')")
    by_status = {
        "200": {"responseTemplates": {JSON: "fine"}},
        "404": {"selectionPattern": "404", "responseTemplates": {JSON: "none"}},
        "500": {"selectionPattern": "5\\d\\d", "responseTemplates": {JSON: "bad"}},
    }
    request = {JSON: '{statusCode: $input.params("status")}'}
    api.method("/status", "GET", {"type": "MOCK", "requestTemplates": request}, by_status)
    echo = {JSON: '#set($context.requestOverride.path.body = $input.body){"statusCode": 200}'}
    kept = {"200": {"responseTemplates": {JSON: "$context.requestOverride.path.body"}}}
    api.method("/echo", "POST", {"type": "MOCK", "requestTemplates": echo}, kept)
    headers = {
        "method.response.header.X-Static": "'its'",
        "method.response.header.X-Context": "context.resourcePath",
        "method.response.header.X-Variable": "stageVariables.colour",
        "method.response.header.Content-Type": "'text/html'",
    }
    html = {"200": {"responseParameters": headers, "responseTemplates": {JSON: "<p>"}}}
    api.method("/headers", "GET", MOCK, html)
    types = {"200": {"responseTemplates": {"text/xml": "<a/>", JSON: "{}"}}}
    api.method("/types", "GET", MOCK, types)
    api.method("/broken", "GET", MOCK, {"200": {"responseTemplates": {JSON: "#if("}}})
    api.method("/no-status", "GET", {"type": "MOCK", "requestTemplates": {JSON: "{}"}}, {"200": {}})
    api.method("/no-response", "GET", MOCK, {"400": {"selectionPattern": "4.."}})
    never = {"passthroughBehavior": "NEVER"}
    api.method("/never", "POST", {**MOCK, **never}, {"200": {}})
    api.method("/no-templates", "POST", {**MOCK, "passthroughBehavior": "WHEN_NO_TEMPLATES"}, {"200": {}})


def _add_functions(api: RestApi) -> None:
    echo, fail = api.invocation(api.function(ECHO)), api.invocation(api.function(FAIL))
    template = '{"name": $input.json("$.user.name"), "path": "$context.resourcePath", "q": "$input.params(\'q\')"}'
    responses = {"200": {"responseTemplates": {JSON: '{"got": $input.json("$"), "name": "$input.path(\'$.name\')"}'}}}
    api.method("/function", "POST", mapped("AWS", echo, template), responses)
    api.method("/plain", "POST", mapped("AWS", echo), {"200": {}})
    failed = {
        "200": {},
        "400": {
            "selectionPattern": "\\[bad\\].*",
            "responseTemplates": {JSON: '{"why": "$input.path(\'$.errorMessage\')"}'},
            "responseParameters": {"method.response.header.X-Error": "integration.response.body.errorType"},
        },
    }
    api.method("/fail", "POST", mapped("AWS", fail), failed)
    event = {"requestParameters": {"integration.request.header.X-Amz-Invocation-Type": "'Event'"}}
    api.method("/later", "POST", mapped("AWS", fail, **event), {"200": {}})


def _add_servers(api: RestApi, backend: str) -> None:
    parameters = {
        "integration.request.path.id": "method.request.path.id",
        "integration.request.querystring.from": "method.request.querystring.q",
        "integration.request.header.X-Body": "method.request.body.a.b",
        "integration.request.header.X-Fixed": "'fixed'",
        "integration.request.header.X-Stage": "context.stage",
    }
    proxy = {"requestParameters": {"integration.request.path.proxy": "method.request.path.proxy"}}
    verb = {"integrationHttpMethod": "ANY"}
    api.method("/proxied/{proxy+}", "ANY", mapped("HTTP_PROXY", f"{backend}/under/{{proxy}}", **proxy, **verb))
    api.method("/bare", "ANY", mapped("HTTP_PROXY", f"{backend}/status/404/x?own=1", **verb))
    api.method("/variable", "ANY", mapped("HTTP_PROXY", "http://${stageVariables.host}/v", **verb))
    balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/x/1"
    link = api.client.create_vpc_link(name="l", targetArns=[balancer], tags={"serein:address": backend})["id"]
    private = {"connectionType": "VPC_LINK", "connectionId": link, **verb}
    api.method("/private", "GET", mapped("HTTP_PROXY", "http://lb.elb.amazonaws.com/inside", **private))
    api.method("/bytes", "GET", mapped("HTTP_PROXY", f"{backend}/bytes", **verb))
    api.method("/unreachable", "GET", mapped("HTTP_PROXY", "http://127.0.0.1:1/", **verb))
    api.method("/nowhere", "GET", mapped("HTTP_PROXY", "http://${stageVariables.nothing}/", **verb))
    responses = {
        "200": {
            "responseParameters": {
                "method.response.header.X-From": "integration.response.header.X-Backend",
                "method.response.header.X-Path": "integration.response.body.path",
                "method.response.header.Set-Cookie": "integration.response.multivalueheader.Set-Cookie",
            }
        },
        "400": {"selectionPattern": "4\\d{2}", "responseTemplates": {JSON: '{"error": true}'}},
    }
    http_integration = mapped(
        "HTTP", f"{backend}/things/{{id}}", '{"sent": $input.json("$.a")}', requestParameters=parameters
    )
    api.method("/http/{id}", "POST", http_integration, responses)
    api.method("/teapot", "GET", mapped("HTTP", f"{backend}/status/418/", integrationHttpMethod="GET"), responses)


def _add_services(api: RestApi) -> None:
    aws = api.aws
    aws.client("dynamodb").create_table(
        TableName="things",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = '{"TableName": "things", "Item": {"id": {"S": $input.json("$.id")}, "n": {"N": "$input.path(\'$.n\')"}}}'
    get = '{"TableName": "things", "Key": {"id": {"S": "$input.params(\'id\')"}}}'
    found = "#set($item = $input.path('$').Item){\"n\": $item.n.N}"
    refused = {
        "200": {"responseTemplates": {JSON: '{"ok": true}'}},
        "400": {"selectionPattern": "400", "responseTemplates": {JSON: "$input.path('$.__type')"}},
    }
    dynamodb = service(aws, "dynamodb:action/")
    api.method("/things", "POST", mapped("AWS", f"{dynamodb}PutItem", put), refused)
    api.method(
        "/things/{id}", "GET", mapped("AWS", f"{dynamodb}GetItem", get), {"200": {"responseTemplates": {JSON: found}}}
    )
    aws.client("sqs").create_queue(QueueName="jobs")
    form = {"requestParameters": {"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"}}
    send = "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"
    sent = "$input.path('$.SendMessageResponse.SendMessageResult.MessageId')"
    queue = service(aws, f"sqs:path/{aws.account}/jobs")
    api.method(
        "/jobs",
        "POST",
        mapped("AWS", queue, send, **form),
        {"200": {"responseTemplates": {JSON: f'{{"id": "{sent}"}}'}}},
    )
    topic = aws.client("sns").create_topic(Name="news")["TopicArn"]
    publish = {
        "requestParameters": {
            "integration.request.querystring.TopicArn": f"'{topic}'",
            "integration.request.querystring.Message": "method.request.body.text",
        }
    }
    api.method("/news", "POST", mapped("AWS", service(aws, "sns:action/Publish"), **publish), {"200": {}})
    entries = '{"Entries": [{"Source": "me", "DetailType": "t", "Detail": "{}"}]}'
    api.method("/events", "POST", mapped("AWS", service(aws, "events:action/PutEvents"), entries), {"200": {}})
    bucket = aws.unique("bucket")
    aws.client("s3").create_bucket(Bucket=bucket)
    key = {"requestParameters": {"integration.request.path.key": "method.request.path.key"}}
    path = service(aws, f"s3:path/{bucket}/{{key}}")
    missing = {"200": {}, "404": {"selectionPattern": "404"}}
    api.method("/files/{key}", "PUT", mapped("AWS", path, integrationHttpMethod="PUT", **key), missing)
    api.method("/files/{key}", "GET", mapped("AWS", path, integrationHttpMethod="GET", **key), missing)


def test_a_template_overrides_status_and_headers_of_a_reply(api: RestApi) -> None:
    answer = api.get("/override?a=x")
    assert (answer.status, answer.body) == (418, b"x blue prod")
    assert answer.header("x-made") == "yes"


def test_parameters_are_looked_for_in_path_query_and_headers(api: RestApi) -> None:
    assert api.get("/params/a%2Fb?q=1%202", {"X-One": "h"}).body == b"a/b|1 2|h|"


@pytest.mark.parametrize(("status", "body"), [(200, b"fine"), (404, b"none"), (503, b"bad"), (302, b"fine")])
def test_a_mock_selects_its_response_by_the_status_that_the_template_makes(
    api: RestApi, status: int, body: bytes
) -> None:
    assert api.get(f"/status?status={status}").body == body


def test_what_a_request_template_overrides_is_there_for_the_response(api: RestApi) -> None:
    assert api.post("/echo", {"a": 1}).body == b'{"a": 1}'


def test_headers_are_mapped_from_texts_context_and_variables(api: RestApi) -> None:
    answer = api.get("/headers")
    assert answer.header("x-static") == "its"
    assert answer.header("x-context") == "/headers"
    assert answer.header("x-variable") == "blue"
    assert answer.header("content-type") == "text/html"
    assert answer.body == b"<p>"


@pytest.mark.parametrize(
    ("accept", "kind"), [("text/xml", "text/xml"), ("text/html", JSON), ("*/*, text/xml", "text/xml")]
)
def test_a_response_template_is_chosen_by_what_the_client_accepts(api: RestApi, accept: str, kind: str) -> None:
    assert api.get("/types", {"Accept": accept}).header("content-type") == kind


@pytest.mark.parametrize("path", ["/broken", "/no-status", "/no-response", "/nowhere"])
def test_a_mapping_that_is_wrong_is_an_internal_error(api: RestApi, path: str) -> None:
    answer = api.get(path)
    assert (answer.status, answer.json()) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize(
    ("path", "kind", "status"),
    [
        ("/never", "text/plain", 415),
        ("/never", JSON, 200),
        ("/no-templates", "text/plain", 415),
        ("/no-templates", f"{JSON}; charset=utf-8", 200),
    ],
)
def test_a_body_without_a_template_passes_as_the_integration_says(
    api: RestApi, path: str, kind: str, status: int
) -> None:
    answer = api.request("POST", path, b"{}", {"Content-Type": kind})
    assert answer.status == status
    if status == 415:
        assert answer.json() == {"message": "Unsupported Media Type"}


def test_a_function_gets_and_gives_what_templates_make(api: RestApi) -> None:
    answer = api.post("/function?q=1", {"user": {"name": "Ann"}})
    assert answer.json() == {"got": {"name": "Ann", "path": "/function", "q": "1"}, "name": "Ann"}


def test_a_function_without_templates_gets_the_body(api: RestApi) -> None:
    answer = api.post("/plain", {"a": [1]})
    assert (answer.json(), answer.header("content-type")) == ({"a": [1]}, JSON)


def test_a_functions_error_selects_a_response_by_its_message(api: RestApi) -> None:
    answer = api.post("/fail", {"message": "[bad] luck"})
    assert (answer.status, answer.json()) == (400, {"why": "[bad] luck"})
    assert answer.header("x-error") == "Exception"
    answer = api.post("/fail", {"message": "other"})
    assert (answer.status, answer.json()["errorMessage"]) == (200, "other")


def test_a_function_may_be_invoked_without_waiting(api: RestApi) -> None:
    answer = api.post("/later", {"message": "no"})
    assert (answer.status, answer.body) == (200, b"")


def test_a_request_is_proxied_with_all_it_has(api: RestApi) -> None:
    answer = api.request("PUT", "/proxied/a%20b/c?x=1&x=2", b"body", {"X-Mine": "1", "Content-Type": "text/plain"})
    asked = answer.json()
    headers = dict(asked["headers"])
    assert (asked["method"], asked["path"], asked["body"]) == ("PUT", "/under/a%20b/c?x=1&x=2", "body")
    assert headers["x-mine"] == "1"
    assert headers["x-amzn-apigateway-api-id"] == api.id
    assert "x-amzn-trace-id" in headers
    assert headers["host"].startswith("127.0.0.1")
    assert answer.header("x-backend") == "yes"
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["a=1", "b=2"]
    assert answer.header("x-amzn-remapped-server") is not None


def test_a_proxied_path_stays_below_its_own(api: RestApi) -> None:
    assert api.get("/proxied/%2e%2e/secret").json()["path"] == "/under/%2E%2E/secret"


def test_a_proxied_status_is_passed_on_with_the_uris_own_query(api: RestApi) -> None:
    answer = api.get("/bare?q=1")
    assert (answer.status, answer.json()["path"]) == (404, "/status/404/x?own=1&q=1")


def test_a_stage_variable_names_a_server(api: RestApi) -> None:
    assert api.get("/variable").json()["path"] == "/v"


def test_a_vpc_link_leads_to_the_address_that_its_tag_names(api: RestApi) -> None:
    assert api.get("/private?q=1").json()["path"] == "/inside?q=1"


def test_an_unreachable_server_is_a_gateway_timeout(api: RestApi) -> None:
    answer = api.get("/unreachable")
    assert (answer.status, answer.json()) == (504, {"message": "Network error communicating with endpoint"})


def test_bytes_pass_a_proxy_unless_they_are_no_text(api: RestApi) -> None:
    assert api.get("/bytes").body == b"\xff\xfe"


def test_a_mapped_request_has_what_is_mapped_alone(api: RestApi) -> None:
    answer = api.post("/http/7?q=me&other=1", {"a": {"b": "deep"}}, {"X-Mine": "1"})
    headers = dict(json.loads(answer.body)["headers"])
    assert json.loads(answer.body)["path"] == "/things/7?from=me"
    assert json.loads(json.loads(answer.body)["body"]) == {"sent": {"b": "deep"}}
    assert headers["x-body"] == "deep"
    assert headers["x-fixed"] == "fixed"
    assert headers["x-stage"] == "prod"
    assert headers["accept"] == JSON
    assert headers["user-agent"] == f"AmazonAPIGateway_{api.id}"
    assert "x-mine" not in headers
    assert answer.header("x-from") == "yes"
    assert answer.header("x-path") == "/things/7?from=me"
    assert [value for name, value in answer.headers if name.lower() == "set-cookie"] == ["a=1", "b=2"]


def test_a_servers_status_selects_the_response(api: RestApi) -> None:
    answer = api.get("/teapot")
    assert (answer.status, answer.json()) == (400, {"error": True})


def test_items_are_written_and_read_without_a_function(api: RestApi) -> None:
    assert api.post("/things", {"id": "a", "n": 5}).json() == {"ok": True}
    assert api.get("/things/a").json() == {"n": 5}


def test_a_services_error_has_the_services_own_form(api: RestApi) -> None:
    answer = api.post("/things", {"id": "", "n": 5})
    assert (answer.status, answer.body) == (400, b"com.amazon.coral.validate#ValidationException")


def test_a_message_is_sent_to_a_queue_by_its_path(api: RestApi) -> None:
    sent = api.post("/jobs", {"a": "b&c"}).json()["id"]
    sqs = api.aws.client("sqs")
    url = sqs.get_queue_url(QueueName="jobs")["QueueUrl"]
    message = sqs.receive_message(QueueUrl=url)["Messages"][0]
    assert (message["MessageId"], json.loads(message["Body"])) == (sent, {"a": "b&c"})


def test_a_topic_answers_in_json(api: RestApi) -> None:
    answer = api.post("/news", {"text": "hello"}).json()
    assert answer["PublishResponse"]["PublishResult"]["MessageId"]
    assert answer["PublishResponse"]["PublishResult"]["SequenceNumber"] is None
    assert answer["PublishResponse"]["ResponseMetadata"]["RequestId"]


def test_events_are_put_on_a_bus(api: RestApi) -> None:
    assert api.post("/events", {}).json()["FailedEntryCount"] == 0


def test_files_are_kept_in_a_bucket(api: RestApi) -> None:
    assert api.request("PUT", "/files/a%20b.txt", b"content", {"Content-Type": "text/plain"}).status == 200
    assert api.get("/files/a%20b.txt").body == b"content"
    answer = api.get("/files/none")
    assert answer.status == 404
    assert b"<Code>NoSuchKey</Code>" in answer.body
