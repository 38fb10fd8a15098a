"""What a stage adds to a REST API: caches, canaries, logs, metrics; and what the API demands of requests."""

import gzip
import json
from typing import Any

import pytest

from rest_api import MOCK, RestApi
from serein.testing import Serein

JSON = "application/json"
COUNTER = """
count = 0

def handler(event, context):
    global count
    count += 1
    return {"statusCode": 200, "body": str(count), "headers": {"x-count": str(count)}}
"""


@pytest.fixture
def cached(aws: Serein) -> RestApi:
    """An API with a cache, and a function that counts behind `/count` and `/keyed/{id}`."""
    api = RestApi(aws)
    function = api.function(COUNTER)
    api.proxy("/count", "GET", function)
    api.proxy("/count", "POST", function)
    parameters = ["method.request.path.id", "method.request.querystring.q"]
    api.method(
        "/keyed/{id}",
        "GET",
        {"type": "AWS_PROXY", "uri": api.invocation(function), "cacheKeyParameters": parameters},
    )
    api.deploy()
    api.set("/cacheClusterEnabled", "true")
    api.set("/*/*/caching/enabled", "true")
    api.set("/*/*/caching/ttlInSeconds", "10")
    return api


def test_a_cached_reply_is_given_again_until_it_is_old(cached: RestApi) -> None:
    first = cached.get("/count")
    again = cached.get("/count?whatever=1")
    assert (first.body, again.body, again.header("x-count")) == (b"1", b"1", "1")
    assert first.header("x-amzn-requestid") != again.header("x-amzn-requestid")
    cached.aws.clock.advance(11)
    assert cached.get("/count").body == b"2"


def test_only_key_parameters_tell_cached_replies_apart(cached: RestApi) -> None:
    assert [cached.get(path).body for path in ("/keyed/a?q=1", "/keyed/a?q=1&x=2", "/keyed/b?q=1", "/keyed/a?q=2")] == [
        b"1",
        b"1",
        b"2",
        b"3",
    ]


def test_methods_other_than_get_are_not_cached_with_the_stage(cached: RestApi) -> None:
    assert [cached.post("/count", {}).body for _ in range(2)] == [b"1", b"2"]


def test_a_flushed_cache_is_empty(cached: RestApi) -> None:
    cached.get("/count")
    cached.client.flush_stage_cache(restApiId=cached.id, stageName="prod")
    assert cached.get("/count").body == b"2"


def test_a_client_may_renew_a_cached_reply_if_the_stage_lets_everyone(cached: RestApi) -> None:
    cached.get("/count")
    cached.set("/*/*/caching/requireAuthorizationForCacheControl", "false")
    assert cached.get("/count", {"Cache-Control": "max-age=0"}).body == b"2"
    assert cached.get("/count").body == b"2"


@pytest.mark.parametrize(
    ("strategy", "status", "has_warning"),
    [
        ("SUCCEED_WITH_RESPONSE_HEADER", 200, True),
        ("SUCCEED_WITHOUT_RESPONSE_HEADER", 200, False),
        ("FAIL_WITH_403", 403, False),
    ],
)
def test_a_client_that_may_not_renew_is_answered_as_the_stage_says(
    cached: RestApi, strategy: str, status: int, has_warning: bool
) -> None:
    cached.get("/count")
    cached.set("/*/*/caching/unauthorizedCacheControlHeaderStrategy", strategy)
    answer = cached.get("/count", {"Cache-Control": "max-age=0"})
    assert (answer.status, answer.header("warning") is not None) == (status, has_warning)
    if status == 200:
        assert answer.body == b"1"


def test_a_canary_serves_its_share_with_its_variables(aws: Serein) -> None:
    api = RestApi(aws)
    api.mock("/who", "GET", "stable $stageVariables.colour")
    api.deploy(variables={"colour": "blue"})
    api.client.put_integration_response(
        restApiId=api.id,
        resourceId=api.resource("/who"),
        httpMethod="GET",
        statusCode="200",
        responseTemplates={JSON: "canary $stageVariables.colour $context.isCanaryRequest"},
    )
    canary = {"percentTraffic": 100.0, "stageVariableOverrides": {"colour": "yellow"}}
    api.client.create_deployment(restApiId=api.id, stageName="prod", canarySettings=canary)
    assert api.get("/who").body == b"canary yellow true"
    api.set("/canarySettings/percentTraffic", "0.0")
    assert api.get("/who").body == b"stable blue"
    api.set("/canarySettings/percentTraffic", "50.0")
    assert {api.get("/who").body.split()[0] for _ in range(80)} == {b"canary", b"stable"}


