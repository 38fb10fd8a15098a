"""`http` events of serverless.yml, deployed as the CloudFormation that they stand for."""

import json
import urllib.request
from typing import Any

import pytest
import yaml

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.http_events import path_name, rest_resources
from serein.testing import Serein

SERVICE = """
service: shop
provider:
  name: aws
  tracing: {apiGateway: true}
  logs: {restApi: true}
  apiGateway:
    binaryMediaTypes: [image/png]
    apiKeys: [first, {name: second, value: a-value-of-at-least-20-characters}]
    usagePlan: {quota: {limit: 10, period: DAY}, throttle: {rateLimit: 5, burstLimit: 10}}
functions:
  gate-keeper: {handler: index.gate}
  pets:
    handler: index.pets
    events:
      - http: GET pets
      - http:
          path: /pets/{id}
          method: put
          private: true
          cors: {origins: ["https://a.example"], maxAge: 60, allowCredentials: true}
          authorizer: {name: gate-keeper, resultTtlInSeconds: 0, identitySource: method.request.header.X-Token}
          request:
            parameters: {paths: {id: true}, querystrings: {q: {required: false}}}
            schemas: {application/json: {type: object, required: [name]}}
      - http: {path: "files/{proxy+}", method: any, cors: true, authorizer: aws_iam}
  mapped:
    handler: index.mapped
    events:
      - http:
          path: mapped
          method: post
          integration: lambda
          cors: true
          response: {headers: {Content-Type: "'text/plain'"}, template: $input.path('$.said')}
  outside:
    handler: index.pets
    events:
      - http: {path: outside, method: get, integration: http_proxy, request: {uri: "http://example.com/"}}
"""
CODE = """
import json

def gate(event, context):
    statement = {'Action': 'execute-api:Invoke', 'Effect': 'Allow', 'Resource': event['methodArn']}
    return {'principalId': 'me', 'policyDocument': {'Version': '2012-10-17', 'Statement': [statement]}}

def pets(event, context):
    return {'statusCode': 200, 'body': 'pets'}

def mapped(event, context):
    return {'said': event['method'] + event['body']['name'] + event['query']['q']}
"""


def _template(made: dict[str, Any]) -> dict[str, Any]:
    def function(handler: str) -> dict[str, Any]:
        return {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": CODE},
                "Handler": handler,
                "Runtime": "python3.12",
                "Role": "arn:aws:iam::000000000000:role/r",
            },
        }

    functions = {
        "GateDashkeeperLambdaFunction": function("index.gate"),
        "PetsLambdaFunction": function("index.pets"),
        "MappedLambdaFunction": function("index.mapped"),
        "OutsideLambdaFunction": function("index.pets"),
    }
    return {"Resources": {**functions, **made}, "Outputs": {"Api": {"Value": {"Ref": "ApiGatewayRestApi"}}}}


def test_the_resources_have_the_names_of_the_framework() -> None:
    made = rest_resources(yaml.safe_load(SERVICE), "dev")
    names = {name for name in made.resources if not name.startswith("ApiGatewayDeployment")}
    assert names >= {
        "ApiGatewayRestApi",
        "ApiGatewayResourcePets",
        "ApiGatewayResourcePetsIdVar",
        "ApiGatewayResourceFilesProxyVar",
        "ApiGatewayMethodPetsGet",
        "ApiGatewayMethodPetsIdVarPut",
        "ApiGatewayMethodPetsIdVarOptions",
        "ApiGatewayMethodFilesProxyVarAny",
        "GateDashkeeperApiGatewayAuthorizer",
        "PetsLambdaPermissionApiGateway",
        "ApiGatewayApiKey1",
        "ApiGatewayApiKey2",
        "ApiGatewayUsagePlan",
        "ApiGatewayUsagePlanKey1",
    }
    assert path_name("v1/a-b/{user-id}/{proxy+}") == "V1ADashbUserDashidVarProxyVar"
    assert "OutsideLambdaPermissionApiGateway" not in names


def test_a_service_without_http_events_comes_to_nothing() -> None:
    made = rest_resources({"service": "x", "functions": {"f": {"events": [{"sqs": "arn"}, "x"]}, "g": None}}, "dev")
    assert made.resources == made.outputs == {}


@pytest.mark.parametrize(
    "event",
    [
        "GET",
        {"path": "x"},
        {"path": "x", "method": "fetch"},
        {"path": "x", "method": "get", "integration": "magic"},
        {"path": "x", "method": "get", "integration": "http"},
        {"path": "x", "method": "get", "colour": "red"},
        {"path": "x", "method": "get", "authorizer": {"type": "token"}},
        {"path": "x", "method": "get", "request": {"schemas": {"application/json": "file"}}},
    ],
)
def test_an_event_that_cannot_be_understood_is_refused(event: Any) -> None:
    service = {"service": "x", "functions": {"f": {"events": [{"http": event}]}}}
    if event == "GET":
        assert rest_resources(service, "dev").resources["ApiGatewayMethodGet"]
        return
    with pytest.raises(TemplateInvalid):
        rest_resources(service, "dev")


def _fetch(url: str, body: bytes | None = None) -> tuple[int, str | None, str]:
    request = urllib.request.Request(url, body, {"Content-Type": "application/json", "Accept": "text/plain"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.status, reply.headers["Access-Control-Allow-Origin"], reply.read().decode()


def test_the_service_is_deployed_and_answers(aws: Serein) -> None:
    made = rest_resources(yaml.safe_load(SERVICE), "dev")
    cloudformation, client = aws.client("cloudformation"), aws.client("apigateway")
    cloudformation.create_stack(StackName="s", TemplateBody=json.dumps(_template(made.resources)))
    cloudformation.get_waiter("stack_create_complete").wait(StackName="s", WaiterConfig={"Delay": 1, "MaxAttempts": 60})
    output = cloudformation.describe_stacks(StackName="s")["Stacks"][0]["Outputs"][0]["OutputValue"]
    base = f"{aws.endpoint}/_serein/api/{output}/dev"
    assert _fetch(f"{base}/pets") == (200, None, "pets")
    assert _fetch(f"{base}/mapped?q=1", b'{"name": "x"}') == (200, "*", "POSTx1")
    stage = client.get_stage(restApiId=output, stageName="dev")
    assert stage["tracingEnabled"] and stage["methodSettings"]["*/*"]["loggingLevel"] == "INFO"
    plan = client.get_usage_plans()["items"][0]
    assert plan["apiStages"] == [{"apiId": output, "stage": "dev"}] and plan["quota"]["limit"] == 10
    assert len(client.get_usage_plan_keys(usagePlanId=plan["id"])["items"]) == 2
    resources = client.get_resources(restApiId=output, embed=["methods"])["items"]
    methods = {found["path"]: found.get("resourceMethods", {}) for found in resources}
    put = methods["/pets/{id}"]["PUT"]
    assert put["apiKeyRequired"] and put["authorizationType"] == "CUSTOM" and put["requestModels"]
    preflight = methods["/pets/{id}"]["OPTIONS"]["methodIntegration"]["integrationResponses"]["200"]
    assert preflight["responseParameters"]["method.response.header.Access-Control-Max-Age"] == "'60'"
    assert methods["/files/{proxy+}"]["ANY"]["authorizationType"] == "AWS_IAM"
