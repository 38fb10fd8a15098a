"""Compiled deployments and stages, usage of caches, and gateway responses."""

import json
from typing import Any

import pytest

from serein.kernel.http import HttpReply
from serein.kernel.scope import Scope
from serein.services.apigateway.compiled import compile_snapshot
from serein.services.apigateway.serving import refusals
from serein.services.apigateway.serving.caching import ResponseCache
from serein.services.apigateway.serving.gateway_responses import compile_gateway_responses, refuse
from serein.services.apigateway.serving.patterns import compile_pattern
from serein.services.apigateway.serving.refusals import Refused
from serein.services.apigateway.serving.stages import Stage
from serein.services.apigateway.serving.validation import Models
from serein.services.apigateway.store import Served
from unit.apigateway.exchanges import exchange_of, snapshot_of

SCOPE = Scope("123456789012", "eu-west-1")


def stage_of(**settings: Any) -> Stage:
    api = json.dumps({"id": "api1", "name": "test"})
    stage = json.dumps({"stageName": "prod", "deploymentId": "d1", **settings})
    return Stage(Served(SCOPE.account, SCOPE.region, api, stage, "d1", "d2", 1, 1, 1))


def test_a_deployment_has_a_method_for_each_verb_of_each_resource() -> None:
    mock = {"httpMethod": "GET", "authorizationType": "NONE", "methodIntegration": {"type": "MOCK"}}
    resource = {
        "id": "r1",
        "path": "/pets/{id}",
        "resourceMethods": {"GET": mock, "ANY": {**mock, "httpMethod": "ANY"}},
    }
    deployment = compile_snapshot(json.dumps(snapshot_of([resource, {"id": "r0", "path": "/"}])), SCOPE)
    assert set(deployment.methods) == {("r1", "GET"), ("r1", "ANY")}
    found = deployment.tree.find("/pets/1", "DELETE")
    assert found is not None
    assert (found[0].verb, found[0].resource_path, found[1]) == ("ANY", "/pets/{id}", {"id": "1"})


def test_a_method_without_an_integration_is_a_configuration_error() -> None:
    resource = {"id": "r", "path": "/", "resourceMethods": {"GET": {"httpMethod": "GET"}}}
    method = compile_snapshot(snapshot_of([resource]), SCOPE).methods["r", "GET"]
    with pytest.raises(Refused) as refused:
        assert method.integration
    assert refused.value.status == 500


@pytest.mark.parametrize("key", ["~1pets~1{id}/GET", "pets/{id}/GET", "/pets/{id}/GET", "pets~1{id}/GET"])
def test_a_methods_settings_come_before_those_of_all(key: str) -> None:
    stage = stage_of(
        cacheClusterEnabled=True,
        methodSettings={
            "*/*": {"cachingEnabled": True, "throttlingRateLimit": 5.0, "loggingLevel": "INFO"},
            key: {"cachingEnabled": False, "throttlingRateLimit": 7.0},
        },
    )
    own, other = stage.settings_of("/pets/{id}", "GET"), stage.settings_of("/pets", "GET")
    assert (own.rate, own.is_cached, own.has_logs) == (7.0, False, True)
    assert (other.rate, other.is_cached) == (5.0, True)
    assert not stage.settings_of("/pets", "POST").is_cached


def test_a_canary_has_the_stages_variables_with_its_own_over_them() -> None:
    canary = {"percentTraffic": 100, "deploymentId": "d2", "stageVariableOverrides": {"b": "3"}}
    stage = stage_of(variables={"a": "1", "b": "2"}, canarySettings=canary)
    assert stage.canary is not None
    assert stage.canary.variables == {"a": "1", "b": "3"}
    assert stage.canary.is_drawn()


def test_a_cache_forgets_what_is_old_and_what_is_too_much() -> None:
    cache = ResponseCache()
    cache.keep("a", HttpReply(200, [("x", "1")], b"body"), expires_at=10)
    found = cache.find("a", 9)
    assert found is not None
    assert (found.status, found.headers, found.body) == (200, [("x", "1")], b"body")
    assert cache.find("a", 10) is None
    for status, body in ((500, b""), (404, b""), (200, bytes(2 * 1024 * 1024))):
        cache.keep("b", HttpReply(status, [], body), expires_at=10)
        assert cache.find("b", 0) is None


def test_headers_added_to_a_cached_reply_are_not_kept() -> None:
    cache = ResponseCache()
    reply = HttpReply(200, [], b"")
    cache.keep("a", reply, 10)
    reply.headers.append(("x-amzn-requestid", "1"))
    first = cache.find("a", 0)
    assert first is not None
    first.headers.append(("x", "y"))
    second = cache.find("a", 0)
    assert second is not None
    assert second.headers == []


