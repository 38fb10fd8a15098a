"""`apis` and `api test`."""

import json

from cli_runs import Run
from http_api import ECHO, Api
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


def test_what_is_not_there_is_said(serein: Serein, serein_cli: Run) -> None:
    missing = serein_cli("apis", "nothing")
    assert (missing.returncode, "There is no API nothing" in missing.stderr) == (1, True)
    assert serein_cli("api", "test", "get", "/x").returncode == 1
    first, _second = Api(serein), Api(serein)
    several = serein_cli("api", "test", "get", "/x")
    assert "Say which with --api" in several.stderr
    assert "404 Not Found" in serein_cli("api", "test", "get", "/x", "--api", first.id).stdout
    assert serein_cli("api", "test", "get", "x", "--api", first.id).returncode == 2
