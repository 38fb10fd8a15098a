"""Tasks that call APIs: routes of API Gateway's, and HTTP endpoints as connections of EventBridge."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from http_api import Api
from rest_api import RestApi
from tests.aws.events.test_targets import Site
from tests.aws.stepfunctions.workflows import Workflows
from tests.conftest import Aws
from websocket_api import MOCK_OK, STAGE, WebSocketApi

API, HTTP = "arn:aws:states:::apigateway:invoke", "arn:aws:states:::http:invoke"
EVENT = "def handler(event, context):\n    return {'statusCode': 200, 'body': __import__('json').dumps(event)}\n"


@pytest.fixture
def flows(aws: Aws) -> Workflows:
    return Workflows(aws)


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


def host(aws: Aws, api_id: str) -> str:
    return f"{api_id}.execute-api.{aws.region}.amazonaws.com"


def test_a_route_of_a_rest_api_is_called(aws: Aws, flows: Workflows) -> None:
    api = RestApi(aws)
    api.proxy("/bills/{id}", "POST", api.function())
    api.method(
        "/refused", "GET", {"type": "MOCK", "requestTemplates": {"application/json": '{"statusCode": 403}'}},
        {"403": {"responseTemplates": {"application/json": '{"message":"no"}'}}},
    )  # fmt: skip
    api.proxy("/signed", "GET", api.function(), authorizationType="AWS_IAM")
    api.deploy()
    place = {"ApiEndpoint": host(aws, api.id), "Stage": "prod"}
    ended = flows.run_task(
        API,
        {
            **place,
            "Method": "POST",
            "Path": "/bills/7",
            "Headers": {"x-two": ["1", "2"]},
            "QueryParameters": {"q": ["a b", "c"]},
            "RequestBody": {"amount.$": "$.n", "nothing": None},
        },
        {"n": 5},
    )
    assert (ended.output["StatusCode"], ended.output["StatusText"]) == (200, "OK")
    assert ended.output["Headers"]["content-type"]
    event = ended.output["ResponseBody"]
    assert event["pathParameters"] == {"id": "7"}
    assert event["multiValueQueryStringParameters"] == {"q": ["a b", "c"]}
    assert event["multiValueHeaders"]["x-two"] == ["1", "2"]
    assert json.loads(event["body"]) == {"amount": 5}
    refused = flows.run_task(API, {**place, "Method": "GET", "Path": "refused"})
    assert (refused.error, refused.cause) == ("ApiGateway.403", '{"message":"no"}')
    unsigned = flows.run_task(API, {**place, "Method": "GET", "Path": "signed"})
    assert unsigned.error == "ApiGateway.403"
    signed = flows.run_task(API, {**place, "Method": "GET", "Path": "signed", "AuthType": "IAM_ROLE"})
    identity = signed.output["ResponseBody"]["requestContext"]["identity"]
    assert identity["userArn"].startswith(f"arn:aws:sts::{aws.account}:assumed-role/states/")


def test_the_default_stage_of_an_http_api_needs_no_name(aws: Aws, flows: Workflows) -> None:
    api = Api(aws)
    api.route("ANY /hello", api.function(EVENT))
    for endpoint in (host(aws, api.id), f"{api.id}.execute-api.localhost:4566"):
        ended = flows.run_task(API, {"ApiEndpoint": endpoint, "Method": "GET", "Path": "hello"})
        assert ended.output["ResponseBody"]["rawPath"] == "/hello"


def test_a_machine_talks_to_a_client_of_a_websocket_api(aws: Aws, flows: Workflows) -> None:
    api = WebSocketApi(aws)
    api.mock("$default", MOCK_OK, {"$default": "$context.connectionId"})
    api.deploy()
    parameters = {
        "ApiEndpoint": host(aws, api.id),
        "Method": "POST",
        "Stage": STAGE,
        "Path.$": "States.Format('/@connections/{}', $.id)",
        "RequestBody": {"progress.$": "$.n"},
        "AuthType": "IAM_ROLE",
    }
    machine = flows.task(API, parameters)
    with api.client() as client:
        client.send({"action": "who"})
        ended = flows.run(machine, {"id": client.text(), "n": 50})
        assert ended.output["StatusCode"] == 200
        assert client.json() == {"progress": 50}
    gone = flows.run(machine, {"id": "nobody=", "n": 100})
    assert gone.error == "ApiGateway.410"


@pytest.mark.parametrize(
    ("parameters", "fault"),
    [
        ({"Method": "FETCH"}, "The value of the field 'Method' has an invalid format"),
        ({"QueryParameters": "?a=b"}, "The value of the field 'QueryParameters' has an invalid format"),
        ({"Headers": {"a": "b"}}, "The value of the field 'Headers' has an invalid format"),
        ({"Headers": {"Host": ["b"]}}, "The header 'Host' is not supported by Step Functions"),
        ({"ApiEndpoint": "https://example.com"}, "The value of the field 'ApiEndpoint' has an invalid format"),
        ({"AuthType": "KEY"}, "The value of the field 'AuthType' has an invalid format"),
    ],
)
def test_parameters_of_calls_of_apis_have_forms(flows: Workflows, parameters: dict[str, Any], fault: str) -> None:
    whole = {"ApiEndpoint": "abc.execute-api.us-east-1.amazonaws.com", "Method": "GET", **parameters}
    dynamic = {f"{name}.$": f"$.{name}" for name in whole}
    ended = flows.run_task(API, dynamic, whole)
    assert ended.error == "States.Runtime"
    assert fault in ended.cause


def connection(aws: Aws, kind: str = "BASIC", **more: Any) -> str:
    parameters = {
        "BASIC": {"BasicAuthParameters": {"Username": "user", "Password": "pass"}},
        "API_KEY": {"ApiKeyAuthParameters": {"ApiKeyName": "x-key", "ApiKeyValue": "secret"}},
    }[kind]
    made = aws.client("events").create_connection(
        Name=kind.lower(), AuthorizationType=kind, AuthParameters={**parameters, **more}
    )
    arn: str = made["ConnectionArn"]
    return arn


def test_an_endpoint_is_called_as_a_connection(aws: Aws, flows: Workflows, site: Site) -> None:
    extra = {
        "HeaderParameters": [{"Key": "x-fixed", "Value": "1"}],
        "QueryStringParameters": [{"Key": "k", "Value": "v"}],
        "BodyParameters": [{"Key": "added", "Value": "yes"}],
    }
    arn = connection(aws, "API_KEY", InvocationHttpParameters=extra)
    site.answers = [(200, '{"id": 7}')]
    parameters = {
        "ApiEndpoint.$": "$.url",
        "Method": "POST",
        "InvocationConfig": {"ConnectionArn": arn},
        "Headers": {"x-own": "2", "X-Fixed": "0"},
        "QueryParameters": {"a": ["b c", "d"], "k": "0"},
        "RequestBody": {"n": 1},
    }
    ended = flows.run_task(HTTP, parameters, {"url": f"{site.url}/in"})
    assert ended.output["ResponseBody"] in ({"id": 7}, '{"id": 7}')
    assert (ended.output["StatusCode"], ended.output["StatusText"]) == (200, "OK")
    ((method, path, headers, body),) = site.requests
    assert (method, path) == ("POST", "/in?a=b+c&a=d&k=v")
    assert (headers["x-key"], headers["x-own"], headers["x-fixed"]) == ("secret", "2", "1")
    assert headers["User-Agent"] == f"Amazon|StepFunctions|HttpInvoke|{aws.region}"
    assert headers["Range"] == "bytes=0-262144"
    assert json.loads(body) == {"n": 1, "added": "yes"}


def test_a_body_may_be_a_form(aws: Aws, flows: Workflows, site: Site) -> None:
    arn = connection(aws, InvocationHttpParameters={"BodyParameters": [{"Key": "more", "Value": "x y"}]})
    parameters = {
        "ApiEndpoint": f"{site.url}/in",
        "Method": "POST",
        "Authentication": {"ConnectionArn": arn},
        "RequestBody": {"a": [1, 2], "b": {"c": "d e"}},
        "Transform": {"RequestBodyEncoding": "URL_ENCODED", "RequestEncodingOptions": {"ArrayFormat": "BRACKETS"}},
    }
    assert flows.run_task(HTTP, parameters).status == "SUCCEEDED"
    ((_, _, headers, body),) = site.requests
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"user:pass").decode()
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert body == "a[]=1&a[]=2&b[c]=d+e&more=x+y"


def test_a_refusal_is_an_error_with_its_status(aws: Aws, flows: Workflows, site: Site) -> None:
    call = {"ApiEndpoint": f"{site.url}/in", "Method": "GET", "InvocationConfig": {"ConnectionArn": connection(aws)}}
    site.answers = [(429, '{"why":"too many"}'), (200, "{}")]
    retry = [{"ErrorEquals": ["States.Http.StatusCode.429"], "MaxAttempts": 1, "IntervalSeconds": 1}]
    machine = flows.task(HTTP, call)
    ended = flows.run(machine)
    assert (ended.error, ended.cause) == ("States.Http.StatusCode.429", "Too Many Requests")
    site.answers = [(429, "{}"), (200, "{}")]
    execution = flows.start(flows.task(HTTP, call, Retry=retry))
    aws.idle()
    aws.advance(2)
    assert flows.end_of(execution).status == "SUCCEEDED"


def test_an_endpoint_needs_a_connection_that_is_there(aws: Aws, flows: Workflows, site: Site) -> None:
    arn = connection(aws)
    aws.client("events").delete_connection(Name="basic")
    call = {"ApiEndpoint": f"{site.url}/in", "Method": "GET"}
    gone = flows.run_task(HTTP, {**call, "InvocationConfig": {"ConnectionArn": arn}})
    assert gone.error == "Events.ConnectionResource.NotFound"
    none = flows.run_task(HTTP, call)
    assert none.error == "States.Runtime"
    assert "The value of the field 'ConnectionArn' has an invalid format" in none.cause
    plain = flows.run_task(
        HTTP, {**call, "ApiEndpoint": "http://example.com", "InvocationConfig": {"ConnectionArn": arn}}
    )
    assert "The value of the field 'ApiEndpoint' has an invalid format" in plain.cause
    assert site.requests == []


def test_nobody_at_the_endpoint_is_an_error_of_the_socket(aws: Aws, flows: Workflows, site: Site) -> None:
    site.server.server_close()
    call = {"ApiEndpoint": f"{site.url}/in", "Method": "GET", "InvocationConfig": {"ConnectionArn": connection(aws)}}
    assert flows.run_task(HTTP, call).error == "States.Http.Socket"
