"""HTTP APIs where signatures and permissions count."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.auth
import botocore.awsrequest
import botocore.credentials
import pytest

from http_api import ECHO, Answer, Api
from serein.testing import Serein, ServerProcess

ROOT = ("AKIAROOT000000000001", "root/secret+1")
ACCOUNT = "000000000000"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    settings = {"auth": "on", "root_access_key_id": ROOT[0], "root_secret_access_key": ROOT[1]}
    server = ServerProcess(tmp_path_factory.mktemp("permissions"), settings)
    yield server
    server.stop()


def _client(server: ServerProcess, service: str) -> Any:
    session = boto3.session.Session(*ROOT, None, "us-east-1")
    return session.client(service, endpoint_url=server.endpoint)


@pytest.fixture(scope="module")
def secured(server: ServerProcess) -> Api:
    """An API with routes that want signatures, and a function that its own policy lets only one of them invoke."""
    serein = Serein(server.endpoint)
    api = Api.of(serein, "")
    api.apis = _client(server, "apigatewayv2")
    api.id = api.apis.create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    api.apis.create_stage(ApiId=api.id, StageName="$default", AutoDeploy=True)
    functions = _client(server, "lambda")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as package:
        package.writestr("app.py", ECHO)
    made = functions.create_function(
        FunctionName="f",
        Runtime="python3.12",
        Handler="app.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/r",
        Code={"ZipFile": packed.getvalue()},
    )
    integration = api.apis.create_integration(
        ApiId=api.id, IntegrationType="AWS_PROXY", IntegrationUri=made["FunctionArn"], PayloadFormatVersion="2.0"
    )
    target = f"integrations/{integration['IntegrationId']}"
    for key in ("GET /allowed", "GET /denied", "GET /unlisted"):
        api.apis.create_route(ApiId=api.id, RouteKey=key, Target=target, AuthorizationType="AWS_IAM")
    for name in ("allowed", "denied"):
        functions.add_permission(
            FunctionName="f",
            StatementId=name,
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{api.id}/*/GET/{name}",
        )
    return api


@pytest.fixture(scope="module")
def user(server: ServerProcess, secured: Api) -> tuple[str, str]:
    """A user who may invoke all routes but one."""
    iam = _client(server, "iam")
    iam.create_user(UserName="caller")
    arn = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:{secured.id}"
    statements = [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": f"{arn}/$default/GET/*"},
        {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{arn}/*/GET/denied"},
    ]
    document = json.dumps({"Version": "2012-10-17", "Statement": statements})
    iam.put_user_policy(UserName="caller", PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def _send(api: Api, path: str, keys: tuple[str, str]) -> Answer:
    host = f"{api.id}.execute-api.us-east-1.amazonaws.com"
    request = botocore.awsrequest.AWSRequest("GET", f"http://{host}{path}", headers={"Host": host})
    botocore.auth.SigV4Auth(botocore.credentials.Credentials(*keys), "execute-api", "us-east-1").add_auth(request)
    return api.send("GET", path, headers={**dict(request.headers.items()), "Host": host})


def test_a_callers_policies_decide_for_each_route(secured: Api, user: tuple[str, str]) -> None:
    answer = _send(secured, "/allowed", user)
    assert answer.status == 200
    iam = answer.json()["requestContext"]["authorizer"]["iam"]
    assert (iam["accessKey"], iam["userArn"]) == (user[0], f"arn:aws:iam::{ACCOUNT}:user/caller")
    denied = _send(secured, "/denied", user)
    assert (denied.status, denied.json()) == (403, {"message": "Forbidden"})
    assert _send(secured, "/allowed", ROOT).status == 200


def test_a_wrong_signature_is_refused(secured: Api, user: tuple[str, str]) -> None:
    assert _send(secured, "/allowed", (user[0], "wrong")).status == 403
    assert _send(secured, "/allowed", ("AKIANOBODY0000000000", "wrong")).status == 403
    assert secured.send("GET", "/allowed").status == 403


def test_a_function_that_does_not_let_the_route_in_fails_it(secured: Api, user: tuple[str, str]) -> None:
    answer = _send(secured, "/unlisted", user)
    assert (answer.status, answer.json()) == (500, {"message": "Internal Server Error"})
