"""AWS::ApiGateway::* in stacks, and the REST APIs that SAM's transform makes."""

import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from serein.testing import Serein

Template = dict[str, Any]
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", "CAPABILITY_NAMED_IAM"]
CODE = "def handler(event, context):\n    return {'statusCode': 200, 'body': 'hi'}\n"
ROLE = "arn:aws:iam::000000000000:role/r"


class Stack:
    """A stack of a test."""

    def __init__(self, aws: Serein) -> None:
        self._client = aws.client("cloudformation")
        self.client = aws.client("apigateway")

    def put(self, template: Template | str) -> dict[str, str]:
        """Create or update the stack; its outputs."""
        body = template if isinstance(template, str) else json.dumps(template)
        exists = bool(
            self._client.list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"])["StackSummaries"]
        )
        call = self._client.update_stack if exists else self._client.create_stack
        call(StackName="s", TemplateBody=body, Capabilities=CAPABILITIES)
        self._client.get_waiter("stack_update_complete" if exists else "stack_create_complete").wait(
            StackName="s", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )
        found = self._client.describe_stacks(StackName="s")["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def delete(self) -> None:
        self._client.delete_stack(StackName="s")
        self._client.get_waiter("stack_delete_complete").wait(
            StackName="s", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )

    def physical_ids(self) -> dict[str, str]:
        found = self._client.describe_stack_resources(StackName="s")["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found}


@pytest.fixture
def stack(aws: Serein) -> Stack:
    return Stack(aws)


def resource(kind: str, *, after: str | None = None, **properties: Any) -> Template:
    made: Template = {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}
    return made | ({"DependsOn": after} if after else {})


def ref(name: str) -> Template:
    return {"Ref": name}


def att(name: str, attribute: str) -> Template:
    return {"Fn::GetAtt": [name, attribute]}


def template(*, description: str = "one", rate: str = "5", deployment: str = "First", **more: Any) -> Template:
    api = ref("Api")
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f"
    )
    return {
        "Resources": {
            "Api": resource(
                "RestApi",
                Name="shop",
                Description=description,
                EndpointConfiguration={"Types": ["REGIONAL"]},
                BinaryMediaTypes=["image~1png"],
                MinimumCompressionSize="10",
                Policy={"Version": "2012-10-17", "Statement": []},
                Tags=[{"Key": "a", "Value": description}],
            ),
            "Pets": resource("Resource", RestApiId=api, ParentId=att("Api", "RootResourceId"), PathPart="pets"),
            "Pet": resource("Model", RestApiId=api, ContentType="application/json", Schema={"type": "object"}),
            "Validator": resource("RequestValidator", RestApiId=api, Name="v", ValidateRequestBody="true"),
            "Authorizer": resource(
                "Authorizer",
                RestApiId=api,
                Name="auth",
                Type="TOKEN",
                AuthorizerUri=f"{uri}/invocations",
                IdentitySource="method.request.header.Authorization",
                AuthorizerResultTtlInSeconds="60",
            ),
            "Get": resource(
                "Method",
                RestApiId=api,
                ResourceId=ref("Pets"),
                HttpMethod="GET",
                AuthorizationType="CUSTOM",
                AuthorizerId=ref("Authorizer"),
                ApiKeyRequired="true",
                OperationName=description,
                RequestValidatorId=ref("Validator"),
                RequestModels={"application/json": ref("Pet")},
                RequestParameters={"method.request.querystring.q": "true"},
                Integration={
                    "Type": "MOCK",
                    "RequestTemplates": {"application/json": '{"statusCode": 200}'},
                    "TimeoutInMillis": "1000",
                    "CacheKeyParameters": ["method.request.querystring.q"],
                    "IntegrationResponses": [
                        {"StatusCode": 200, "ResponseParameters": {"method.response.header.X": "'y'"}}
                    ],
                },
                MethodResponses=[
                    {
                        "StatusCode": 200,
                        "ResponseParameters": {"method.response.header.X": True},
                        "ResponseModels": {"application/json": "Empty"},
                    }
                ],
            ),
            "NotFound": resource(
                "GatewayResponse",
                RestApiId=api,
                ResponseType="RESOURCE_NOT_FOUND",
                StatusCode="410",
                ResponseParameters={"gatewayresponse.header.X": f"'{description}'"},
            ),
            "Words": resource(
                "DocumentationPart", RestApiId=api, Location={"Type": "API"}, Properties=json.dumps({"d": description})
            ),
            "Edition": resource(
                "DocumentationVersion", RestApiId=api, DocumentationVersion="1", Description=description, after="Words"
            ),
            deployment: resource("Deployment", RestApiId=api, Description=deployment, after="Get"),
            "Certificate": resource("ClientCertificate", Description=description),
            "Stage": resource(
                "Stage",
                RestApiId=api,
                StageName="dev",
                DeploymentId=ref(deployment),
                DocumentationVersion=ref("Edition"),
                ClientCertificateId=ref("Certificate"),
                Variables={"v": description, f"only_{description}": "x"},
                TracingEnabled="true",
                CacheClusterEnabled="true",
                CacheClusterSize="1.6",
                AccessLogSetting={
                    "DestinationArn": "arn:aws:logs:us-east-1:000000000000:log-group:l:*",
                    "Format": "$context.requestId",
                },
                CanarySetting={"PercentTraffic": "10", "DeploymentId": ref(deployment)},
                MethodSettings=[
                    {"ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": rate, "LoggingLevel": "INFO"},
                    {"ResourcePath": "/~1pets", "HttpMethod": "GET", "CachingEnabled": "true"},
                ],
            ),
            "Key": resource("ApiKey", Enabled="true", Description=description, after="Stage"),
            "Plan": resource(
                "UsagePlan",
                UsagePlanName="gold",
                Description=description,
                ApiStages=[
                    {
                        "ApiId": api,
                        "Stage": ref("Stage"),
                        "Throttle": {"/pets/GET": {"RateLimit": rate, "BurstLimit": "3"}},
                    }
                ],
                Throttle={"RateLimit": rate, "BurstLimit": 2},
                Quota={"Limit": "10", "Period": "DAY"},
            ),
            "PlanKey": resource("UsagePlanKey", KeyId=ref("Key"), KeyType="API_KEY", UsagePlanId=ref("Plan")),
            "Account": resource("Account", CloudWatchRoleArn=ROLE),
            "Link": resource(
                "VpcLink",
                Name=description,
                TargetArns=["arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/x/1"],
            ),
            **more,
        },
        "Outputs": {
            "Api": {"Value": att("Api", "RestApiId")},
            "Attributes": {
                "Value": {
                    "Fn::Join": [
                        ",",
                        [
                            att("Pets", "ResourceId"),
                            att("Authorizer", "AuthorizerId"),
                            att("Validator", "RequestValidatorId"),
                            att(deployment, "DeploymentId"),
                            att("Key", "APIKeyId"),
                            att("Plan", "Id"),
                            att("PlanKey", "Id"),
                            att("Certificate", "ClientCertificateId"),
                            att("Link", "VpcLinkId"),
                            att("Words", "DocumentationPartId"),
                            att("NotFound", "Id"),
                            att("Account", "Id"),
                        ],
                    ]
                }
            },
        },
    }


def test_every_type_is_made_changed_in_place_and_deleted(stack: Stack) -> None:
    outputs = stack.put(template())
    before, client, api_id = stack.physical_ids(), stack.client, outputs["Api"]
    assert all(outputs["Attributes"].split(","))
    stage = client.get_stage(restApiId=api_id, stageName="dev")
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 5.0
    assert stage["methodSettings"]["~1pets/GET"]["cachingEnabled"] and stage["tracingEnabled"]
    assert (
        stage["accessLogSettings"]["destinationArn"].endswith(":l") and stage["canarySettings"]["percentTraffic"] == 10
    )
    assert stage["variables"] == {"v": "one", "only_one": "x"} and stage["cacheClusterSize"] == "1.6"
    stack.put(template(description="two", rate="7", deployment="Second"))
    after = stack.physical_ids()
    kept = {name: after.get(name) for name in before if name != "First"}
    assert kept == {name: value for name, value in before.items() if name != "First"}
    api = client.get_rest_api(restApiId=api_id)
    assert api["description"] == "two" and api["tags"]["a"] == "two" and api["binaryMediaTypes"] == ["image/png"]
    method = client.get_method(restApiId=api_id, resourceId=after["Pets"], httpMethod="GET")
    assert method["operationName"] == "two" and method["methodIntegration"]["timeoutInMillis"] == 1000
    stage = client.get_stage(restApiId=api_id, stageName="dev")
    assert stage["variables"] == {"v": "two", "only_two": "x"} and stage["deploymentId"] == after["Second"]
    assert stage["methodSettings"]["*/*"]["throttlingRateLimit"] == 7.0
    plan = client.get_usage_plan(usagePlanId=after["Plan"])
    assert plan["throttle"] == {"rateLimit": 7.0, "burstLimit": 2} and plan["quota"]["limit"] == 10
    assert plan["apiStages"][0]["throttle"] == {"/pets/GET": {"rateLimit": 7.0, "burstLimit": 3}}
    assert client.get_account()["cloudwatchRoleArn"] == ROLE
    stack.delete()
    assert client.get_rest_apis()["items"] == client.get_usage_plans()["items"] == client.get_api_keys()["items"] == []
    assert client.get_vpc_links()["items"] == client.get_client_certificates()["items"] == []


def test_a_deployment_s_stage_has_its_description_and_goes_with_it(stack: Stack) -> None:
    described = {
        "Resources": {
            "Api": resource("RestApi", Name="shop"),
            "Get": resource(
                "Method",
                RestApiId=ref("Api"),
                ResourceId=att("Api", "RootResourceId"),
                HttpMethod="GET",
                Integration={"Type": "MOCK"},
            ),
            "Deployed": resource(
                "Deployment",
                RestApiId=ref("Api"),
                StageName="live",
                StageDescription={"LoggingLevel": "ERROR", "Variables": {"a": "b"}, "CachingEnabled": True},
                after="Get",
            ),
        },
        "Outputs": {"Api": {"Value": ref("Api")}},
    }
    api_id = stack.put(described)["Api"]
    stage = stack.client.get_stage(restApiId=api_id, stageName="live")
    assert stage["variables"] == {"a": "b"} and stage["methodSettings"]["*/*"]["loggingLevel"] == "ERROR"
    stack.delete()
    assert stack.client.get_rest_apis()["items"] == []


def body(title: str, path: str) -> Template:
    operation = {"x-amazon-apigateway-integration": {"type": "mock"}, "responses": {"200": {"description": "ok"}}}
    return {"openapi": "3.0.1", "info": {"title": title, "version": "1"}, "paths": {path: {"get": operation}}}


@pytest.fixture
def paths(stack: Stack) -> Callable[[str], list[str]]:
    def read(api_id: str) -> list[str]:
        return [found["path"] for found in stack.client.get_resources(restApiId=api_id)["items"]]

    return read


def test_an_api_with_a_body_is_overwritten_or_merged(stack: Stack, paths: Callable[[str], list[str]]) -> None:
    def made(path: str, **more: Any) -> Template:
        api = resource("RestApi", Body=body("of the document", path), Parameters={"basepath": "ignore"}, **more)
        return {"Resources": {"Api": api}, "Outputs": {"Api": {"Value": ref("Api")}}}

    api_id = stack.put(made("/a", ApiKeySourceType="AUTHORIZER"))["Api"]
    api = stack.client.get_rest_api(restApiId=api_id)
    assert api["name"] == "of the document" and api["apiKeySource"] == "AUTHORIZER"
    assert stack.put(made("/b"))["Api"] == api_id and paths(api_id) == ["/", "/b"]
    stack.put(made("/c", Mode="merge", Name="of the template"))
    assert paths(api_id) == ["/", "/b", "/c"]
    assert stack.client.get_rest_api(restApiId=api_id)["name"] == "of the template"


def test_an_api_s_body_may_be_in_a_bucket(aws: Serein, stack: Stack, paths: Callable[[str], list[str]]) -> None:
    s3, bucket = aws.client("s3"), aws.unique("bucket")
    s3.create_bucket(Bucket=bucket)
    s3.put_object(Bucket=bucket, Key="api.yaml", Body=yaml.safe_dump(body("x", "/stored")).encode())
    api = resource("RestApi", BodyS3Location={"Bucket": bucket, "Key": "api.yaml"})
    outputs = stack.put({"Resources": {"Api": api}, "Outputs": {"Api": {"Value": ref("Api")}}})
    assert paths(outputs["Api"]) == ["/", "/stored"]


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      TracingEnabled: true
      EndpointConfiguration: {Type: REGIONAL}
      Cors: {AllowOrigin: "'*'", AllowHeaders: "'X'"}
      MethodSettings: [{ResourcePath: "/*", HttpMethod: "*", ThrottlingRateLimit: 10, ThrottlingBurstLimit: 5}]
      GatewayResponses: {DEFAULT_4XX: {ResponseParameters: {Headers: {Access-Control-Allow-Origin: "'*'"}}}}
      Auth:
        ApiKeyRequired: true
        UsagePlan: {CreateUsagePlan: PER_API, Quota: {Limit: 100, Period: DAY}}
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: CODE
      Events:
        Get: {Type: Api, Properties: {Path: "/hello/{name}", Method: get, RestApiId: !Ref Api}}
        Open: {Type: Api, Properties: {Path: /open, Method: any}}
Outputs:
  Api: {Value: !Ref Api}
  Implicit: {Value: !Ref ServerlessRestApi}
""".replace("CODE", json.dumps(CODE))


def test_sam_s_apis_are_deployed_with_their_events(stack: Stack) -> None:
    outputs = stack.put(SAM)
    resources = stack.client.get_resources(restApiId=outputs["Api"], embed=["methods"])["items"]
    hello = next(found for found in resources if found["path"] == "/hello/{name}")["resourceMethods"]
    assert sorted(hello) == ["GET", "OPTIONS"]
    assert hello["GET"]["apiKeyRequired"] and hello["GET"]["methodIntegration"]["type"] == "AWS_PROXY"
    stage = stack.client.get_stage(restApiId=outputs["Api"], stageName="prod")
    assert stage["tracingEnabled"] and stage["methodSettings"]["*/*"]["throttlingBurstLimit"] == 5
    assert stack.client.get_usage_plans()["items"][0]["apiStages"][0]["stage"] == "prod"
    stages = stack.client.get_stages(restApiId=outputs["Implicit"])["item"]
    assert {found["stageName"] for found in stages} >= {"Prod"}
    stack.delete()
    assert stack.client.get_rest_apis()["items"] == []
