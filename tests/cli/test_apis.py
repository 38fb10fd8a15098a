"""`apis` and `api test`."""

import json
from pathlib import Path
from urllib.parse import urlsplit

from cli_runs import Run
from http_api import ECHO, Api
from rest_api import MOCK, RestApi
from serein.testing import Serein


def test_apis_are_shown_and_one_request_is_watched(serein: Serein, serein_cli: Run) -> None:
    assert "There are no APIs." in serein_cli("apis").stdout
    api = Api(serein)
    api.route("GET /orders/{id}", api.function(ECHO))
    api.apis.create_route(ApiId=api.id, RouteKey="POST /orders", AuthorizationType="AWS_IAM")
    shown = serein_cli("apis", "test").stdout
    assert f"HTTP API {api.id}" in shown
    assert f"http://{api.id}.execute-api.localhost" in shown
    lines = [line.split() for line in shown.splitlines()]
    assert ["GET", "/orders/{id}", "function", "f1"] in lines
    assert ["POST", "/orders", "IAM", "no", "integration"] in lines

    told = serein_cli("api", "test", "get", "/orders/7?a=b", "-H", "X-A: c").stdout
    for text in ("route", "GET /orders/{id}", '"id": "7"', "integration request", "function", "200 OK"):
        assert text in told
    document = json.loads(serein_cli("api", "test", "get", "/orders/7", "--json").stdout)
    assert document["status"] == 200
    event = next(step["event"] for step in document["steps"] if step["name"] == "integration request")
    assert "x-serein-steps" not in event["headers"]

    refused = serein_cli("api", "test", "post", "/orders", "-d", "body")
    assert "403 Forbidden" in refused.stdout
    assert "AWS_IAM" in refused.stdout


def test_rest_apis_are_shown_and_watched_too(serein: Serein, serein_cli: Run) -> None:
    api = RestApi(serein)
    function = api.function()
    api.method("/", "GET", MOCK, {"200": {}}, apiKeyRequired=True)
    api.method("/o/{id}", "POST", {"type": "AWS_PROXY", "uri": api.invocation(function)})
    uri = f"arn:aws:apigateway:{serein.region}:dynamodb:action/PutItem"
    api.method("/t", "PUT", {"type": "AWS", "uri": uri, "credentials": "arn:aws:iam::1:role/r"})
    api.deploy()
    shown = serein_cli("apis").stdout
    assert f"REST API {api.id}" in shown
    lines = [line.split() for line in shown.splitlines()]
    assert ["GET", "/", "API", "key", "mock"] in lines
    assert ["POST", "/o/{id}", "function", f"{api.id}-1"] in lines
    assert ["PUT", "/t", "dynamodb", "action/PutItem"] in lines
    told = serein_cli("api", "test", "post", "/o/7", "-d", "body").stdout
    for text in ("/o/{id}", "200 OK", '"id": "7"'):
        assert text in told


def test_an_output_with_an_apis_url_on_aws_has_the_local_one_beside_it(
    serein: Serein, serein_cli: Run, tmp_path: Path
) -> None:
    url = "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}/live"
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}}
    template = {"Resources": {"Api": api}, "Outputs": {"Url": {"Value": {"Fn::Sub": url}}}}
    (tmp_path / "template.json").write_text(json.dumps(template))
    lines = serein_cli("deploy", str(tmp_path), "--stack", "s").stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if "Url = https://" in line)
    api_id = serein.client("apigateway").get_rest_apis()["items"][0]["id"]
    port = urlsplit(serein.endpoint).port
    assert lines[at + 1].split() == ["here", f"http://{api_id}.execute-api.localhost:{port}/live"]


def test_what_is_not_there_is_said(serein: Serein, serein_cli: Run) -> None:
    missing = serein_cli("apis", "nothing")
    assert (missing.returncode, "There is no API nothing" in missing.stderr) == (1, True)
    assert serein_cli("api", "test", "get", "/x").returncode == 1
    first, _second = Api(serein), Api(serein)
    several = serein_cli("api", "test", "get", "/x")
    assert "Say which with --api" in several.stderr
    assert "404 Not Found" in serein_cli("api", "test", "get", "/x", "--api", first.id).stdout
    assert serein_cli("api", "test", "get", "x", "--api", first.id).returncode == 2