def test_a_gateway_response_of_the_type_comes_before_that_of_its_class() -> None:
    responses = compile_gateway_responses(
        [
            {"responseType": "DEFAULT_4XX", "statusCode": "418", "responseParameters": {}},
            {
                "responseType": "THROTTLED",
                "responseTemplates": {
                    "application/json": '{"m":$context.error.messageString}$stageVariables.v-${context.stage}'
                },
                "responseParameters": {"gatewayresponse.header.X-A": "method.request.header.x-b"},
            },
        ]
    )
    exchange = exchange_of(headers={"X-B": "b"})
    exchange.variables = {"v": "x"}
    reply = refuse(exchange, Refused(refusals.THROTTLED), responses)
    assert (reply.status, reply.body) == (418, b'{"m":"Too Many Requests"}x-prod')
    assert ("X-A", "b") in reply.headers
    assert refuse(exchange, Refused(refusals.INTERNAL), responses).status == 500


def test_what_a_refusal_says_can_not_break_its_json() -> None:
    reply = refuse(exchange_of(), Refused(refusals.BAD_REQUEST, 'a "b"\n'), {})
    assert isinstance(reply.body, bytes)
    assert json.loads(reply.body) == {"message": 'a "b"\n'}


SCHEMA = {
    "type": "object",
    "required": ["a", "b"],
    "additionalProperties": False,
    "properties": {"a": {"type": "integer", "minimum": 3}, "b": {"enum": ["x", "y"]}, "c": {"pattern": "^z"}},
}


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ({}, 'object has missing required properties (["a"])'),
        (
            {"a": "s", "b": "x"},
            'instance type (string) does not match any allowed primitive type (allowed: ["integer"])',
        ),
        ({"a": 1, "b": "x"}, "numeric instance is lower than the required minimum (minimum: 3, found: 1)"),
        ({"a": 3, "b": "z"}, 'instance value ("z") not found in enum (possible values: ["x","y"])'),
        ({"a": 3, "b": "x", "c": "y"}, 'ECMA 262 regex "^z" does not match input string "y"'),
        (
            {"a": 3, "b": "x", "d": 1},
            'object instance has properties which are not allowed by the schema: ["d"]',
        ),
    ],
)
def test_models_tell_what_is_wrong_in_the_words_of_awss_validator(document: Any, error: str) -> None:
    models = Models("api1", [{"name": "M", "schema": json.dumps(SCHEMA)}])
    assert error in models.errors_of("M", document)


def test_models_may_refer_to_one_another_and_to_themselves() -> None:
    tree = "https://apigateway.amazonaws.com/restapis/api1/models/Tree"
    schema = {"type": "object", "properties": {"below": {"type": "array", "items": {"$ref": tree}}}}
    models = Models("api1", [{"name": "Tree", "schema": json.dumps(schema)}])
    assert models.errors_of("Tree", {"below": [{"below": []}]}) == []
    assert models.errors_of("Tree", {"below": [{"below": 5}]})


def test_a_model_that_is_not_there_checks_nothing_and_a_broken_one_fails() -> None:
    models = Models("api1", [{"name": "Broken", "schema": '{"type": 5}'}])
    assert models.errors_of("None", 5) == []
    with pytest.raises(Refused) as refused:
        models.errors_of("Broken", 5)
    assert refused.value.status == 500


def test_a_model_never_fetches_anything() -> None:
    models = Models("api1", [{"name": "M", "schema": '{"$ref": "http://127.0.0.1:1/x"}'}])
    with pytest.raises(Refused):
        models.errors_of("M", 5)


@pytest.mark.parametrize(
    ("pattern", "text", "is_match"),
    [
        ("4\\d{2}", "404", True),
        ("4\\d{2}", "4040", False),
        ("a|b", "b", True),
        (".*bad.*", "a\nbad", False),
        ("(\\n|.)*bad(\\n|.)*", "a\nbad", True),
        ("\\[bad\\].*", "[bad] luck", True),
        ("(?i)bad.*", "BAD", True),
        ("\\Qa.b\\E", "a.b", True),
        ("\\p{Alpha}+", "abc", True),
        ("(", "(", False),
        ("(a+)+$", "a" * 60 + "!", False),
        ("(a|aa)+\\1?", "a" * 60 + "!", False),
    ],
)
def test_patterns_match_whole_texts_and_never_take_long(pattern: str, text: str, is_match: bool) -> None:
    assert compile_pattern(pattern)(text) is is_match