def test_a_deployment_is_what_it_was_when_it_was_made(aws: Serein) -> None:
    api = RestApi(aws)
    api.mock("/", "GET", "one")
    api.deploy()
    api.mock("/more", "GET", "two")
    assert api.get("/more").status == 403
    api.deploy()
    assert (api.get("/").body, api.get("/more").body) == (b"one", b"two")


def lines(aws: Serein, group: str) -> list[str]:
    aws.idle()
    events = aws.client("logs").filter_log_events(logGroupName=group)["events"]
    return [event["message"] for event in events]


def test_an_access_log_has_a_line_for_each_request(aws: Serein) -> None:
    api = RestApi(aws)
    api.mock("/logged", "GET", "hello")
    api.deploy()
    names = (
        "requestId",
        "httpMethod",
        "resourcePath",
        "status",
        "responseLength",
        "identity.sourceIp",
        "error.message",
    )
    line_format = json.dumps({name: f"$context.{name}" for name in names})
    aws.client("logs").create_log_group(logGroupName="access")
    destination = f"arn:aws:logs:{aws.region}:{aws.account}:log-group:access"
    api.client.update_stage(
        restApiId=api.id,
        stageName="prod",
        patchOperations=[
            {"op": "replace", "path": "/accessLogSettings/destinationArn", "value": destination},
            {"op": "replace", "path": "/accessLogSettings/format", "value": line_format},
        ],
    )
    answer = api.get("/logged")
    api.get("/nothing")
    first, second = (json.loads(line) for line in lines(aws, "access"))
    assert first == {
        "requestId": answer.header("x-amzn-requestid"),
        "httpMethod": "GET",
        "resourcePath": "/logged",
        "status": "200",
        "responseLength": "5",
        "identity.sourceIp": "127.0.0.1",
        "error.message": "-",
    }
    assert (second["status"], second["error.message"]) == ("403", "Missing Authentication Token")


def allow_logs(api: RestApi) -> None:
    role = f"arn:aws:iam::{api.aws.account}:role/logs"
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": role}
    api.client.update_account(patchOperations=[operation])


def test_an_execution_log_tells_what_happened_to_a_request(aws: Serein) -> None:
    api = RestApi(aws)
    api.method("/logged/{id}", "POST", MOCK, {"200": {"responseTemplates": {JSON: "done"}}})
    api.deploy()
    allow_logs(api)
    api.set("/*/*/logging/loglevel", "INFO")
    api.set("/*/*/logging/dataTrace", "true")
    answer = api.post("/logged/7", {"secret": 1})
    found = lines(aws, f"API-Gateway-Execution-Logs_{api.id}/prod")
    assert all(line.startswith(f"({answer.header('x-amzn-requestid')}) ") for line in found)
    text = "\n".join(found)
    for part in (
        "Starting execution for request",
        "HTTP Method: POST, Resource Path: /logged/7",
        "Method request path: {id=7}",
        'Method request body before transformations: {"secret": 1}',
        "Method response body after transformations: done",
        "Method completed with status: 200",
    ):
        assert part in text
    api.set("/*/*/logging/dataTrace", "false")
    api.post("/logged/8", {"hidden": 1})
    assert "hidden" not in "\n".join(lines(aws, f"API-Gateway-Execution-Logs_{api.id}/prod"))


def test_requests_are_counted_and_measured(aws: Serein) -> None:
    api = RestApi(aws)
    api.mock("/counted", "GET", "hello")
    api.method("/failed", "GET", MOCK, {"500": {}})
    api.deploy()
    began = aws.clock.now()
    for path in ("/counted", "/counted", "/failed", "/nothing"):
        api.get(path)
    aws.clock.advance(120)

    def total(metric: str) -> float:
        reply = aws.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=metric,
            Dimensions=[{"Name": "ApiName", "Value": "test"}, {"Name": "Stage", "Value": "prod"}],
            StartTime=began - 120,
            EndTime=began + 240,
            Period=300,
            Statistics=["Sum", "SampleCount"],
        )
        return float(sum(point["Sum"] for point in reply["Datapoints"]))

    assert (total("Count"), total("4XXError"), total("5XXError")) == (4, 1, 1)


def test_gateway_responses_have_templates_headers_and_statuses_of_the_apis_own(aws: Serein) -> None:
    api = RestApi(aws)
    api.mock("/keyed", "GET", "in", apiKeyRequired=True)
    put = api.client.put_gateway_response
    put(
        restApiId=api.id,
        responseType="MISSING_AUTHENTICATION_TOKEN",
        statusCode="404",
        responseTemplates={JSON: '{"no": $context.error.messageString, "kind": "$context.error.responseType"}'},
        responseParameters={"gatewayresponse.header.X-Path": "context.path"},
    )
    cors = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    put(restApiId=api.id, responseType="DEFAULT_4XX", responseParameters=cors)
    api.deploy()
    answer = api.get("/nothing")
    assert (answer.status, answer.header("x-path")) == (404, "/prod/nothing")
    assert answer.json() == {"no": "Missing Authentication Token", "kind": "MISSING_AUTHENTICATION_TOKEN"}
    answer = api.get("/keyed")
    assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})
    assert answer.header("access-control-allow-origin") == "*"


