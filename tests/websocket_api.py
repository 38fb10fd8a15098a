"""A WebSocket API in front of functions, and clients of it, for the tests of the data plane."""

import contextlib
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from serein.testing import Serein

STAGE = "dev"
OK = "def handler(event, context):\n    return {'statusCode': 200}\n"
ECHO = "import json\ndef handler(event, context):\n    return {'statusCode': 200, 'body': json.dumps(event)}\n"
MOCK_OK = {"$default": '{"statusCode": 200}'}
LOOPBACK = {
    "$default": '#set($context.requestOverride.path.body = $input.body){"statusCode": 200}',
}
LOOPED = {"$default": "$context.requestOverride.path.body"}
RECEIVE_SECONDS = 60.0


class WebSocketApi:
    """A WebSocket API of a test, and a client of it."""

    def __init__(self, aws: Serein, **settings: Any) -> None:
        self.aws = aws
        self.apis = aws.client("apigatewayv2")
        made = self.apis.create_api(
            **{
                "Name": "chat",
                "ProtocolType": "WEBSOCKET",
                "RouteSelectionExpression": "$request.body.action",
                **settings,
            }
        )
        self.id: str = made["ApiId"]
        self.integrations: dict[str, str] = {}
        self._functions = 0

    def function(self, code: str, **settings: Any) -> str:
        """A Python function with this code; its ARN."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as package:
            package.writestr("app.py", code)
        self._functions += 1
        made = self.aws.client("lambda").create_function(
            FunctionName=f"{self.id}-f{self._functions}",
            Runtime="python3.12",
            Handler="app.handler",
            Role=f"arn:aws:iam::{self.aws.account}:role/r",
            Code={"ZipFile": packed.getvalue()},
            **settings,
        )
        arn: str = made["FunctionArn"]
        return arn

    def integration(self, **settings: Any) -> str:
        made = self.apis.create_integration(ApiId=self.id, **settings)
        integration_id: str = made["IntegrationId"]
        return integration_id

    def uri(self, function: str) -> str:
        return f"arn:aws:apigateway:{self.aws.region}:lambda:path/2015-03-31/functions/{function}/invocations"

    def route(self, key: str, integration_id: str | None = None, **settings: Any) -> str:
        if integration_id is not None:
            settings["Target"] = f"integrations/{integration_id}"
        made = self.apis.create_route(ApiId=self.id, RouteKey=key, **settings)
        route_id: str = made["RouteId"]
        return route_id

    def proxy(self, key: str, code: str, *, answers: bool = False, **settings: Any) -> str:
        """A route to a function with this code."""
        if answers:
            settings["RouteResponseSelectionExpression"] = "$default"
        integration = self.integration(IntegrationType="AWS_PROXY", IntegrationUri=self.uri(self.function(code)))
        return self.route(key, integration, **settings)

    def mock(self, key: str, request: dict[str, str], response: dict[str, str] | None = None) -> str:
        """A route to a mock integration; with a response template it answers."""
        integration = self.integration(
            IntegrationType="MOCK", RequestTemplates=request, TemplateSelectionExpression="\\$default"
        )
        settings = {}
        if response is not None:
            self.apis.create_integration_response(
                ApiId=self.id,
                IntegrationId=integration,
                IntegrationResponseKey="$default",
                ResponseTemplates=response,
            )
            settings["RouteResponseSelectionExpression"] = "$default"
        return self.route(key, integration, **settings)

    def deploy(self, **settings: Any) -> "WebSocketApi":
        deployment = self.apis.create_deployment(ApiId=self.id)["DeploymentId"]
        self.apis.create_stage(ApiId=self.id, StageName=STAGE, DeploymentId=deployment, **settings)
        return self

    def redeploy(self) -> None:
        self.apis.create_deployment(ApiId=self.id, StageName=STAGE)

    @contextlib.contextmanager
    def client(self, query: str = "", stage: str = STAGE, **options: Any) -> Iterator["Client"]:
        """A client that is connected by the API's host name."""
        server = urlsplit(self.aws.endpoint)
        url = f"ws://{self.id}.execute-api.localhost:{server.port}/{stage}{query}"
        address = ("127.0.0.1", server.port)
        options = {"compression": None, "open_timeout": RECEIVE_SECONDS, "proxy": None, "address": address, **options}
        with connect(url, **options) as connection:
            yield Client(connection)

    def refusal(self, query: str = "", **options: Any) -> tuple[int, dict[str, Any]]:
        """The status and the body with which a client that may not connect is answered."""
        with pytest.raises(InvalidStatus) as refused, self.client(query, **options):
            pass
        response = refused.value.response
        return response.status_code, json.loads(response.body or b"{}")

    def management(self, **options: Any) -> Any:
        """A client of `@connections`, as functions make it."""
        return self.aws.client(
            "apigatewaymanagementapi", endpoint_url=f"{self.aws.endpoint}/_aws/execute-api/{self.id}/{STAGE}", **options
        )


class Client:
    """A connected client."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, message: Any) -> None:
        self.connection.send(message if isinstance(message, str | bytes) else json.dumps(message))

    def text(self) -> Any:
        return self.connection.recv(RECEIVE_SECONDS)

    def json(self) -> Any:
        return json.loads(self.text())

    def ask(self, message: Any) -> Any:
        """Send a message and return the JSON that comes back."""
        self.send(message)
        return self.json()
