"""WebSocket APIs in front of HTTP servers: what these are sent, and what clients get of their answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from serein.testing import Serein
from websocket_api import WebSocketApi


class Backend:
    """A server that keeps requests, and answers with a status that the path says."""

    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        backend = self

        class Answers(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                backend.requests.append({"path": self.path, "headers": headers, "body": body})
                status = int(self.path.split("?")[0].rpartition("/")[2])
                content = json.dumps({"got": body}).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Sec-WebSocket-Protocol", "chosen")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def do_PUT(self) -> None:
                self.do_POST()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    backend = Backend()
    yield backend
    backend.close()


@pytest.fixture
def api(aws: Serein) -> WebSocketApi:
    return WebSocketApi(aws)


def test_a_proxy_passes_messages_and_connections_on(api: WebSocketApi, backend: Backend) -> None:
    connecting = api.integration(
        IntegrationType="HTTP_PROXY", IntegrationUri=f"{backend.url}/connect/200", IntegrationMethod="POST"
    )
    api.route("$connect", connecting)
    message = api.integration(
        IntegrationType="HTTP_PROXY", IntegrationUri=f"{backend.url}/message/200", IntegrationMethod="PUT"
    )
    api.route("$default", message, RouteResponseSelectionExpression="$default")
    api.deploy()
    with api.client("?room=1", subprotocols=["chosen"], additional_headers={"X-User": "ada"}) as client:
        assert client.connection.subprotocol == "chosen"
        assert client.ask('{"a": 1}') == {"got": '{"a": 1}'}
    connected, sent = backend.requests
    assert connected["path"] == "/connect/200?room=1"
    assert connected["headers"]["x-user"] == "ada"
    assert "sec-websocket-key" not in connected["headers"]
    assert sent["path"] == "/message/200"
    assert sent["headers"]["content-type"] == "application/json"


def test_a_proxy_that_refuses_to_connect_is_believed(api: WebSocketApi, backend: Backend) -> None:
    api.route(
        "$connect",
        api.integration(IntegrationType="HTTP_PROXY", IntegrationUri=f"{backend.url}/403", IntegrationMethod="POST"),
    )
    api.deploy()
    assert api.refusal()[0] == 403


def test_a_mapped_integration_has_parameters_templates_and_responses(api: WebSocketApi, backend: Backend) -> None:
    integration = api.integration(
        IntegrationType="HTTP",
        IntegrationUri=f"{backend.url}/${{stageVariables.place}}/{{room}}/404",
        IntegrationMethod="POST",
        RequestTemplates={"$default": '{"text": $input.json("$.text")}'},
        RequestParameters={
            "integration.request.header.x-connection": "context.connectionId",
            "integration.request.header.x-static": "'fixed'",
            "integration.request.querystring.who": "route.request.body.who",
            "integration.request.path.room": "route.request.body.room",
            "integration.request.header.x-stage": "stageVariables.place",
        },
    )
    for key, template in (("/4\\d\\d/", '{"missing": $input.json("$.got")}'), ("$default", "{}")):
        api.apis.create_integration_response(
            ApiId=api.id,
            IntegrationId=integration,
            IntegrationResponseKey=key,
            ResponseTemplates={"$default": template},
        )
    api.route("$default", integration, RouteResponseSelectionExpression="$default")
    api.deploy(StageVariables={"place": "hall"})
    with api.client() as client:
        answer = client.ask({"text": "hi", "who": "a&b", "room": "r/1"})
    assert answer == {"missing": '{"text": "hi"}'}
    (sent,) = backend.requests
    assert sent["path"] == "/hall/r%2F1/404?who=a%26b"
    assert len(sent["headers"]["x-connection"]) == 16
    assert (sent["headers"]["x-static"], sent["headers"]["x-stage"]) == ("fixed", "hall")


def test_a_server_that_is_not_there_is_an_error(api: WebSocketApi) -> None:
    integration = api.integration(
        IntegrationType="HTTP_PROXY", IntegrationUri="http://127.0.0.1:1/x", IntegrationMethod="POST"
    )
    api.route("$default", integration)
    api.deploy()
    with api.client() as client:
        assert client.ask("x")["message"] == "Internal server error"


def test_a_queue_is_filled_by_its_path(api: WebSocketApi) -> None:
    sqs = api.aws.client("sqs")
    url = sqs.create_queue(QueueName="inbox")["QueueUrl"]
    integration = api.integration(
        IntegrationType="AWS",
        IntegrationUri=f"arn:aws:apigateway:{api.aws.region}:sqs:path/{api.aws.account}/inbox",
        IntegrationMethod="POST",
        CredentialsArn=f"arn:aws:iam::{api.aws.account}:role/r",
        RequestParameters={"integration.request.header.Content-Type": "'application/x-www-form-urlencoded'"},
        RequestTemplates={"$default": "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
    )
    api.route("$default", integration)
    api.deploy()
    with api.client() as client:
        client.send('{"text": "a&b"}')
        assert client.connection.ping().wait(60)
        api.aws.wait_until_idle()
    messages = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=5)["Messages"]
    assert [message["Body"] for message in messages] == ['{"text": "a&b"}']
