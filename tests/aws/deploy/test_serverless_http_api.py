"""`httpApi` events of serverless.yml, deployed as the CloudFormation that they stand for."""

import json
from typing import Any

import pytest
import yaml

from http_api import Api
from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.http_api_events import http_api_resources
from serein.testing import Serein

SERVICE = """
service: shop
provider:
  name: aws
  logs: {httpApi: true}
  httpApi:
    payload: "2.0"
    metrics: true
    cors: {allowedOrigins: ["https://a.example"], allowCredentials: true}
    authorizers:
      tokens: {identitySource: $request.header.Authorization, issuerUrl: https://issuer.example, audience: app}
      keeper:
        type: request
        functionName: gate-keeper
        identitySource: [$request.header.Who]
        enableSimpleResponses: true
        resultTtlInSeconds: 0
functions:
  gate-keeper: {handler: index.gate}
  pets:
    handler: index.pets
    events:
      - httpApi: GET /pets
      - httpApi: {path: "/pets/{id}", method: put, authorizer: {name: tokens, scopes: [write]}}
      - httpApi: {path: "/kept/{proxy+}", method: "*", authorizer: keeper}
      - httpApi: {path: /signed, method: get, authorizer: {type: aws_iam}}
      - httpApi: "*"
  old:
    handler: index.pets
    httpApi: {payload: "1.0"}
    events:
      - httpApi: {path: old, method: GET}
"""
CODE = """
def gate(event, context):
    return {'isAuthorized': event['headers']['who'] == 'me'}

def pets(event, context):
    return {'statusCode': 200, 'body': event['version'] + ' ' + (event.get('routeKey') or event['resource'])}
"""


def _function(handler: str) -> dict[str, Any]:
    return {
        "Type": "AWS::Lambda::Function",
        "Properties": {
            "Code": {"ZipFile": CODE},
            "Handler": handler,
            "Runtime": "python3.12",
            "Role": "arn:aws:iam::000000000000:role/r",
        },
    }


def test_the_resources_have_the_names_of_the_framework() -> None:
    made = http_api_resources(yaml.safe_load(SERVICE), "dev")
    assert set(made.resources) >= {
        "HttpApi",
        "HttpApiStage",
        "HttpApiLogGroup",
        "HttpApiAuthorizerTokens",
        "HttpApiAuthorizerKeeper",
        "HttpApiIntegrationPets",
        "HttpApiRouteGetPets",
        "HttpApiRoutePutPetsIdVar",
        "HttpApiRouteAnyKeptProxyVar",
        "HttpApiRouteDefault",
        "PetsLambdaPermissionHttpApi",
    }
    assert made.resources["HttpApi"]["Properties"]["Name"] == "dev-shop"
    assert set(made.outputs) == {"HttpApiId", "HttpApiUrl"}


def test_what_is_made_serves_the_events(serein: Serein) -> None:
    made = http_api_resources(yaml.safe_load(SERVICE), "dev")
    functions = {
        "GateDashkeeperLambdaFunction": _function("index.gate"),
        "PetsLambdaFunction": _function("index.pets"),
        "OldLambdaFunction": _function("index.pets"),
    }
    stacks = serein.client("cloudformation")
    template = {"Resources": {**functions, **made.resources}, "Outputs": made.outputs}
    stacks.create_stack(StackName="shop-dev", TemplateBody=json.dumps(template))
    waiter = stacks.get_waiter("stack_create_complete")
    waiter.wait(StackName="shop-dev", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    outputs = stacks.describe_stacks(StackName="shop-dev")["Stacks"][0]["Outputs"]
    api = Api.of(serein, next(each["OutputValue"] for each in outputs if each["OutputKey"] == "HttpApiId"))
    assert api.send("GET", "/pets").body == b"2.0 GET /pets"
    assert api.send("GET", "/old").body == b"1.0 /old"
    assert api.send("GET", "/anything").body == b"2.0 $default"
    assert api.send("PUT", "/pets/1").status == 401
    assert api.send("POST", "/kept/a", headers={"Who": "me"}).body == b"2.0 ANY /kept/{proxy+}"
    assert api.send("POST", "/kept/a", headers={"Who": "you"}).status == 403
    assert api.send("GET", "/signed").status == 403
    asked = {"Origin": "https://a.example", "Access-Control-Request-Method": "PUT"}
    assert api.send("OPTIONS", "/pets/1", headers=asked).header("access-control-allow-credentials") == "true"


def test_a_service_without_events_comes_to_nothing_and_an_api_elsewhere_gets_routes_only() -> None:
    assert http_api_resources({"service": "x", "functions": {"f": {"events": ["x"]}, "g": None}}, "dev").resources == {}
    service = yaml.safe_load(SERVICE)
    service["provider"]["httpApi"] = {"id": "abc"}
    service["functions"] = {"f": {"events": [{"httpApi": "GET /a"}]}}
    made = http_api_resources(service, "dev")
    assert set(made.resources) == {"HttpApiIntegrationF", "FLambdaPermissionHttpApi", "HttpApiRouteGetA"}
    assert made.resources["HttpApiRouteGetA"]["Properties"]["ApiId"] == "abc"
    assert made.outputs == {}


@pytest.mark.parametrize(
    ("event", "settings"),
    [
        ({"method": "get"}, {}),
        ({"path": "/a", "method": "fetch"}, {}),
        ({"path": "/a", "cors": True}, {}),
        ({"path": "/a", "authorizer": "nobody"}, {}),
        ({"path": "/a", "authorizer": {"scopes": ["a"]}}, {}),
        ("GET /a", {"colour": "red"}),
        ("GET /a", {"authorizers": {"a": {"type": "jwt"}}}),
        ("GET /a", {"authorizers": {"a": {"type": "request"}}}),
        ("GET /a", {"authorizers": {"a": {"type": "magic"}}}),
    ],
    ids=str,
)
def test_an_event_that_can_not_be_understood_is_refused(event: Any, settings: dict[str, Any]) -> None:
    service = {
        "service": "x",
        "provider": {"httpApi": settings},
        "functions": {"f": {"events": [{"httpApi": event}]}},
    }
    with pytest.raises(TemplateInvalid):
        http_api_resources(service, "dev")
