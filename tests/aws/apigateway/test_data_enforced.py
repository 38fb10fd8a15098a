"""REST APIs where signatures and policies are enforced."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

from http_api import Answer
from rest_api import RestApi
from serein.testing import ServerProcess

ROOT = ("AKIAROOTROOTROOTROOT", "root-secret")
REGION, ACCOUNT = "us-east-1", "000000000000"


class Owner:
    """The server, as the owner of its account sees it."""

    account, region = ACCOUNT, REGION

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def client(self, service: str) -> Any:
        options = Config(retries={"max_attempts": 0})
        session = boto3.session.Session(*ROOT, None, REGION)
        return session.client(service, endpoint_url=self.endpoint, config=options)


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RestApi]:
    settings = {"auth": "on", "root_access_key_id": ROOT[0], "root_secret_access_key": ROOT[1]}
    server = ServerProcess(tmp_path_factory.mktemp("rest"), {"clock": "virtual", **settings})
    api = RestApi(Owner(server.endpoint))  # type: ignore[arg-type]
    api.mock("/signed", "POST", "$context.identity.userArn", authorizationType="AWS_IAM")
    api.mock("/signed/{id}", "POST", "$context.identity.userArn", authorizationType="AWS_IAM")
    function = api.function()
    api.proxy("/permitted", "GET", function)
    api.proxy("/other", "GET", function)
    api.aws.client("lambda").add_permission(
        FunctionName=function,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/*/GET/permitted",
    )
    api.deploy()
    yield api
    server.stop()


def user(api: RestApi, name: str, *statements: dict[str, str]) -> Credentials:
    """A user who may do what the statements say."""
    iam = api.aws.client("iam")
    iam.create_user(UserName=name)
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def signed(api: RestApi, path: str, credentials: Credentials, body: bytes = b"{}", sent: bytes | None = None) -> Answer:
    host = f"{api.id}.execute-api.localhost"
    request = AWSRequest("POST", f"http://{host}/prod{path}", data=body, headers={"Host": host})
    SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
    return api.request("POST", path, body if sent is None else sent, dict(request.headers))


def invoke(api: RestApi, resource: str, effect: str = "Allow") -> dict[str, str]:
    arn = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api.id}/{resource}"
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": arn}


def test_a_user_may_call_what_a_policy_allows(api: RestApi) -> None:
    ann = user(api, "ann", invoke(api, "prod/POST/signed"))
    answer = signed(api, "/signed", ann)
    assert (answer.status, answer.body.decode()) == (200, f"arn:aws:iam::{ACCOUNT}:user/ann")
    answer = signed(api, "/signed/1", ann)
    arn = f"arn:aws:execute-api:{REGION}:********0000:{api.id}/prod/POST/signed/1"
    message = (
        f"User: arn:aws:iam::{ACCOUNT}:user/ann is not authorized to perform: execute-api:Invoke on resource: {arn}"
    )
    assert (answer.status, answer.json()) == (403, {"Message": message})


def test_a_denial_outweighs_what_is_allowed(api: RestApi) -> None:
    bob = user(api, "bob", invoke(api, "*"), invoke(api, "*/signed/*", "Deny"))
    assert signed(api, "/signed", bob).status == 200
    answer = signed(api, "/signed/1", bob)
    assert answer.status == 403
    assert answer.json()["Message"].endswith("with an explicit deny")


def test_a_signature_that_is_not_right_is_refused(api: RestApi) -> None:
    eve = user(api, "eve", invoke(api, "*"))
    for answer in (
        signed(api, "/signed", Credentials(eve.access_key, "wrong")),
        signed(api, "/signed", Credentials("AKIANOBODYNOBODYNOBO", "wrong")),
        signed(api, "/signed", eve, b"{}", sent=b"[]"),
    ):
        assert answer.status == 403
        assert "message" in answer.json()
    answer = api.post("/signed", {})
    assert (answer.status, answer.json()) == (403, {"message": "Missing Authentication Token"})


def test_a_function_is_invoked_for_the_methods_that_its_policy_names(api: RestApi) -> None:
    assert api.get("/permitted").status == 200
    answer = api.get("/other")
    assert (answer.status, answer.json()) == (500, {"message": "Internal server error"})
