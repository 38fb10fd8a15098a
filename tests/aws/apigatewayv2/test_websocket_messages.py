"""Messages to WebSocket APIs: which route takes them, what functions see, and what clients hear."""

import json

import pytest
from websockets.exceptions import ConnectionClosed

from serein.testing import Serein
from websocket_api import ECHO, LOOPBACK, LOOPED, MOCK_OK, OK, STAGE, WebSocketApi


@pytest.fixture
def api(aws: Serein) -> WebSocketApi:
    return WebSocketApi(aws)


def test_a_message_goes_to_the_route_that_its_body_selects(api: WebSocketApi) -> None:
    for key in ("join", "$default", "a/b"):
        api.mock(key, MOCK_OK, {"$default": '{"route": "$context.routeKey"}'})
    api.deploy()
    with api.client() as client:
        assert client.ask({"action": "join"}) == {"route": "join"}
        assert client.ask({"action": "a/b"}) == {"route": "a/b"}
        assert client.ask({"action": "else"}) == {"route": "$default"}
        assert client.ask({"action": ["join"]}) == {"route": "$default"}
        assert client.ask({"action": "$connect"}) == {"route": "$default"}
        assert client.ask("no JSON") == {"route": "$default"}
        assert client.ask("") == {"route": "$default"}


def test_a_message_that_no_route_takes_is_forbidden(api: WebSocketApi) -> None:
    api.mock("join", MOCK_OK, {"$default": "joined"})
    api.deploy()
    with api.client() as client:
        answer = client.ask({"action": "leave"})
        assert answer["message"] == "Forbidden"
        assert len(answer["connectionId"]) == 16
        assert len(answer["requestId"]) == 16


def test_several_variables_and_numbers_select_a_route(aws: Serein) -> None:
    api = WebSocketApi(aws, RouteSelectionExpression="${request.body.kind}-${request.body.meta.version}")
    api.mock("order-2", MOCK_OK, {"$default": '"$context.routeKey"'})
    api.deploy()
    with api.client() as client:
        assert client.ask({"kind": "order", "meta": {"version": 2}}) == "order-2"


def test_a_function_gets_the_event_of_a_message(api: WebSocketApi) -> None:
    api.proxy("$default", ECHO, answers=True)
    api.deploy(StageVariables={"table": "t"})
    with api.client(user_agent_header="tests/1") as client:
        event = client.ask("hello")
        again = client.ask("hello")
    context = event.pop("requestContext")
    assert event == {"stageVariables": {"table": "t"}, "body": "hello", "isBase64Encoded": False}
    assert list(context) == [
        "routeKey",
        "messageId",
        "eventType",
        "extendedRequestId",
        "requestTime",
        "messageDirection",
        "stage",
        "connectedAt",
        "requestTimeEpoch",
        "identity",
        "requestId",
        "domainName",
        "connectionId",
        "apiId",
    ]
    assert context["routeKey"] == "$default"
    assert context["eventType"] == "MESSAGE"
    assert context["messageDirection"] == "IN"
    assert context["stage"] == STAGE
    assert context["apiId"] == api.id
    assert context["requestId"] == context["extendedRequestId"]
    assert context["identity"] == {"userAgent": "tests/1", "sourceIp": "127.0.0.1"}
    assert context["domainName"] == f"{api.id}.execute-api.{api.aws.region}.amazonaws.com"
    assert context["requestTime"].endswith(" +0000")
    assert again["requestContext"]["connectionId"] == context["connectionId"]
    assert again["requestContext"]["messageId"] != context["messageId"]


def test_what_a_function_returns_goes_to_the_client_only_where_the_route_has_answers(api: WebSocketApi) -> None:
    api.proxy("silent", "def handler(event, context):\n    return {'statusCode': 200, 'body': 'quiet'}\n")
    api.mock("loud", MOCK_OK, {"$default": "here"})
    api.deploy()
    with api.client() as client:
        client.send({"action": "silent"})
        client.send({"action": "loud"})
        assert client.text() == "here"
        api.aws.wait_until_idle()
        client.send({"action": "loud"})
        assert client.text() == "here"


