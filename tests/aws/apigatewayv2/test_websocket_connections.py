"""Connections to WebSocket APIs: who may open one, what `$connect` and `$disconnect` see, and how they end."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import ClientError
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from serein.testing import Serein, ServerProcess
from websocket_api import LOOPBACK, LOOPED, MOCK_OK, OK, STAGE, WebSocketApi

KEEP = """
import boto3, json
def handler(event, context):
    boto3.client('sqs').send_message(QueueUrl='%s', MessageBody=json.dumps(event))
    return %s
"""
AUTHORIZER = """
def handler(event, context):
    token = event['queryStringParameters'].get('token') or event['headers'].get('X-Token')
    if token == 'unknown':
        raise Exception('Unauthorized')
    if token == 'broken':
        raise Exception('no idea')
    effect = 'Allow' if token == 'good' else 'Deny'
    statement = {'Action': 'execute-api:Invoke', 'Effect': effect, 'Resource': event['methodArn']}
    return {
        'principalId': 'me',
        'policyDocument': {'Version': '2012-10-17', 'Statement': [statement]},
        'context': {'tenant': 't1', 'level': 3, 'is': True},
    }
"""


@pytest.fixture
def api(aws: Serein) -> WebSocketApi:
    return WebSocketApi(aws)


@pytest.fixture
def queue(aws: Serein) -> str:
    url: str = aws.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    return url


def events_in(aws: Serein, queue: str, count: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while len(found) < count:
        messages = aws.client("sqs").receive_message(QueueUrl=queue, WaitTimeSeconds=20, MaxNumberOfMessages=10)
        assert messages.get("Messages"), f"only {len(found)} events came"
        for message in messages["Messages"]:
            found.append(json.loads(message["Body"]))
            aws.client("sqs").delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def gone(management: Any, connection_id: str) -> None:
    with pytest.raises(ClientError) as error:
        management.post_to_connection(ConnectionId=connection_id, Data=b"x")
    assert error.value.response["Error"]["Code"] == "GoneException"
    assert error.value.response["ResponseMetadata"]["HTTPStatusCode"] == 410


def test_connect_and_disconnect_are_told_to_functions(api: WebSocketApi, queue: str) -> None:
    for key in ("$connect", "$disconnect"):
        api.proxy(key, KEEP % (queue, "{'statusCode': 200}"))
    api.deploy(StageVariables={"v": "1"})
    with api.client("?a=1&a=2&b=", additional_headers=[("X-Many", "1"), ("X-Many", "2")]) as client:
        client.connection.close(4001, "bye")
    connected, disconnected = events_in(api.aws, queue, 2)
    assert list(connected) == [
        "headers",
        "multiValueHeaders",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "requestContext",
        "stageVariables",
        "isBase64Encoded",
    ]
    host = f"{api.id}.execute-api.{api.aws.region}.amazonaws.com"
    assert connected["headers"]["Host"] == host
    assert connected["headers"]["X-Many"] == "2"
    assert connected["multiValueHeaders"]["X-Many"] == ["1", "2"]
    assert connected["headers"]["Sec-WebSocket-Version"] == "13"
    assert connected["headers"]["X-Forwarded-Proto"] == "https"
    assert not {"Connection", "Upgrade"} & set(connected["headers"])
    assert connected["queryStringParameters"] == {"a": "2", "b": ""}
    assert connected["multiValueQueryStringParameters"] == {"a": ["1", "2"], "b": [""]}
    assert connected["stageVariables"] == {"v": "1"}
    context = connected["requestContext"]
    assert "messageId" not in context
    assert (context["routeKey"], context["eventType"]) == ("$connect", "CONNECT")
    assert disconnected["headers"] == {"Host": host, "x-api-key": "", "X-Forwarded-For": "", "x-restapi": ""}
    ended = disconnected["requestContext"]
    assert (ended["routeKey"], ended["eventType"]) == ("$disconnect", "DISCONNECT")
    assert (ended["disconnectStatusCode"], ended["disconnectReason"]) == (4001, "bye")
    assert ended["connectionId"] == context["connectionId"]
    assert ended["connectedAt"] == context["connectedAt"]
    gone(api.management(), context["connectionId"])


def test_a_client_that_vanishes_is_told_as_1006_and_one_without_a_code_as_1005(api: WebSocketApi, queue: str) -> None:
    api.mock("$default", MOCK_OK)
    api.proxy("$disconnect", KEEP % (queue, "{'statusCode': 200}"))
    api.deploy()
    with api.client() as client:
        client.connection.socket.close()
        assert events_in(api.aws, queue, 1)[0]["requestContext"]["disconnectStatusCode"] == 1006
    with api.client() as client:
        client.connection.protocol.send_close()
        client.connection.socket.sendall(b"".join(client.connection.protocol.data_to_send()))
        context = events_in(api.aws, queue, 1)[0]["requestContext"]
        assert context["disconnectStatusCode"] == 1005
        assert context["disconnectReason"] == "Client-side close frame status not set"


def test_what_connect_returns_decides(api: WebSocketApi) -> None:
    code = """
