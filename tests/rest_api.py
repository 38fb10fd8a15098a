"""A REST API of a test, built by the control plane, and a client of its data plane."""

import http.client
import io
import json
import zipfile
from typing import Any
from urllib.parse import urlsplit

from http_api import Answer
from serein.testing import Serein

EVENT = "def handler(event, context):\n    return {'statusCode': 200, 'body': __import__('json').dumps(event)}\n"
"""A function that answers with the event that it got."""
_DECLARED = ("method.request.path.", "method.request.querystring.", "method.request.header.")
"""Parameters that a method must declare before anything is mapped from them."""
MOCK = {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 200}'}}


def packed(code: str) -> bytes:
    """A function's package."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("app.py", code)
    return content.getvalue()


class RestApi:
    """An API, to be deployed once it has what a test wants."""

    def __init__(self, aws: Serein, **settings: Any) -> None:
        self.aws = aws
        self.client = aws.client("apigateway")
        made = self.client.create_rest_api(name="test", **settings)
        self.id: str = made["id"]
        self._resources = {"/": made["rootResourceId"]}
        self._functions = 0

    def function(self, code: str = EVENT, **settings: Any) -> str:
        """A Python function with this code; its ARN."""
        self._functions += 1
        made = self.aws.client("lambda").create_function(
            FunctionName=f"{self.id}-{self._functions}",
            Runtime="python3.12",
            Handler="app.handler",
            Role=f"arn:aws:iam::{self.aws.account}:role/r",
            Code={"ZipFile": packed(code)},
            **settings,
        )
        arn: str = made["FunctionArn"]
        return arn

    def invocation(self, function: str) -> str:
        """The URI that invokes a function."""
        return f"arn:aws:apigateway:{self.aws.region}:lambda:path/2015-03-31/functions/{function}/invocations"

    def resource(self, path: str) -> str:
        """The id of a resource, made with all above it when missing."""
        if path not in self._resources:
            parent, _, part = path.rpartition("/")
            made = self.client.create_resource(restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part)
            self._resources[path] = made["id"]
        found: str = self._resources[path]
        return found

    def method(
        self,
        path: str,
        verb: str,
        integration: dict[str, Any],
        responses: dict[str, dict[str, Any]] | None = None,
        **settings: Any,
    ) -> None:
        """A method with its integration; `responses` are integration responses by status, declared for the method."""
        resource = self.resource(path)
        where = {"restApiId": self.id, "resourceId": resource, "httpMethod": verb}
        mapped = [*integration.get("requestParameters", {}).values(), *integration.get("cacheKeyParameters", ())]
        declared = {name: False for name in mapped if name.startswith(_DECLARED)}
        declared |= settings.pop("requestParameters", {})
        self.client.put_method(**where, **{"authorizationType": "NONE", **settings}, requestParameters=declared)
        given = {"integrationHttpMethod": "POST", **integration} if integration["type"] != "MOCK" else integration
        self.client.put_integration(**where, **given)
        for status, response in (responses or {}).items():
            code = status.partition(" ")[0]
            names = dict.fromkeys(response.get("responseParameters", {}), False)
            self.client.put_method_response(**where, statusCode=code, responseParameters=names)
            self.client.put_integration_response(**where, statusCode=code, **response)

    def mock(self, path: str, verb: str = "GET", body: str = "", **settings: Any) -> None:
        """A method that answers 200 with a text (a template)."""
        templates = {"responseTemplates": {"application/json": body}} if body else {}
        self.method(path, verb, MOCK, {"200": templates}, **settings)

    def proxy(self, path: str, verb: str, function: str, **settings: Any) -> None:
        """A method that a function answers."""
        self.method(path, verb, {"type": "AWS_PROXY", "uri": self.invocation(function)}, **settings)

    def deploy(self, stage: str = "prod", **settings: Any) -> str:
        """Deploy to a stage; the deployment's id."""
        made = self.client.create_deployment(restApiId=self.id, stageName=stage, **settings)
        identifier: str = made["id"]
        return identifier

    def set(self, path: str, value: str, stage: str = "prod") -> None:
        """Replace a setting of the stage."""
        operation = {"op": "replace", "path": path, "value": value}
        self.client.update_stage(restApiId=self.id, stageName=stage, patchOperations=[operation])

    def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        stage: str = "prod",
    ) -> Answer:
        """Send a request by the API's host name."""
        connection = http.client.HTTPConnection(urlsplit(self.aws.endpoint).netloc, timeout=60)
        try:
            host = {"Host": f"{self.id}.execute-api.localhost"}
            connection.request(method, f"/{stage}{path}", body, {**host, **(headers or {})})
            reply = connection.getresponse()
            return Answer(reply.status, reply.getheaders(), reply.read())
        finally:
            connection.close()

    def get(self, path: str, headers: dict[str, str] | None = None, stage: str = "prod") -> Answer:
        return self.request("GET", path, None, headers, stage)

    def post(self, path: str, body: Any, headers: dict[str, str] | None = None) -> Answer:
        """Send JSON, or bytes as they are."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.request("POST", path, content, {"Content-Type": "application/json", **(headers or {})})