@pytest.mark.parametrize(
    "code",
    [
        "def handler(event, context):\n    raise RuntimeError('no')\n",
        "def handler(event, context):\n    return None\n",
        "def handler(event, context):\n    return {'body': 'x'}\n",
        "def handler(event, context):\n    return {'statusCode': 200, 'body': {'no': 'text'}}\n",
    ],
    ids=["raises", "none", "no-status", "body"],
)
def test_a_function_that_fails_is_told_to_the_client(api: WebSocketApi, code: str) -> None:
    api.proxy("$default", code)
    api.deploy()
    with api.client() as client:
        answer = client.ask("x")
        assert answer["message"] == "Internal server error"
        assert set(answer) == {"message", "connectionId", "requestId"}


def test_a_function_that_takes_too_long_is_given_up(api: WebSocketApi) -> None:
    code = "import time\ndef handler(event, context):\n    time.sleep(5)\n    return {'statusCode': 200}\n"
    integration = api.integration(
        IntegrationType="AWS_PROXY", IntegrationUri=api.uri(api.function(code, Timeout=10)), TimeoutInMillis=50
    )
    api.route("$default", integration)
    api.deploy()
    with api.client() as client:
        assert client.ask("x")["message"] == "Endpoint request timed out"


def test_a_message_can_come_in_frames_and_go_back_in_frames(api: WebSocketApi) -> None:
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    text = "ä" * (64 * 1024)
    assert len(text.encode()) == 128 * 1024
    with api.client() as client:
        frames = [text[at : at + 16 * 1024] for at in range(0, len(text), 16 * 1024)]
        client.connection.send(iter(frames))
        received = list(client.connection.recv_streaming())
        assert "".join(received) == text
        assert max(len(frame.encode()) for frame in received) <= 32 * 1024


@pytest.mark.parametrize("sizes", [[32 * 1024 + 1], [32 * 1024] * 4 + [1]], ids=["frame", "message"])
def test_what_is_too_large_ends_the_connection_with_1009(api: WebSocketApi, sizes: list[int]) -> None:
    api.mock("$default", LOOPBACK, LOOPED)
    api.deploy()
    with api.client() as client, pytest.raises(ConnectionClosed) as closed:
        client.connection.send(iter(["x" * size for size in sizes]))
        client.text()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1009


def test_a_binary_frame_ends_the_connection_with_1003(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK)
    api.deploy()
    with api.client() as client, pytest.raises(ConnectionClosed) as closed:
        client.send(b"\x00\x01")
        client.text()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1003


def test_pings_are_answered(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK)
    api.deploy()
    with api.client() as client:
        assert client.connection.ping().wait(60)


def test_request_templates_are_chosen_by_the_message(api: WebSocketApi) -> None:
    code = "def handler(event, context):\n    return event\n"
    integration = api.integration(
        IntegrationType="AWS",
        IntegrationUri=api.uri(api.function(code)),
        RequestTemplates={
            "order": '{"order": $input.json("$.data"), "by": "$context.connectionId"}',
            "$default": '{"else": $input.json("$")}',
        },
        TemplateSelectionExpression="${request.body.action}",
    )
    api.apis.create_integration_response(
        ApiId=api.id,
        IntegrationId=integration,
        IntegrationResponseKey="$default",
        ResponseTemplates={"$default": '{"got": $input.json("$")}'},
    )
    for key in ("order", "$default"):
        api.route(key, integration, RouteResponseSelectionExpression="$default")
    api.deploy()
    with api.client() as client:
        answer = client.ask({"action": "order", "data": {"n": 1}})
        assert answer["got"]["order"] == {"n": 1}
        assert len(answer["got"]["by"]) == 16
        assert client.ask({"action": "x"}) == {"got": {"else": {"action": "x"}}}


def test_an_error_of_a_function_is_matched_by_a_response_pattern(api: WebSocketApi) -> None:
    code = "def handler(event, context):\n    raise ValueError('NotFound: ' + event['id'])\n"
    integration = api.integration(IntegrationType="AWS", IntegrationUri=api.uri(api.function(code)))
    for key, template in (("/NotFound.*/", '{"missing": $input.json("$.errorMessage")}'), ("$default", "{}")):
        api.apis.create_integration_response(
            ApiId=api.id,
            IntegrationId=integration,
            IntegrationResponseKey=key,
            ResponseTemplates={"$default": template},
        )
    route = api.route("$default", integration)
    api.apis.create_route_response(ApiId=api.id, RouteId=route, RouteResponseKey="$default")
    api.deploy()
    with api.client() as client:
        assert client.ask({"id": "7"}) == {"missing": "NotFound: 7"}