def handler(event, context):
    wish = event['queryStringParameters']['wish']
    if wish == 'raise':
        raise RuntimeError
    return None if wish == 'none' else {'statusCode': int(wish)}
"""
    api.proxy("$connect", code)
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    for wish, status, message in (
        ("401", 401, "Unauthorized"),
        ("403", 403, "Forbidden"),
        ("500", 500, "Internal server error"),
        ("302", 502, "Internal server error"),
        ("none", 502, "Internal server error"),
        ("raise", 502, "Internal server error"),
    ):
        refused, body = api.refusal(f"?wish={wish}")
        assert (refused, body["message"]) == (status, message)
        assert set(body) == {"message", "connectionId", "requestId"}
    with api.client("?wish=204") as client:
        client.send("hello")
        assert client.text() == "hello"


def test_the_function_of_connect_chooses_the_subprotocol(api: WebSocketApi) -> None:
    code = """
def handler(event, context):
    offered = event['headers'].get('Sec-WebSocket-Protocol', '').split(', ')
    headers = {'Sec-WebSocket-Protocol': offered[-1]} if offered[-1] else {}
    return {'statusCode': 200, 'headers': headers}
"""
    api.proxy("$connect", code)
    api.deploy()
    with api.client(subprotocols=["one", "two"]) as client:
        assert client.connection.subprotocol == "two"
    with api.client() as client:
        assert client.connection.subprotocol is None


def test_compression_is_not_agreed_to(api: WebSocketApi) -> None:
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    with api.client(compression="deflate") as client:
        assert client.connection.response is not None
        assert "Sec-WebSocket-Extensions" not in client.connection.response.headers


def test_a_stage_that_is_not_there_is_forbidden(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK)
    api.deploy()
    assert api.refusal(stage="prod")[0] == 403
    api.apis.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
    assert api.refusal()[0] == 403


def test_a_plain_request_is_no_websocket(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK)
    api.deploy()
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{api.aws.endpoint}/_aws/execute-api/{api.id}/{STAGE}")
    with refused.value as reply:
        assert reply.code in (403, 404)


@pytest.mark.parametrize("prefix", ["/_aws/execute-api", "/_serein/api"])
def test_an_api_is_reached_by_its_path_too(api: WebSocketApi, prefix: str) -> None:
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    url = f"{api.aws.endpoint.replace('http', 'ws')}{prefix}/{api.id}/{STAGE}"
    with connect(url, proxy=None) as client:
        client.send("x")
        assert client.recv(60) == "x"


def authorized(api: WebSocketApi, sources: list[str]) -> None:
    authorizer = api.apis.create_authorizer(
        ApiId=api.id,
        Name="tokens",
        AuthorizerType="REQUEST",
        AuthorizerUri=api.uri(api.function(AUTHORIZER)),
        IdentitySource=sources,
    )["AuthorizerId"]
    api.mock("$connect", MOCK_OK)
    route = api.apis.get_routes(ApiId=api.id)["Items"][0]
    api.apis.update_route(ApiId=api.id, RouteId=route["RouteId"], AuthorizationType="CUSTOM", AuthorizerId=authorizer)


def test_an_authorizer_decides_who_may_connect(api: WebSocketApi) -> None:
    authorized(api, ["route.request.querystring.token"])
    api.mock(
        "$default", MOCK_OK, {"$default": '{"t": "$context.authorizer.tenant", "p": "$context.authorizer.principalId"}'}
    )
    api.deploy()
    assert api.refusal()[0] == 401
    assert api.refusal("?token=")[0] == 401
    assert api.refusal("?token=unknown")[0] == 401
    assert api.refusal("?token=bad")[0] == 403
    assert api.refusal("?token=broken")[0] == 500
    with api.client("?token=good") as client:
        assert client.ask("x") == {"t": "t1", "p": "me"}


def test_an_authorizer_may_look_at_headers(api: WebSocketApi) -> None:
    authorized(api, ["route.request.header.X-Token"])
    api.proxy(
        "$default",
        "import json\ndef handler(e, c):\n    return {'statusCode': 200, 'body': json.dumps(e)}\n",
        answers=True,
    )
    api.deploy()
    assert api.refusal()[0] == 401
    with api.client(additional_headers={"X-Token": "good"}) as client:
        context = client.ask("x")["requestContext"]
        assert context["authorizer"] == {"principalId": "me", "tenant": "t1", "level": "3", "is": "true"}


def test_iam_wants_a_signature(api: WebSocketApi) -> None:
    api.route(
        "$connect", api.integration(IntegrationType="MOCK", RequestTemplates=MOCK_OK), AuthorizationType="AWS_IAM"
    )
    api.deploy()
    status, body = api.refusal()
    assert (status, body["message"]) == (403, "Missing Authentication Token")
    url = f"{api.aws.endpoint}/_aws/execute-api/{api.id}/{STAGE}"
    credentials = boto3.Session(api.aws.account, "secret").get_credentials()
    request = AWSRequest("GET", url)
    SigV4Auth(credentials, "execute-api", api.aws.region).add_auth(request)
    signed = {name: value for name, value in request.headers.items() if name != "Host"}
    with connect(url.replace("http", "ws"), additional_headers=signed, proxy=None) as client:
        assert client.ping().wait(60)


def test_required_parameters_are_required(api: WebSocketApi) -> None:
    integration = api.integration(IntegrationType="MOCK", RequestTemplates=MOCK_OK)
    api.route("$connect", integration, RequestParameters={"route.request.querystring.room": {"Required": True}})
    api.deploy()
    assert api.refusal()[0] == 400
    with api.client("?room=1") as client:
        assert client.connection.ping().wait(60)


def test_a_client_without_a_key_is_forbidden_where_one_is_required(api: WebSocketApi) -> None:
    integration = api.integration(IntegrationType="MOCK", RequestTemplates=MOCK_OK)
    api.route("$connect", integration, ApiKeyRequired=True)
    api.deploy()
    keys = api.aws.client("apigateway")
    other = keys.create_api_key(name="other", enabled=True)
    assert api.refusal()[0] == 403
    assert api.refusal(additional_headers={"x-api-key": "wrong"})[0] == 403
    assert api.refusal(additional_headers={"x-api-key": other["value"]})[0] == 403
    key = keys.create_api_key(name="key", enabled=True)
    plan = keys.create_usage_plan(name="p", apiStages=[{"apiId": api.id, "stage": STAGE}])["id"]
    keys.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    assert api.refusal(additional_headers={"x-api-key": other["value"]})[0] == 403
    with api.client(additional_headers={"x-api-key": key["value"]}) as client:
        assert client.connection.ping().wait(60)
    disabled = [{"op": "replace", "path": "/enabled", "value": "false"}]
    keys.update_api_key(apiKey=key["id"], patchOperations=disabled)
    assert api.refusal(additional_headers={"x-api-key": key["value"]})[0] == 403


def test_connections_are_throttled_as_the_route_says(api: WebSocketApi) -> None:
    api.mock("$connect", MOCK_OK)
    api.deploy(RouteSettings={"$connect": {"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1.0}})
    with api.client():
        assert api.refusal()[0] == 429


def connected(api: WebSocketApi, client: Any) -> str:
    connection_id: str = client.ask("who")["connectionId"]
    return connection_id


WHO = {"$default": '{"connectionId": "$context.connectionId"}'}


def test_a_backend_sends_to_a_client_looks_at_it_and_disconnects_it(api: WebSocketApi, queue: str) -> None:
    api.mock("$default", MOCK_OK, WHO)
    api.proxy("$disconnect", KEEP % (queue, "{'statusCode': 200}"))
    api.deploy()
    management = api.management()
    with api.client(user_agent_header="tests/2") as client:
        connection_id = connected(api, client)
        management.post_to_connection(ConnectionId=connection_id, Data="grüezi".encode())
        assert client.text() == "grüezi"
        management.post_to_connection(ConnectionId=connection_id, Data=b"x" * (128 * 1024))
        assert len(client.text()) == 128 * 1024
        with pytest.raises(ClientError) as error:
            management.post_to_connection(ConnectionId=connection_id, Data=b"x" * (128 * 1024 + 1))
        assert error.value.response["Error"]["Code"] == "PayloadTooLargeException"
        found = management.get_connection(ConnectionId=connection_id)
        assert found["Identity"] == {"SourceIp": "127.0.0.1", "UserAgent": "tests/2"}
        assert found["ConnectedAt"] <= found["LastActiveAt"]
        management.delete_connection(ConnectionId=connection_id)
        with pytest.raises(ConnectionClosed) as closed:
            client.text()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1000
    context = events_in(api.aws, queue, 1)[0]["requestContext"]
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1000, "Connection Closed Normally")
    gone(management, connection_id)
    for call in (management.get_connection, management.delete_connection):
        with pytest.raises(ClientError) as error:
            call(ConnectionId=connection_id)
        assert error.value.response["Error"]["Code"] == "GoneException"


def test_a_connection_is_found_only_by_its_own_api_stage_and_account(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK, WHO)
    api.deploy()
    deployment = api.apis.get_deployments(ApiId=api.id)["Items"][0]["DeploymentId"]
    api.apis.create_stage(ApiId=api.id, StageName="other", DeploymentId=deployment)
    with api.client() as client:
        connection_id = connected(api, client)
        base = f"{api.aws.endpoint}/_aws/execute-api/{api.id}"
        gone(api.aws.client("apigatewaymanagementapi", endpoint_url=f"{base}/other"), connection_id)
        stranger = boto3.client(
            "apigatewaymanagementapi",
            endpoint_url=f"{base}/{STAGE}",
            region_name=api.aws.region,
            aws_access_key_id="999999999999",
            aws_secret_access_key="x",
        )
        gone(stranger, connection_id)
        # By the platform's own address a connection is found by its id alone.
        api.aws.client("apigatewaymanagementapi").post_to_connection(ConnectionId=connection_id, Data=b"here")
        assert client.text() == "here"
        gone(api.management(), "nonsense")


def test_connections_wants_a_signature(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK, WHO)
    api.deploy()
    with api.client() as client:
        url = f"{api.aws.endpoint}/_aws/execute-api/{api.id}/{STAGE}/@connections/{connected(api, client)}"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(url, b"x"))
        with refused.value as reply:
            assert reply.code == 403
            assert json.loads(reply.read()) == {"message": "Missing Authentication Token"}


BROADCAST = """
import boto3, json
def handler(event, context):
    said = event['requestContext']
    client = boto3.client(
        'apigatewaymanagementapi', endpoint_url='https://%s/%s' % (said['domainName'], said['stage'])
    )
    for each in json.loads(event['body'])['to']:
        client.post_to_connection(ConnectionId=each, Data=json.dumps({'by': said['connectionId']}).encode())
    return {'statusCode': 200}
