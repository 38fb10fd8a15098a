"""OpenAPI definitions of HTTP APIs: in, out, and in again."""

import json
from typing import Any

import pytest
import yaml
from botocore.exceptions import ClientError
from openapi_spec_validator import validate

from serein.testing import Serein

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:f"
INVOCATIONS = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
PROXY = {"type": "aws_proxy", "httpMethod": "POST", "uri": FUNCTION, "payloadFormatVersion": "2.0"}
DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.1",
    "info": {"title": "shop", "version": "7", "description": "all of it"},
    "tags": [{"name": "team", "x-amazon-apigateway-tag-value": "a"}],
    "paths": {
        "/orders/{id}": {
            "get": {
                "operationId": "getOrder",
                "security": [{"tokens": ["read"]}],
                "responses": {"default": {"description": "d"}},
                "x-amazon-apigateway-integration": PROXY,
            },
            "post": {
                "security": [{"function": []}],
                "responses": {"default": {"description": "d"}},
                "x-amazon-apigateway-integration": {
                    "type": "http_proxy",
                    "httpMethod": "ANY",
                    "uri": "https://example.com/{id}",
                    "requestParameters": {"append:header.x-a": "$request.header.b"},
                    "responseParameters": {"200": {"overwrite:statuscode": "204"}},
                    "timeoutInMillis": 5000,
                },
            },
        },
        "/{proxy+}": {
            "x-amazon-apigateway-any-method": {
                "x-amazon-apigateway-auth": {"type": "AWS_IAM"},
                "responses": {"default": {"description": "d"}},
                "x-amazon-apigateway-integration": PROXY,
            }
        },
        "/$default": {
            "x-amazon-apigateway-any-method": {
                "isDefaultRoute": True,
                "responses": {"default": {"description": "d"}},
                "x-amazon-apigateway-integration": {
                    "type": "aws_proxy",
                    "integrationSubtype": "SQS-SendMessage",
                    "credentials": "arn:aws:iam::000000000000:role/r",
                    "requestParameters": {"QueueUrl": "q", "MessageBody": "$request.body"},
                    "payloadFormatVersion": "1.0",
                },
            }
        },
    },
    "components": {
        "securitySchemes": {
            "tokens": {
                "type": "oauth2",
                "flows": {},
                "x-amazon-apigateway-authorizer": {
                    "type": "jwt",
                    "identitySource": "$request.header.Authorization",
                    "jwtConfiguration": {"issuer": "https://issuer.example", "audience": ["app"]},
                },
            },
            "function": {
                "type": "apiKey",
                "name": "auth",
                "in": "header",
                "x-amazon-apigateway-authorizer": {
                    "type": "request",
                    "identitySource": "$request.header.auth, $request.querystring.who",
                    "authorizerUri": INVOCATIONS,
                    "authorizerPayloadFormatVersion": 2.0,
                    "authorizerResultTtlInSeconds": 60,
                    "enableSimpleResponses": True,
                },
            },
        }
    },
    "x-amazon-apigateway-cors": {"allowOrigins": ["*"], "maxAge": 5},
    "x-amazon-apigateway-importexport-version": "1.0",
}


def _exported(apis: Any, api_id: str, **more: Any) -> dict[str, Any]:
    answer = apis.export_api(ApiId=api_id, Specification="OAS30", OutputType="JSON", **more)
    document: dict[str, Any] = json.loads(answer["body"].read())
    return document