def test_without_a_template_never_passes_nothing_on(api: WebSocketApi) -> None:
    code = "def handler(event, context):\n    return event\n"
    integration = api.integration(
        IntegrationType="AWS", IntegrationUri=api.uri(api.function(code)), PassthroughBehavior="NEVER"
    )
    api.route("$default", integration, RouteResponseSelectionExpression="$default")
    api.deploy()
    with api.client() as client:
        assert client.ask({"a": 1})["message"] == "Unsupported Media Type"


def test_content_handling_turns_base64_into_bytes_and_back(api: WebSocketApi) -> None:
    api.proxy("proxied", ECHO, answers=True)
    route = next(each for each in api.apis.get_routes(ApiId=api.id)["Items"] if each["RouteKey"] == "proxied")
    api.apis.update_integration(
        ApiId=api.id,
        IntegrationId=route["Target"].partition("/")[2],
        ContentHandlingStrategy="CONVERT_TO_BINARY",
    )
    code = "def handler(event, context):\n    return 'aGVsbG8='\n"
    integration = api.integration(
        IntegrationType="AWS", IntegrationUri=api.uri(api.function(code)), RequestTemplates={"$default": "{}"}
    )
    api.apis.create_integration_response(
        ApiId=api.id,
        IntegrationId=integration,
        IntegrationResponseKey="$default",
        ContentHandlingStrategy="CONVERT_TO_BINARY",
        ResponseTemplates={"$default": '$input.path("$")'},
    )
    api.route("binary", integration, RouteResponseSelectionExpression="$default")
    api.deploy()
    with api.client() as client:
        event = client.ask({"action": "proxied"})
        assert event["isBase64Encoded"] is True
        client.send({"action": "binary"})
        assert client.text() == b"hello"