"""


def test_a_function_posts_back_by_the_address_that_its_event_tells(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK, WHO)
    api.proxy("tell", BROADCAST)
    api.deploy()
    with api.client() as one, api.client() as two:
        ids = [connected(api, client) for client in (one, two)]
        one.send({"action": "tell", "to": ids})
        assert one.json() == two.json() == {"by": ids[0]}


def test_an_idle_connection_ends_after_ten_minutes(api: WebSocketApi, queue: str) -> None:
    api.mock("$default", LOOPBACK, LOOPED)
    api.proxy("$disconnect", KEEP % (queue, "{'statusCode': 200}"))
    api.deploy()
    with api.client() as client:
        api.aws.clock.advance(599)
        client.send("still here")
        assert client.text() == "still here"
        api.aws.clock.advance(599)
        assert client.connection.ping().wait(60)
        api.aws.clock.advance(599)
        client.send("still here")
        assert client.text() == "still here"
        api.aws.clock.advance(601)
        with pytest.raises(ConnectionClosed) as closed:
            client.text()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1001, "Going away")
    context = events_in(api.aws, queue, 1)[0]["requestContext"]
    assert (context["disconnectStatusCode"], context["disconnectReason"]) == (1001, "Going away")


def test_no_connection_lasts_longer_than_two_hours(api: WebSocketApi) -> None:
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    with api.client() as client:
        for _ in range(14):
            api.aws.clock.advance(500)
            client.send("x")
            assert client.text() == "x"
        api.aws.clock.advance(201)
        with pytest.raises(ConnectionClosed) as closed:
            client.text()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001


def test_a_deleted_api_or_stage_ends_its_connections(api: WebSocketApi) -> None:
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    with api.client() as client:
        api.apis.delete_stage(ApiId=api.id, StageName=STAGE)
        with pytest.raises(ConnectionClosed):
            client.text()
    assert api.refusal()[0] == 403


def test_a_function_that_disconnect_runs_may_fail(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK)
    api.proxy("$disconnect", "def handler(event, context):\n    raise RuntimeError\n")
    api.proxy("$connect", OK)
    api.deploy()
    with api.client():
        pass
    api.aws.wait_until_idle()


def test_a_reset_ends_every_connection(tmp_path: Path) -> None:
    server = ServerProcess(tmp_path, {"clock": "virtual"})
    api = WebSocketApi(Serein(server.endpoint))
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    with api.client() as client:
        api.aws.reset()
        with pytest.raises(ConnectionClosed) as closed:
            client.text()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
    server.stop()


def test_a_custom_domain_name_leads_to_a_websocket_api(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK, {"$default": '{"domain": "$context.domainName", "stage": "$context.stage"}'})
    api.deploy()
    certificate = f"arn:aws:acm:{api.aws.region}:{api.aws.account}:certificate/x"
    name = f"{api.aws.unique('chat')}.example.com"
    api.apis.create_domain_name(DomainName=name, DomainNameConfigurations=[{"CertificateArn": certificate}])
    api.apis.create_api_mapping(DomainName=name, ApiId=api.id, Stage=STAGE)
    port = urlsplit(api.aws.endpoint).port
    with connect(f"ws://{name}:{port}/", address=("127.0.0.1", port), proxy=None) as client:
        client.send("x")
        assert json.loads(client.recv(60)) == {"domain": name, "stage": STAGE}
        api.apis.update_api(ApiId=api.id, DisableExecuteApiEndpoint=True)
        assert api.refusal()[0] == 403
