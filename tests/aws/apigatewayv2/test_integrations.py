"""Integrations of HTTP APIs: parameters mapped both ways, AWS's services, private ones."""

import base64
import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from http_api import ECHO, Api
from serein.testing import Serein

ROLE = "arn:aws:iam::000000000000:role/r"


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    """An HTTP server that tells what it was asked; its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            told = {
                "method": self.command,
                "path": self.path,
                "headers": [[name.lower(), value] for name, value in self.headers.items()],
                "body": content.decode(),
            }
            body = json.dumps(told).encode()
            self.send_response(int(self.headers.get("x-status", "200")))
            self.send_header("x-answer", "original")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def __getattr__(self, name: str) -> Any:
            if name.startswith("do_"):
                return self._answer
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def _integrate(api: Api, key: str, **settings: Any) -> str:
    made = api.apis.create_integration(ApiId=api.id, **settings)
    api.apis.create_route(ApiId=api.id, RouteKey=key, Target=f"integrations/{made['IntegrationId']}")
    integration_id: str = made["IntegrationId"]
    return integration_id


def _proxy(api: Api, key: str, uri: str, **settings: Any) -> str:
    return _integrate(
        api, key, **{"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": uri, **settings}
    )


def test_request_parameters_change_what_the_backend_gets(api: Api, origin: str) -> None:
    _proxy(
        api,
        "POST /x/{id}",
        f"{origin}/base",
        RequestParameters={
            "append:header.x-many": "$request.querystring.a",
            "overwrite:header.x-one": "id ${request.path.id} of ${context.apiId}",
            "remove:header.x-gone": "''",
            "append:querystring.b": "$request.body.deep.list[1]",
            "overwrite:querystring.a": "static",
            "remove:querystring.c": "''",
            "overwrite:path": "/new/${stageVariables.where}",
            "overwrite:header.x-absent": "$request.header.nothing",
        },
    )
    api.apis.update_stage(ApiId=api.id, StageName="$default", StageVariables={"where": "there"})
    answer = api.send(
        "POST",
        "/x/7?a=1&a=2&c=3",
        b'{"deep": {"list": [1, "two"]}}',
        {"X-Many": "first", "X-One": "old", "X-Gone": "y", "X-Absent": "kept"},
    )
    told = answer.json()
    path, _, query = told["path"].partition("?")
    assert (path, sorted(query.split("&"))) == ("/new/there", ["a=static", "b=two"])
    headers = [tuple(each) for each in told["headers"]]
    assert [value for name, value in headers if name == "x-many"] == ["first", "1,2"]
    assert ("x-one", f"id 7 of {api.id}") in headers
    assert ("x-absent", "kept") in headers
    assert not [name for name, _ in headers if name == "x-gone"]


def test_request_parameters_change_what_a_function_gets(api: Api) -> None:
    made = api.apis.create_integration(
        ApiId=api.id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=api.function(ECHO),
        PayloadFormatVersion="2.0",
        RequestParameters={"overwrite:header.x-a": "$context.routeKey", "append:querystring.q": "v"},
    )
    api.apis.create_route(ApiId=api.id, RouteKey="GET /a", Target=f"integrations/{made['IntegrationId']}")
    event = api.send("GET", "/a", headers={"X-A": "old"}).json()
    assert event["headers"]["x-a"] == "GET /a"
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("q=v", {"q": "v"})


def test_response_parameters_change_replies_by_their_status(api: Api, origin: str) -> None:
    integration_id = _proxy(
        api,
        "GET /x",
        origin,
        ResponseParameters={
            "200": {"overwrite:header.x-answer": "$response.body.method", "append:header.x-new": "$context.stage"},
            "500": {"overwrite:statuscode": "418", "remove:header.x-answer": "''"},
        },
    )
    good = api.send("GET", "/x")
    assert (good.status, good.header("x-answer"), good.header("x-new")) == (200, "GET", "$default")
    bad = api.send("GET", "/x", headers={"X-Status": "500"})
    assert (bad.status, bad.header("x-answer")) == (418, None)
    other = api.send("GET", "/x", headers={"X-Status": "404"})
    assert (other.status, other.header("x-answer")) == (404, "original")
    api.apis.update_integration(
        ApiId=api.id,
        IntegrationId=integration_id,
        ResponseParameters={"200": {}, "404": {"overwrite:statuscode": "200"}},
    )
    shown = api.apis.get_integration(ApiId=api.id, IntegrationId=integration_id)["ResponseParameters"]
    assert sorted(shown) == ["404", "500"]
    assert api.send("GET", "/x", headers={"X-Status": "404"}).status == 200


@pytest.mark.parametrize(
    "settings",
    [
        {"RequestParameters": {"overwrite:header.authorization": "x"}},
        {"RequestParameters": {"overwrite:header.x-amz-date": "x"}},
        {"RequestParameters": {"replace:header.a": "x"}},
        {"RequestParameters": {"overwrite:statuscode": "200"}},
        {"RequestParameters": {"overwrite:header.a": "$request.nothing.b"}},
        {"RequestParameters": {"overwrite:header.a": "$request.body..b"}},
        {"RequestParameters": {"overwrite:header.a b": "x"}},
        {"ResponseParameters": {"200": {"overwrite:path": "/"}}},
        {"ResponseParameters": {"200": {"overwrite:header.a": "$request.header.b"}}},
        {"ResponseParameters": {"99": {"overwrite:header.a": "b"}}},
        {"IntegrationUri": "ftp://example.com"},
        {"IntegrationMethod": "LOOK"},
        {"PayloadFormatVersion": "2.0"},
        {"ConnectionType": "VPC_LINK"},
        {"ConnectionId": "abc"},
        {"TlsConfig": {"ServerNameToVerify": "x"}},
        {"IntegrationType": "MOCK"},
        {"IntegrationType": "HTTP_PROXY", "IntegrationSubtype": "SQS-SendMessage"},
    ],
    ids=json.dumps,
)
def test_an_integration_that_makes_no_sense_is_refused(api: Api, settings: dict[str, Any]) -> None:
    request = {"IntegrationType": "HTTP_PROXY", "IntegrationMethod": "ANY", "IntegrationUri": "http://x", **settings}
    with pytest.raises(ClientError, match="BadRequestException"):
        api.apis.create_integration(ApiId=api.id, **request)


def _service(api: Api, key: str, subtype: str, **parameters: str) -> None:
    _integrate(
        api,
        key,
        IntegrationType="AWS_PROXY",
        IntegrationSubtype=subtype,
        CredentialsArn=ROLE,
        PayloadFormatVersion="1.0",
        RequestParameters=parameters,
    )


def test_queues_are_used_without_a_function(aws: Serein, api: Api) -> None:
    queues = aws.client("sqs")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    _service(
        api,
        "POST /send",
        "SQS-SendMessage",
        QueueUrl=url,
        MessageBody="$request.body",
        MessageAttributes='{"who": {"DataType": "String", "StringValue": "${request.header.who}"}}',
    )
    _service(api, "GET /receive", "SQS-ReceiveMessage", QueueUrl=url, MessageAttributeNames="All")
    _service(api, "POST /delete", "SQS-DeleteMessage", QueueUrl=url, ReceiptHandle="$request.querystring.handle")
    _service(api, "POST /purge", "SQS-PurgeQueue", QueueUrl=url)
    sent = api.send("POST", "/send", b"hello & goodbye", {"Who": "me"})
    assert (sent.status, b"<MessageId>" in sent.body) == (200, True)
    received = api.send("GET", "/receive")
    assert b"hello &amp; goodbye" in received.body
    assert b"<StringValue>me</StringValue>" in received.body
    assert b"ReceiptHandleIsInvalid" in api.send("POST", "/delete?handle=nonsense").body
    assert api.send("POST", "/purge").status == 200


def test_events_and_records_are_put_without_a_function(aws: Serein, api: Api) -> None:
    queues, events = aws.client("sqs"), aws.client("events")
    url = queues.create_queue(QueueName="q")["QueueUrl"]
    arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    events.put_rule(Name="r", EventPattern='{"source": ["shop"]}')
    events.put_targets(Rule="r", Targets=[{"Id": "1", "Arn": arn}])
    _service(
        api,
        "POST /event",
        "EventBridge-PutEvents",
        Detail="$request.body",
        DetailType="order",
        Source="$request.querystring.source",
        Resources='["a", "b"]',
        Time="2026-01-02T03:04:05Z",
    )
    put = api.send("POST", "/event?source=shop", b'{"n": 1}')
    assert (put.status, put.json()["FailedEntryCount"]) == (200, 0)
    aws.wait_until_idle()
    (message,) = queues.receive_message(QueueUrl=url)["Messages"]
    event = json.loads(message["Body"])
    assert (event["detail"], event["resources"], event["time"]) == ({"n": 1}, ["a", "b"], "2026-01-02T03:04:05Z")

    streams = aws.client("kinesis")
    streams.create_stream(StreamName="s", ShardCount=1)
    _service(api, "POST /record", "Kinesis-PutRecord", StreamName="s", Data="$request.body.data", PartitionKey="p")
    data = base64.b64encode(b"hello").decode()
    record = api.send("POST", "/record", json.dumps({"data": data}).encode())
    assert record.status == 200
    assert record.json()["SequenceNumber"]


def test_a_service_that_is_not_here_says_so(api: Api) -> None:
    _service(
        api,
        "GET /configuration",
        "AppConfig-GetConfiguration",
        Application="a",
        Environment="b",
        Configuration="c",
        ClientId="d",
    )
    answer = api.send("GET", "/configuration")
    assert (answer.status, answer.json()) == (501, {"message": "Serein does not implement AppConfig"})


@pytest.mark.parametrize(
    ("subtype", "parameters"),
    [
        ("SQS-SendMessage", {"QueueUrl": "q"}),
        ("SQS-SendMessage", {"QueueUrl": "q", "MessageBody": "b", "Nonsense": "c"}),
        ("SQS-ListQueues", {}),
        ("Kinesis-PutRecord", {"StreamName": "s", "Data": "$request.what", "PartitionKey": "p"}),
    ],
)
def test_a_service_integration_has_the_parameters_of_its_operation(
    api: Api, subtype: str, parameters: dict[str, str]
) -> None:
    with pytest.raises(ClientError, match="BadRequestException"):
        _service(api, "POST /x", subtype, **parameters)


def test_a_private_integration_goes_where_its_link_leads(aws: Serein, api: Api, origin: str) -> None:
    link = api.apis.create_vpc_link(Name="l", SubnetIds=["subnet-1"], Tags={"serein:address": origin})["VpcLinkId"]
    listener = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c"
    integration_id = _proxy(api, "ANY /x/{proxy+}", listener, ConnectionType="VPC_LINK", ConnectionId=link)
    assert api.send("GET", "/x/a%20b?q=1").json()["path"] == "/x/a%20b?q=1"
    with pytest.raises(ClientError, match="is used by an integration"):
        api.apis.delete_vpc_link(VpcLinkId=link)
    api.apis.update_integration(ApiId=api.id, IntegrationId=integration_id, IntegrationUri=origin)
    assert api.send("PUT", "/x/y").json()["method"] == "PUT"
    lost = api.apis.create_vpc_link(Name="m", SubnetIds=["subnet-1"])["VpcLinkId"]
    api.apis.update_integration(ApiId=api.id, IntegrationId=integration_id, IntegrationUri=listener, ConnectionId=lost)
    assert api.send("GET", "/x/y").status == 503


def test_vpc_links_are_listed_changed_and_deleted(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    made = apis.create_vpc_link(Name="a", SubnetIds=["subnet-1"], SecurityGroupIds=["sg-1"])
    assert (made["VpcLinkStatus"], made["VpcLinkVersion"]) == ("AVAILABLE", "V2")
    assert apis.update_vpc_link(VpcLinkId=made["VpcLinkId"], Name="b")["Name"] == "b"
    assert [each["Name"] for each in apis.get_vpc_links()["Items"]] == ["b"]
    assert apis.get_vpc_link(VpcLinkId=made["VpcLinkId"])["SecurityGroupIds"] == ["sg-1"]
    apis.delete_vpc_link(VpcLinkId=made["VpcLinkId"])
    with pytest.raises(ClientError, match="NotFoundException"):
        apis.get_vpc_link(VpcLinkId=made["VpcLinkId"])


def test_an_api_reaches_another_one_by_its_aws_name(aws: Serein, api: Api) -> None:
    api.route("GET /inner", api.function(ECHO))
    other = Api(aws)
    _proxy(other, "GET /outer", f"https://{api.id}.execute-api.us-east-1.amazonaws.com/inner")
    assert other.send("GET", "/outer").json()["rawPath"] == "/inner"


@pytest.mark.parametrize("path", ["/x/../admin", "/x/%2e%2e/admin", "/x/a/../../admin", "/x/..%2fadmin"])
def test_a_path_does_not_lead_out_of_the_integrations(api: Api, origin: str, path: str) -> None:
    _proxy(api, "GET /x/{proxy+}", f"{origin}/base/{{proxy}}")
    assert api.send("GET", path).json()["path"].startswith("/base/")


def test_headers_and_queries_pass_as_they_are(api: Api, origin: str) -> None:
    _proxy(api, "GET /x", f"{origin}/base?own=1")
    answer = api.send("GET", "/x?a=%26&a=%20+b&c", headers={"X-A": "one, two", "Connection": "close", "TE": "x"}).json()
    assert answer["path"] == "/base?own=1&a=%26&a=%20+b&c"
    headers = dict(answer["headers"])
    assert headers["x-a"] == "one, two"
    assert "te" not in headers
    assert headers["host"] == origin.removeprefix("http://")
    assert "for=127.0.0.1" in headers["forwarded"]
