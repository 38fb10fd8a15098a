"""What stages add: throttles, access logs, metrics; and one request watched on its way."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from http_api import ECHO, Api
from serein.testing import Serein


def test_a_route_is_throttled_by_its_settings_or_the_default(aws: Serein, api: Api) -> None:
    function = api.function(ECHO)
    api.route("GET /a", function)
    api.route("GET /b", function)
    api.apis.update_stage(
        ApiId=api.id,
        StageName="$default",
        DefaultRouteSettings={"ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1},
        RouteSettings={"GET /b": {"ThrottlingRateLimit": 2, "ThrottlingBurstLimit": 3}},
    )
    assert [api.send("GET", "/b").status for _ in range(4)] == [200, 200, 200, 429]
    assert api.send("GET", "/a").status == 200
    refused = api.send("GET", "/a")
    assert (refused.status, refused.json()) == (429, {"message": "Too Many Requests"})
    aws.clock.advance(1)
    assert [api.send("GET", "/a").status, api.send("GET", "/b").status, api.send("GET", "/b").status] == [200] * 3
    api.apis.delete_route_settings(ApiId=api.id, StageName="$default", RouteKey="GET /b")
    aws.clock.advance(10)
    assert [api.send("GET", "/b").status for _ in range(2)] == [200, 429]


def _lines(aws: Serein, group: str) -> list[Any]:
    aws.wait_until_idle()
    events = aws.client("logs").filter_log_events(logGroupName=group)["events"]
    return [json.loads(event["message"]) for event in events]


def test_each_request_has_a_line_in_the_access_log(aws: Serein, api: Api) -> None:
    api.route("GET /a/{id}", api.function(ECHO))
    group = f"arn:aws:logs:us-east-1:{aws.account}:log-group:access"
    names = (
        "requestId",
        "routeKey",
        "status",
        "httpMethod",
        "path",
        "identity.sourceIp",
        "responseLength",
        "integrationStatus",
        "integrationErrorMessage",
        "stage",
        "protocol",
        "customDomain.basePathMatched",
    )
    log_format = json.dumps({name: f"$context.{name}" for name in names})
    api.apis.update_stage(
        ApiId=api.id, StageName="$default", AccessLogSettings={"DestinationArn": group, "Format": log_format}
    )
    answer = api.send("GET", "/a/1")
    (line,) = _lines(aws, "access")
    assert line["requestId"] == answer.header("apigw-requestid")
    assert (line["routeKey"], line["status"], line["path"]) == ("GET /a/{id}", "200", "/a/1")
    assert (line["responseLength"], line["integrationStatus"]) == (str(len(answer.body)), "200")
    assert (line["integrationErrorMessage"], line["customDomain.basePathMatched"]) == ("-", "-")
    api.send("GET", "/nothing")
    missed = next(line for line in _lines(aws, "access") if line["status"] == "404")
    assert (missed["routeKey"], missed["integrationStatus"]) == ("-", "-")
    api.apis.delete_access_log_settings(ApiId=api.id, StageName="$default")
    api.send("GET", "/a/2")
    assert len(_lines(aws, "access")) == 2


def test_a_failure_is_told_in_the_access_log(aws: Serein, api: Api) -> None:
    api.route("GET /a", api.function("def handler(event, context):\n    raise ValueError('boom')\n"))
    group = f"arn:aws:logs:us-east-1:{aws.account}:log-group:failures"
    log_format = '{"error":"$context.integrationErrorMessage","status":"$context.status"}'
    api.apis.update_stage(
        ApiId=api.id, StageName="$default", AccessLogSettings={"DestinationArn": group, "Format": log_format}
    )
    api.send("GET", "/a")
    assert _lines(aws, "failures") == [
        {"error": "The Lambda function returned the following error: boom", "status": "500"}
    ]


def test_requests_are_counted(aws: Serein, api: Api) -> None:
    api.route("GET /a", api.function(ECHO))
    api.route("GET /bad", api.function("def handler(event, context):\n    return {'statusCode': 404}\n"))
    api.apis.update_stage(ApiId=api.id, StageName="$default", DefaultRouteSettings={"DetailedMetricsEnabled": True})
    begin = aws.clock.now()
    for path in ("/a", "/a", "/bad"):
        api.send("GET", path)
    aws.clock.advance(120)
    metrics = aws.client("cloudwatch")

    def total(name: str, **dimensions: str) -> float:
        answer = metrics.get_metric_statistics(
            Namespace="AWS/ApiGateway",
            MetricName=name,
            Dimensions=[{"Name": key, "Value": value} for key, value in dimensions.items()],
            StartTime=begin - 120,
            EndTime=begin + 240,
            Period=60,
            Statistics=["Sum"],
        )
        found: float = sum(point["Sum"] for point in answer["Datapoints"])
        return found

    assert total("Count", ApiId=api.id) == 3
    assert total("Count", ApiId=api.id, Stage="$default") == 3
    assert total("4xx", ApiId=api.id) == 1
    assert total("Count", ApiId=api.id, Stage="$default", Method="GET", Resource="/a") == 2


def test_a_request_can_be_watched_on_its_way(aws: Serein, api: Api) -> None:
    api.route("GET /a/{id}", api.function(ECHO))
    endpoint = urlsplit(aws.endpoint)
    connection = http.client.HTTPConnection(endpoint.hostname or "", endpoint.port, timeout=60)
    connection.request("GET", f"/_serein/api/{api.id}/a/1", headers={"X-Serein-Steps": "1"})
    told = json.loads(connection.getresponse().read())
    assert [step["name"] for step in told["steps"]] == ["route", "integration request", "function", "integration reply"]
    assert told["steps"][0]["parameters"] == {"id": "1"}
    assert told["status"] == 200
    connection.request(
        "GET", f"/_serein/api/{api.id}/a/1", headers={"X-Serein-Steps": "1", "Origin": "https://a.example"}
    )
    assert "steps" not in json.loads(connection.getresponse().read())
    connection.close()
    assert "steps" not in api.send("GET", "/a/1", headers={"X-Serein-Steps": "1"}).json()


@pytest.mark.parametrize(
    "settings",
    [
        {"AccessLogSettings": {"DestinationArn": "arn:aws:s3:::b", "Format": "$context.requestId"}},
        {"AccessLogSettings": {"Format": "$context.requestId"}},
        {"DefaultRouteSettings": {"LoggingLevel": "INFO"}},
        {"RouteSettings": {"GET /nothing": {"ThrottlingRateLimit": 1}}},
        {"DefaultRouteSettings": {"ThrottlingRateLimit": -1}},
        {"StageVariables": {"a-b": "c"}},
        {"StageVariables": {"a": "<>"}},
    ],
    ids=json.dumps,
)
def test_a_stage_that_makes_no_sense_is_refused(api: Api, settings: dict[str, Any]) -> None:
    with pytest.raises(ClientError):
        api.apis.update_stage(ApiId=api.id, StageName="$default", **settings)


def test_headers_beyond_10_kb_are_refused(api: Api) -> None:
    api.route("$default", api.function(ECHO))
    answer = api.send("GET", "/", headers={"X-Long": "x" * 10_300})
    assert (answer.status, answer.json()) == (431, {"message": "Request Header Fields Too Large"})