def test_everything_in_a_definition_is_imported(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api = apis.import_api(Body=json.dumps(DOCUMENT))
    assert (api["Name"], api["Version"], api["Tags"]) == ("shop", "7", {"team": "a"})
    authorizers = {each["Name"]: each for each in apis.get_authorizers(ApiId=api["ApiId"])["Items"]}
    assert authorizers["tokens"]["JwtConfiguration"] == {"Issuer": "https://issuer.example", "Audience": ["app"]}
    function = authorizers["function"]
    assert function["IdentitySource"] == ["$request.header.auth", "$request.querystring.who"]
    assert (function["AuthorizerPayloadFormatVersion"], function["AuthorizerResultTtlInSeconds"]) == ("2.0", 60)
    assert function["EnableSimpleResponses"] is True
    routes = {each["RouteKey"]: each for each in apis.get_routes(ApiId=api["ApiId"])["Items"]}
    assert routes["GET /orders/{id}"]["AuthorizationScopes"] == ["read"]
    assert routes["GET /orders/{id}"]["AuthorizerId"] == authorizers["tokens"]["AuthorizerId"]
    assert routes["POST /orders/{id}"]["AuthorizationType"] == "CUSTOM"
    assert routes["ANY /{proxy+}"]["AuthorizationType"] == "AWS_IAM"
    assert routes["$default"]["AuthorizationType"] == "NONE"
    subtypes = [each.get("IntegrationSubtype") for each in apis.get_integrations(ApiId=api["ApiId"])["Items"]]
    assert "SQS-SendMessage" in subtypes


def test_an_export_is_valid_openapi_and_imports_as_the_same_api(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.import_api(Body=json.dumps(DOCUMENT))["ApiId"]
    document = _exported(apis, api_id)
    validate(document)
    assert document["x-amazon-apigateway-cors"] == {"allowOrigins": ["*"], "maxAge": 5}
    again = apis.import_api(Body=json.dumps(document))["ApiId"]
    second = _exported(apis, again)
    document["servers"] = second["servers"]
    assert second == document
    plain = _exported(apis, api_id, IncludeExtensions=False)
    validate(plain)
    assert "x-amazon" not in json.dumps(plain)
    text = apis.export_api(ApiId=api_id, Specification="OAS30", OutputType="YAML")["body"].read()
    assert yaml.safe_load(text)["info"]["title"] == "shop"


def test_a_stage_is_exported_as_it_is_served(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.import_api(Body=json.dumps(DOCUMENT))["ApiId"]
    apis.create_stage(ApiId=api_id, StageName="prod")
    with pytest.raises(ClientError, match="has no deployment"):
        _exported(apis, api_id, StageName="prod")
    apis.create_deployment(ApiId=api_id, StageName="prod")
    apis.create_route(ApiId=api_id, RouteKey="GET /later")
    document = _exported(apis, api_id, StageName="prod")
    validate(document)
    assert "/later" not in document["paths"]
    assert document["servers"][0]["variables"] == {"basePath": {"default": "prod"}}
    assert "/later" in _exported(apis, api_id)["paths"]


def test_a_reimport_replaces_authorizers_too(aws: Serein) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.import_api(Body=json.dumps(DOCUMENT))["ApiId"]
    apis.reimport_api(ApiId=api_id, Body=json.dumps({**DOCUMENT, "components": {}, "paths": {}}))
    assert apis.get_authorizers(ApiId=api_id)["Items"] == apis.get_routes(ApiId=api_id)["Items"] == []


@pytest.mark.parametrize(
    "wrong",
    [{"Specification": "OAS20"}, {"OutputType": "XML"}, {"ExportVersion": "2.0"}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_an_export_that_is_not_offered_is_refused(aws: Serein, wrong: dict[str, str]) -> None:
    apis = aws.client("apigatewayv2")
    api_id = apis.create_api(Name="x", ProtocolType="HTTP")["ApiId"]
    with pytest.raises(ClientError, match="BadRequestException"):
        apis.export_api(**{"ApiId": api_id, "Specification": "OAS30", "OutputType": "JSON", **wrong})


def test_security_that_is_not_defined_is_refused(aws: Serein) -> None:
    wrong = {**DOCUMENT, "components": {}}
    with pytest.raises(ClientError, match="isn't defined"):
        aws.client("apigatewayv2").import_api(Body=json.dumps(wrong))
