"""TestInvokeMethod and TestInvokeAuthorizer: requests to what isn't deployed."""

import json

import pytest
from botocore.exceptions import ClientError

from rest_api import EVENT, MOCK, RestApi
from serein.testing import Serein

JSON = "application/json"
AUTHORIZER = """
def handler(event, context):
    token = event["authorizationToken"]
    if token == "nobody":
        raise Exception("Unauthorized")
    if token == "odd":
        return {}
    statement = {"Action": "*", "Effect": "Allow", "Resource": "*"}
    return {"principalId": token, "policyDocument": {"Statement": [statement]}, "context": {"a": 1}}
"""


@pytest.fixture(scope="module")
def api(serein_module: Serein) -> RestApi:
    api = RestApi(serein_module)
    api.mock("/pets/{id}", "GET", "$input.params('id') $input.params('q') $stageVariables.v $context.stage")
    api.proxy("/event", "POST", api.function(EVENT))
    api.method("/broken", "GET", MOCK, {"400": {"selectionPattern": "4.."}})
    return api


def test_a_method_is_tried_before_it_is_deployed(api: RestApi) -> None:
    reply = api.client.test_invoke_method(
        restApiId=api.id,
        resourceId=api.resource("/pets/{id}"),
        httpMethod="GET",
        pathWithQueryString="/pets/7?q=1",
        stageVariables={"v": "x"},
    )
    assert (reply["status"], reply["body"]) == (200, "7 1 x test-invoke-stage")
    assert reply["headers"]["Content-Type"] == JSON
    assert reply["multiValueHeaders"]["Content-Type"] == [JSON]
    assert reply["latency"] >= 0
    for text in ("Execution log for request", "Starting execution", "Method completed with status: 200"):
        assert text in reply["log"]


def test_a_function_is_tried_with_a_body_and_headers(api: RestApi) -> None:
    reply = api.client.test_invoke_method(
        restApiId=api.id,
        resourceId=api.resource("/event"),
        httpMethod="POST",
        body='{"a": 1}',
        headers={"X-One": "1"},
        multiValueHeaders={"X-Two": ["1", "2"]},
    )
    event = json.loads(reply["body"])
    assert (event["body"], event["path"]) == ('{"a": 1}', "/event")
    assert event["headers"]["X-One"] == "1"
    assert event["multiValueHeaders"]["X-Two"] == ["1", "2"]
    assert event["requestContext"]["stage"] == "test-invoke-stage"
    assert event["requestContext"]["identity"]["sourceIp"] == "test-invoke-source-ip"


def test_what_goes_wrong_in_a_trial_is_in_its_log(api: RestApi) -> None:
    reply = api.client.test_invoke_method(restApiId=api.id, resourceId=api.resource("/broken"), httpMethod="GET")
    assert reply["status"] == 500
    assert "No match for output mapping and no default output mapping configured" in reply["log"]


def test_a_trial_needs_an_api_a_resource_and_a_method(api: RestApi) -> None:
    resource = api.resource("/event")
    for api_id, resource_id, verb in (("none", resource, "POST"), (api.id, "none", "POST"), (api.id, resource, "PUT")):
        with pytest.raises(ClientError) as refused:
            api.client.test_invoke_method(restApiId=api_id, resourceId=resource_id, httpMethod=verb)
        assert refused.value.response["Error"]["Code"] == "NotFoundException"


def test_an_authorizer_is_tried(api: RestApi) -> None:
    made = api.client.create_authorizer(
        restApiId=api.id,
        name="a",
        type="TOKEN",
        authorizerUri=api.invocation(api.function(AUTHORIZER)),
        identitySource="method.request.header.Auth",
    )

    def attempt(**headers: str) -> dict[str, object]:
        reply: dict[str, object] = api.client.test_invoke_authorizer(
            restApiId=api.id, authorizerId=made["id"], headers=headers
        )
        return reply

    reply = attempt(Auth="me")
    assert (reply["clientStatus"], reply["principalId"], reply["authorization"]) == (200, "me", {"a": ["1"]})
    assert json.loads(str(reply["policy"]))["Statement"][0]["Effect"] == "Allow"
    assert "Execution log for request" in str(reply["log"])
    assert [attempt(Auth=token)["clientStatus"] for token in ("nobody", "odd")] == [401, 500]
    assert attempt()["clientStatus"] == 401
    with pytest.raises(ClientError, match="NotFoundException"):
        api.client.test_invoke_authorizer(restApiId=api.id, authorizerId="none")


def test_an_authorizer_is_tried_with_context_of_the_callers_own(api: RestApi) -> None:
    code = "def handler(e, c):\n    s = {'Action': '*', 'Effect': 'Allow', 'Resource': '*'}\n"
    code += "    return {'principalId': e['path'], 'policyDocument': {'Statement': [s]}}\n"
    made = api.client.create_authorizer(
        restApiId=api.id,
        name="context",
        type="REQUEST",
        authorizerUri=api.invocation(api.function(code)),
        identitySource="context.tenant",
        authorizerResultTtlInSeconds=0,
    )
    attempt = {"restApiId": api.id, "authorizerId": made["id"], "pathWithQueryString": "/some/path?q=1"}
    assert api.client.test_invoke_authorizer(**attempt)["clientStatus"] == 401
    reply = api.client.test_invoke_authorizer(**attempt, additionalContext={"tenant": "one"})
    assert (reply["clientStatus"], reply["principalId"]) == (200, "/some/path")
