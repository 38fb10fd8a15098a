"""An API in front of functions, for the tests of the data plane."""

import http.client
import io
import json
import zipfile
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from serein.testing import Serein

ECHO = "def handler(event, context):\n    return event\n"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name), None)

    def json(self) -> Any:
        return json.loads(self.body)


class Api:
    """An HTTP API of a test, and a client of it."""

    def __init__(self, aws: Serein) -> None:
        self._aws = aws
        self.apis = aws.client("apigatewayv2")
        self.id = self.apis.create_api(Name="test", ProtocolType="HTTP")["ApiId"]
        self.apis.create_stage(ApiId=self.id, StageName="$default", AutoDeploy=True)
        self._functions = 0

    @classmethod
    def of(cls, aws: Serein, api_id: str) -> "Api":
        """An API that is there already."""
        api = cls.__new__(cls)
        api._aws, api.apis, api.id, api._functions = aws, aws.client("apigatewayv2"), api_id, 0
        return api

    def function(self, code: str, **settings: Any) -> str:
        """A Python function with this code; its ARN."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as package:
            package.writestr("app.py", code)
        self._functions += 1
        made = self._aws.client("lambda").create_function(
            FunctionName=f"f{self._functions}",
            Runtime="python3.12",
            Handler="app.handler",
            Role=f"arn:aws:iam::{self._aws.account}:role/r",
            Code={"ZipFile": packed.getvalue()},
            **settings,
        )
        arn: str = made["FunctionArn"]
        return arn

    def route(self, key: str, function: str, version: str = "2.0", **settings: Any) -> None:
        integration = self.apis.create_integration(
            ApiId=self.id,
            IntegrationType="AWS_PROXY",
            IntegrationUri=function,
            PayloadFormatVersion=version,
            **settings,
        )
        self.apis.create_route(ApiId=self.id, RouteKey=key, Target=f"integrations/{integration['IntegrationId']}")

    def send(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        *,
        is_path_style: bool = False,
    ) -> Answer:
        """Send a request to the API, by host name or by path."""
        endpoint = urlsplit(self._aws.endpoint)
        connection = http.client.HTTPConnection(endpoint.hostname or "", endpoint.port, timeout=60)
        sent = dict(headers or {})
        if is_path_style:
            path = f"/_aws/execute-api/{self.id}{path}"
        else:
            sent.setdefault("Host", f"{self.id}.execute-api.localhost:{endpoint.port}")
        connection.request(method, path, body, sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return Answer(answer.status, answer.getheaders(), content)