def test_a_service_is_called_with_what_the_template_makes(api: WebSocketApi) -> None:
    table = api.aws.client("dynamodb")
    table.create_table(
        TableName="messages",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    template = (
        '{"TableName": "messages", "Item": {"id": {"S": "$context.messageId"}, '
        '"text": {"S": $input.json("$.text")}, "by": {"S": "$context.connectionId"}}}'
    )
    integration = api.integration(
        IntegrationType="AWS",
        IntegrationUri=f"arn:aws:apigateway:{api.aws.region}:dynamodb:action/PutItem",
        IntegrationMethod="POST",
        CredentialsArn=f"arn:aws:iam::{api.aws.account}:role/r",
        RequestTemplates={"$default": template},
    )
    api.apis.create_integration_response(
        ApiId=api.id,
        IntegrationId=integration,
        IntegrationResponseKey="/200/",
        ResponseTemplates={"$default": '{"kept": true}'},
    )
    api.route("$default", integration, RouteResponseSelectionExpression="$default")
    api.deploy()
    with api.client() as client:
        assert client.ask({"text": 'say "hi"'}) == {"kept": True}
    items = table.scan(TableName="messages")["Items"]
    assert [item["text"]["S"] for item in items] == ['say "hi"']


def test_a_deployment_counts_from_the_next_message_on(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK, {"$default": "one"})
    api.deploy()
    with api.client() as client:
        client.send("x")
        assert client.text() == "one"
        api.mock("two", MOCK_OK, {"$default": "two"})
        client.send({"action": "two"})
        assert client.text() == "one"
        api.redeploy()
        client.send({"action": "two"})
        assert client.text() == "two"


def test_messages_beyond_the_throttle_are_refused(api: WebSocketApi) -> None:
    api.mock("$default", MOCK_OK, {"$default": '{"ok": true}'})
    api.deploy(DefaultRouteSettings={"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1.0})
    with api.client() as client:
        answers = [client.ask("x") for _ in range(4)]
    assert answers[:2] == [{"ok": True}, {"ok": True}]
    assert [answer["message"] for answer in answers[2:]] == ["Too Many Requests"] * 2


def test_access_logs_have_a_line_for_each_event(api: WebSocketApi) -> None:
    logs = api.aws.client("logs")
    logs.create_log_group(logGroupName="access")
    api.mock("$connect", MOCK_OK)
    api.mock("$disconnect", MOCK_OK)
    api.mock("$default", MOCK_OK)
    api.deploy(
        AccessLogSettings={
            "DestinationArn": f"arn:aws:logs:{api.aws.region}:{api.aws.account}:log-group:access",
            "Format": '{"e":"$context.eventType","r":"$context.routeKey","s":$context.status}',
        }
    )
    with api.client() as client:
        client.send("x")
        assert client.connection.ping().wait(60)
    api.aws.wait_until_idle()
    events = logs.filter_log_events(logGroupName="access")["events"]
    seen = [json.loads(event["message"]) for event in events]
    assert [(each["e"], each["r"], each["s"]) for each in seen] == [
        ("CONNECT", "$connect", 200),
        ("MESSAGE", "$default", 200),
        ("DISCONNECT", "$disconnect", 200),
    ]


def test_execution_logs_are_written_at_the_level_that_is_set(api: WebSocketApi) -> None:
    api.proxy("bad", "def handler(event, context):\n    return None\n")
    api.proxy("good", OK)
    api.deploy(RouteSettings={"bad": {"LoggingLevel": "ERROR"}, "good": {"LoggingLevel": "INFO"}})
    with api.client() as client:
        assert client.ask({"action": "bad"})["message"] == "Internal server error"
        client.send({"action": "good"})
        assert client.connection.ping().wait(60)
        api.aws.wait_until_idle()
    group = f"/aws/apigateway/{api.id}/{STAGE}"
    lines = [each["message"] for each in api.aws.client("logs").filter_log_events(logGroupName=group)["events"]]
    assert any("Malformed Lambda proxy response" in line for line in lines)
    assert any("Selected route key [good], status: 200" in line for line in lines)
    assert not any("Selected route key [bad]" in line for line in lines)


def test_a_body_is_checked_by_the_model_that_the_route_selects(api: WebSocketApi) -> None:
    for name, schema in (
        ("text", '{"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}'),
        ("number", '{"type": "object", "properties": {"n": {"type": "integer", "maximum": 9}}}'),
    ):
        api.apis.create_model(ApiId=api.id, Name=name, Schema=schema)
    route = api.mock("$default", MOCK_OK, {"$default": '{"ok": true}'})
    api.apis.update_route(
        ApiId=api.id,
        RouteId=route,
        RequestModels={"numbers": "number", "$default": "text"},
        ModelSelectionExpression="$request.body.kind",
    )
    api.deploy()
    with api.client() as client:
        assert client.ask({"text": "x"}) == {"ok": True}
        assert client.ask({"kind": "numbers", "n": 9}) == {"ok": True}
        for wrong in ({"text": 1}, {"kind": "numbers", "n": 10}, {"kind": "other"}, "no JSON"):
            assert client.ask(wrong)["message"] == "Invalid request body"
        api.apis.update_api(ApiId=api.id, DisableSchemaValidation=True)
        api.redeploy()
        assert client.ask({"text": 1}) == {"ok": True}


def test_connections_and_messages_are_counted(api: WebSocketApi) -> None:
    api.mock("$connect", MOCK_OK)
    api.proxy("$default", "def handler(event, context):\n    return None\n")
    api.deploy()
    with api.client() as client:
        for _ in range(3):
            client.ask("x")
    api.aws.wait_until_idle()
    now = api.aws.clock.now()
    api.aws.clock.advance(120)
    metrics = api.aws.client("cloudwatch")
    for name, count in (("ConnectCount", 1), ("MessageCount", 3), ("IntegrationError", 3)):
        found = metrics.get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=name,
            Dimensions=[{"Name": "ApiId", "Value": api.id}, {"Name": "Stage", "Value": STAGE}],
            StartTime=now - 300,
            EndTime=now + 300,
            Period=600,
            Statistics=["Sum"],
        )["Datapoints"]
        assert sum(each["Sum"] for each in found) == count, name
