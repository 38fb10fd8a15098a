import json

import pytest

from serein.services.apigatewayv2.errors import BadRequestException
from serein.services.apigatewayv2.openapi import parse_definition

URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations"
LAMBDA = {"type": "aws_proxy", "httpMethod": "POST", "uri": URI, "payloadFormatVersion": "2.0"}


def _document(**changes: object) -> str:
    document: dict[str, object] = {
        "openapi": "3.0.1",
        "info": {"title": "orders", "version": "1.0"},
        "paths": {
            "/orders/{id}": {"get": {"x-amazon-apigateway-integration": LAMBDA, "responses": {}}},
            "$default": {
                "x-amazon-apigateway-any-method": {"isDefaultRoute": True, "x-amazon-apigateway-integration": LAMBDA}
            },
        },
    }
    return json.dumps({**document, **changes})


def test_what_sam_writes_becomes_routes_cors_and_tags() -> None:
    definition = parse_definition(
        _document(
            tags=[{"name": "t", "x-amazon-apigateway-tag-value": "v"}],
            **{"x-amazon-apigateway-cors": {"allowOrigins": ["*"], "maxAge": 5}},
        )
    )
    assert definition.api["Name"] == "orders"
    assert definition.api["Tags"] == {"t": "v"}
    assert definition.api["CorsConfiguration"] == {"AllowOrigins": ["*"], "MaxAge": 5}
    assert [route["RouteKey"] for route, _ in definition.routes] == ["GET /orders/{id}", "$default"]
    integration = definition.routes[0][1]
    assert integration == {
        "IntegrationType": "AWS_PROXY",
        "IntegrationMethod": "POST",
        "IntegrationUri": URI,
        "PayloadFormatVersion": "2.0",
    }


def test_a_base_path_is_prepended_when_asked_for() -> None:
    document = _document(servers=[{"url": "https://x.example/v1"}])
    assert parse_definition(document, "prepend").routes[0][0]["RouteKey"] == "GET /v1/orders/{id}"
    assert parse_definition(document).routes[0][0]["RouteKey"] == "GET /orders/{id}"


def test_a_path_without_integration_is_a_warning() -> None:
    definition = parse_definition(_document(paths={"/x": {"get": {"responses": {}}}}))
    assert definition.routes == [({"RouteKey": "GET /x"}, None)]
    assert definition.warnings == ["No integration found for route GET /x"]


def test_security_that_is_not_defined_is_refused() -> None:
    paths = {"/x": {"get": {"security": [{"Jwt": []}], "x-amazon-apigateway-integration": LAMBDA}}}
    with pytest.raises(BadRequestException, match="GET /x"):
        parse_definition(_document(paths=paths))


@pytest.mark.parametrize("body", ["{", "- a", "openapi: 2.0", '{"openapi": "3.0.1", "info": {}}', '{"swagger": "2.0"}'])
def test_what_is_no_openapi_3_is_refused(body: str) -> None:
    with pytest.raises(BadRequestException):
        parse_definition(body)