@pytest.fixture
def checked(aws: Serein) -> RestApi:
    """An API that demands a parameter, a header and a pet."""
    api = RestApi(aws)
    schema = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "age": {"type": "integer", "minimum": 0}},
    }
    create = api.client.create_model
    create(restApiId=api.id, name="Pet", contentType=JSON, schema=json.dumps(schema))
    reference = f"https://apigateway.amazonaws.com/restapis/{api.id}/models/Pet"
    pets = {"type": "array", "items": {"$ref": reference}}
    create(restApiId=api.id, name="Pets", contentType=JSON, schema=json.dumps(pets))
    validator = api.client.create_request_validator(
        restApiId=api.id, name="all", validateRequestBody=True, validateRequestParameters=True
    )["id"]
    parameters = {"method.request.querystring.q": True, "method.request.header.X-Need": True}
    settings: dict[str, Any] = {"requestValidatorId": validator}
    ok = {"200": {"responseTemplates": {JSON: "ok"}}}
    mock = {"type": "MOCK", "requestTemplates": {JSON: '{"statusCode": 200}'}}
    api.method("/parameters", "GET", mock, ok, requestParameters=parameters, **settings)
    api.method("/pet", "POST", mock, ok, requestModels={JSON: "Pet"}, **settings)
    api.method("/pets", "POST", mock, ok, requestModels={JSON: "Pets"}, **settings)
    api.client.put_gateway_response(
        restApiId=api.id,
        responseType="BAD_REQUEST_BODY",
        responseTemplates={
            JSON: '{"message": $context.error.messageString, "why": "$context.error.validationErrorString"}'
        },
    )
    api.deploy()
    return api


def test_required_parameters_must_be_there(checked: RestApi) -> None:
    answer = checked.get("/parameters")
    assert answer.status == 400
    assert answer.json()["message"].startswith("Missing required request parameters: [")
    assert checked.get("/parameters?q=", {"X-Need": "1"}).json() == {
        "message": "Missing required request parameters: [q]"
    }
    assert checked.get("/parameters?q=1", {"x-need": "1"}).body == b"ok"


@pytest.mark.parametrize("body", [{}, {"name": 5}, {"name": "a", "age": -1}, [], b"{", b"", b"\xff", b"[" * 100_000])
def test_a_body_must_be_as_its_model_says(checked: RestApi, body: Any) -> None:
    answer = checked.post("/pet", body)
    assert answer.status == 400
    assert b"Invalid request body" in answer.body


def test_a_body_that_is_as_its_model_says_goes_on(checked: RestApi) -> None:
    assert checked.post("/pet", {"name": "Rex"}).body == b"ok"
    assert checked.post("/pets", [{"name": "Rex"}]).body == b"ok"
    assert checked.post("/pets", [{"age": 1}]).status == 400


def test_what_is_wrong_with_a_body_is_told_to_gateway_responses(checked: RestApi) -> None:
    text = checked.post("/pet", {}).body.decode()
    assert 'object has missing required properties (["name"])' in text


def test_large_replies_are_packed_and_packed_requests_unpacked(aws: Serein) -> None:
    api = RestApi(aws, minimumCompressionSize=10)
    api.method(
        "/echo",
        "POST",
        {
            "type": "AWS_PROXY",
            "uri": api.invocation(api.function("def handler(event, context):\n    return {'body': event['body']}\n")),
        },
    )
    api.deploy()
    body = b"a long text " * 10
    packed = {"Content-Encoding": "gzip", "Accept-Encoding": "gzip"}
    answer = api.post("/echo", gzip.compress(body), packed)
    assert answer.header("content-encoding") == "gzip"
    assert gzip.decompress(answer.body) == body
    assert api.post("/echo", body).body == body
    assert api.post("/echo", b"short", {"Accept-Encoding": "gzip"}).body == b"short"
    for broken in (b"no gzip", gzip.compress(body)[:-4]):
        assert api.post("/echo", broken, packed).status == 400
    assert api.post("/echo", body, {"Content-Encoding": "br"}).status == 415
    assert api.post("/echo", gzip.compress(bytes(12 * 1024 * 1024)), packed).status == 413
