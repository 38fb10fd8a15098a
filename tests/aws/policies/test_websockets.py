"""`auth: on`: WebSocket APIs need their functions' permission, and clients and backends need policies of their own."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.aws.policies.conftest import OWNER, REGION, STRANGER, Guarded, document
from websocket_api import MOCK_OK, OK, STAGE, WebSocketApi

WHO = {"$default": '{"connectionId": "$context.connectionId", "user": "$context.identity.userArn"}'}


class Owner:
    """The owner's side of the server, as the tests' API wants it."""

    account, region = OWNER, REGION

    def __init__(self, guarded: Guarded) -> None:
        self.endpoint = guarded.endpoint
        self.client = guarded.client


@pytest.fixture
def api(guarded: Guarded) -> Iterator[WebSocketApi]:
    api = WebSocketApi(Owner(guarded))  # type: ignore[arg-type]
    yield api
    guarded.client("iam").delete_user_policy(UserName="tester", PolicyName="sockets") if _has_policy(guarded) else None


def _has_policy(guarded: Guarded) -> bool:
    return "sockets" in guarded.client("iam").list_user_policies(UserName="tester")["PolicyNames"]


def permit(guarded: Guarded, action: str, resource: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    guarded.client("iam").put_user_policy(UserName="tester", PolicyName="sockets", PolicyDocument=document(statement))


def signed(guarded: Guarded, url: str, account: str = OWNER) -> dict[str, str]:
    """Headers that sign a GET."""
    key: Any = guarded.client("sts", account)._request_signer._credentials
    request = AWSRequest("GET", url)
    SigV4Auth(Credentials(key.access_key, key.secret_key), "execute-api", REGION).add_auth(request)
    return {name: value for name, value in request.headers.items() if name != "Host"}


def test_a_function_has_to_permit_the_api(api: WebSocketApi, guarded: Guarded) -> None:
    function = api.function(OK)
    api.route("$connect", api.integration(IntegrationType="AWS_PROXY", IntegrationUri=api.uri(function)))
    api.deploy()
    assert api.refusal()[0] == 500
    guarded.client("lambda").add_permission(
        FunctionName=function,
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{REGION}:{OWNER}:{api.id}/*/$connect",
    )
    with api.client() as client:
        assert client.connection.ping().wait(60)


def test_a_client_that_signs_needs_a_policy(api: WebSocketApi, guarded: Guarded) -> None:
    integration = api.integration(IntegrationType="MOCK", RequestTemplates=MOCK_OK)
    api.route("$connect", integration, AuthorizationType="AWS_IAM")
    api.mock("$default", MOCK_OK, WHO)
    api.deploy()
    url = f"{guarded.endpoint}/_aws/execute-api/{api.id}/{STAGE}"

    def status_of(headers: dict[str, str]) -> int:
        with (
            pytest.raises(InvalidStatus) as refused,
            connect(url.replace("http", "ws"), additional_headers=headers, proxy=None),
        ):
            pass
        return int(refused.value.response.status_code)

    assert status_of({}) == 403
    assert status_of(signed(guarded, url)) == 403
    permit(guarded, "execute-api:Invoke", f"arn:aws:execute-api:{REGION}:{OWNER}:{api.id}/{STAGE}/$connect")
    assert status_of(signed(guarded, url, STRANGER)) == 403
    spoiled = signed(guarded, url)
    spoiled["Authorization"] = spoiled["Authorization"][:-4] + "0000"
    assert status_of(spoiled) == 403
    with connect(url.replace("http", "ws"), additional_headers=signed(guarded, url), proxy=None) as client:
        client.send("who")
        assert json.loads(client.recv(60))["user"] == f"arn:aws:iam::{OWNER}:user/tester"


def test_a_backend_that_manages_connections_needs_a_policy(api: WebSocketApi, guarded: Guarded) -> None:
    api.mock("$default", MOCK_OK, WHO)
    api.deploy()
    key: Any = guarded.client("sts")._request_signer._credentials
    management = boto3.client(
        "apigatewaymanagementapi",
        endpoint_url=f"{guarded.endpoint}/_aws/execute-api/{api.id}/{STAGE}",
        region_name=REGION,
        aws_access_key_id=key.access_key,
        aws_secret_access_key=key.secret_key,
    )
    with api.client() as client:
        connection_id = client.ask("who")["connectionId"]
        with pytest.raises(ClientError) as refused:
            management.post_to_connection(ConnectionId=connection_id, Data=b"x")
        assert refused.value.response["Error"]["Code"] == "ForbiddenException"
        permit(guarded, "execute-api:ManageConnections", f"arn:aws:execute-api:*:*:{api.id}/*/POST/@connections/*")
        management.post_to_connection(ConnectionId=connection_id, Data=b"hello")
        assert client.text() == "hello"
        with pytest.raises(ClientError) as refused:
            management.delete_connection(ConnectionId=connection_id)
        assert refused.value.response["Error"]["Code"] == "ForbiddenException"
