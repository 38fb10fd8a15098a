"""The ways into a REST API: custom domain names with base paths, its own host, and a look at every step."""

import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest

from http_api import Answer
from rest_api import EVENT, RestApi
from serein.testing import Serein

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"


def get(aws: Serein, host: str, path: str, headers: dict[str, str] | None = None) -> Answer:
    connection = http.client.HTTPConnection(urlsplit(aws.endpoint).netloc, timeout=60)
    try:
        connection.request("GET", path, headers={"Host": host, **(headers or {})})
        reply = connection.getresponse()
        return Answer(reply.status, reply.getheaders(), reply.read())
    finally:
        connection.close()


@pytest.fixture
def api(aws: Serein) -> RestApi:
    api = RestApi(aws)
    api.mock("/pets", "GET", "$context.stage $context.path $context.domainName")
    api.deploy()
    return api


def test_a_custom_domain_name_leads_to_a_stage_by_its_base_path(api: RestApi, aws: Serein) -> None:
    api.proxy("/event", "GET", api.function(EVENT))
    api.deploy()
    name = f"{aws.unique('api')}.example.com"
    api.client.create_domain_name(
        domainName=name, regionalCertificateArn=CERTIFICATE, endpointConfiguration={"types": ["REGIONAL"]}
    )
    api.client.create_base_path_mapping(domainName=name, basePath="v1", restApiId=api.id, stage="prod")
    assert get(aws, name, "/v1/pets").body.decode() == f"prod /v1/pets {name}"
    event: Any = get(aws, name, "/v1/event").json()
    assert (event["path"], event["resource"]) == ("/v1/event", "/event")
    assert event["requestContext"]["path"] == "/v1/event"
    assert event["requestContext"]["domainName"] == name
    assert get(aws, name, "/v2/pets").status == 403
    assert get(aws, name, "/v1/none").json() == {"message": "Missing Authentication Token"}


def test_scripts_for_localstack_find_their_api(api: RestApi, aws: Serein) -> None:
    for path in (f"/restapis/{api.id}/prod/_user_request_/pets", f"/_aws/execute-api/{api.id}/prod/pets"):
        answer = get(aws, "localhost", path)
        assert (answer.status, answer.body.decode().split()[:2]) == (200, ["prod", "/prod/pets"]), path
    for path, status in ((f"/restapis/{api.id}/none/_user_request_/pets", 403), (f"/restapis/{api.id}/prod/none", 404)):
        assert get(aws, "localhost", path).status == status, path


def test_an_api_may_have_its_own_host_switched_off(api: RestApi) -> None:
    assert api.get("/pets").status == 200
    operation = {"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}
    api.client.update_rest_api(restApiId=api.id, patchOperations=[operation])
    answer = api.get("/pets")
    assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})


def test_each_step_of_a_request_can_be_watched(api: RestApi, aws: Serein) -> None:
    answer = get(aws, "127.0.0.1", f"/_serein/api/{api.id}/prod/pets", {"x-serein-steps": "1"})
    shown = json.loads(answer.body)
    assert shown["status"] == 200
    names = [step["name"] for step in shown["steps"]]
    assert "HTTP Method" in names
    assert "Method completed with status" in names


def test_a_deleted_api_is_gone(api: RestApi) -> None:
    api.client.delete_rest_api(restApiId=api.id)
    assert api.get("/pets").status == 403
