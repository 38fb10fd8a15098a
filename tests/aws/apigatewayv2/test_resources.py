"""AWS::ApiGatewayV2::* in stacks."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from http_api import ECHO, Api
from serein.testing import Serein

CORS = {"AllowOrigins": ["*"], "MaxAge": "5"}
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Code": {"ZipFile": ECHO},
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": "arn:aws:iam::000000000000:role/r",
    },
}


def _resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::ApiGatewayV2::{kind}", "Properties": properties}


def _ref(name: str) -> dict[str, str]:
    return {"Ref": name}


def _template(route: str = "GET /a", **more: Any) -> dict[str, Any]:
    return {
        "Resources": {
            "Function": FUNCTION,
            "Api": _resource("Api", Name="raw", ProtocolType="HTTP", CorsConfiguration=CORS),
            "Integration": _resource(
                "Integration",
                ApiId=_ref("Api"),
                IntegrationType="AWS_PROXY",
                IntegrationUri={"Fn::GetAtt": ["Function", "Arn"]},
                PayloadFormatVersion="2.0",
                TimeoutInMillis="5000",
            ),
            "Route": _resource(
                "Route", ApiId=_ref("Api"), RouteKey=route, Target={"Fn::Sub": "integrations/${Integration}"}
            ),
            "Deployment": {**_resource("Deployment", ApiId=_ref("Api")), "DependsOn": "Route"},
            "Stage": _resource(
                "Stage",
                ApiId=_ref("Api"),
                StageName="prod",
                DeploymentId=_ref("Deployment"),
                StageVariables={"a": "1"},
                DefaultRouteSettings={"ThrottlingBurstLimit": "10"},
            ),
            "Default": _resource("Stage", ApiId=_ref("Api"), StageName="$default", AutoDeploy="true"),
            **more,
        },
        "Outputs": {"Api": {"Value": _ref("Api")}, "Url": {"Value": {"Fn::GetAtt": ["Api", "ApiEndpoint"]}}},
    }


def _deploy(serein: Serein, template: dict[str, Any], *, is_update: bool = False) -> dict[str, str]:
    stacks = serein.client("cloudformation")
    request = {"StackName": "raw", "TemplateBody": json.dumps(template)}
    if is_update:
        stacks.update_stack(**request)
    else:
        stacks.create_stack(**request)
    stacks.get_waiter("stack_update_complete" if is_update else "stack_create_complete").wait(
        StackName="raw", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300}
    )
    outputs = stacks.describe_stacks(StackName="raw")["Stacks"][0]["Outputs"]
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def test_a_stack_makes_changes_and_removes_an_api(serein: Serein) -> None:
    outputs = _deploy(serein, _template())
    apis = serein.client("apigatewayv2")
    api_id = outputs["Api"]
    assert apis.get_api(ApiId=api_id)["CorsConfiguration"] == {"AllowOrigins": ["*"], "MaxAge": 5}
    assert [route["RouteKey"] for route in apis.get_routes(ApiId=api_id)["Items"]] == ["GET /a"]
    stages = {stage["StageName"]: stage for stage in apis.get_stages(ApiId=api_id)["Items"]}
    assert stages["prod"]["StageVariables"] == {"a": "1"}
    assert stages["$default"]["AutoDeploy"] is True
    assert stages["prod"]["DefaultRouteSettings"]["ThrottlingBurstLimit"] == 10

    _deploy(serein, _template("GET /b"), is_update=True)
    assert [route["RouteKey"] for route in apis.get_routes(ApiId=api_id)["Items"]] == ["GET /b"]

    stacks = serein.client("cloudformation")
    stacks.delete_stack(StackName="raw")
    stacks.get_waiter("stack_delete_complete").wait(StackName="raw", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    with pytest.raises(ClientError):
        apis.get_api(ApiId=api_id)


ISSUER = "https://issuer.example"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/c"


def test_authorizers_domains_and_links_are_made_changed_and_removed(serein: Serein) -> None:
    function_uri = {
        "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"
    }

    def template(audience: str, key: str) -> dict[str, Any]:
        return _template(
            Tokens=_resource(
                "Authorizer",
                ApiId=_ref("Api"),
                Name="tokens",
                AuthorizerType="JWT",
                IdentitySource=["$request.header.Authorization"],
                JwtConfiguration={"Audience": [audience], "Issuer": ISSUER},
            ),
            Asked=_resource(
                "Authorizer",
                ApiId=_ref("Api"),
                Name="asked",
                AuthorizerType="REQUEST",
                IdentitySource=["$request.header.Authorization"],
                AuthorizerUri=function_uri,
                AuthorizerPayloadFormatVersion="2.0",
                EnableSimpleResponses="true",
                AuthorizerResultTtlInSeconds="60",
            ),
            Secured=_resource(
                "Route",
                ApiId=_ref("Api"),
                RouteKey="GET /s",
                AuthorizationType="JWT",
                AuthorizerId=_ref("Tokens"),
                AuthorizationScopes=["read"],
            ),
            Link=_resource("VpcLink", Name="link", SubnetIds=["subnet-1"], Tags={"serein:address": "http://x"}),
            Private=_resource(
                "Integration",
                ApiId=_ref("Api"),
                IntegrationType="HTTP_PROXY",
                IntegrationMethod="ANY",
                IntegrationUri="arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c",
                ConnectionType="VPC_LINK",
                ConnectionId=_ref("Link"),
                PayloadFormatVersion="1.0",
                TlsConfig={"ServerNameToVerify": "x.example"},
                RequestParameters={"overwrite:path": "/x", "append:header.a": "b"} if key == "a" else {},
                ResponseParameters={
                    "200": {"ResponseParameters": [{"Source": "201", "Destination": "overwrite:statuscode"}]}
                },
            ),
            Domain=_resource(
                "DomainName",
                DomainName="stack.example.com",
                DomainNameConfigurations=[{"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL"}],
                Tags={"a": key},
            ),
            Mapping=_resource(
                "ApiMapping", ApiId=_ref("Api"), DomainName=_ref("Domain"), Stage=_ref("Stage"), ApiMappingKey=key
            ),
        )

    api_id = _deploy(serein, template("one", "a"))["Api"]
    apis = serein.client("apigatewayv2")
    authorizers = {each["Name"]: each for each in apis.get_authorizers(ApiId=api_id)["Items"]}
    assert authorizers["tokens"]["JwtConfiguration"] == {"Audience": ["one"], "Issuer": ISSUER}
    assert (authorizers["asked"]["EnableSimpleResponses"], authorizers["asked"]["AuthorizerResultTtlInSeconds"]) == (
        True,
        60,
    )
    routes = {each["RouteKey"]: each for each in apis.get_routes(ApiId=api_id)["Items"]}
    assert routes["GET /s"]["AuthorizerId"] == authorizers["tokens"]["AuthorizerId"]
    private = next(
        each for each in apis.get_integrations(ApiId=api_id)["Items"] if each["ConnectionType"] == "VPC_LINK"
    )
    assert private["ResponseParameters"] == {"200": {"overwrite:statuscode": "201"}}
    assert apis.get_api_mappings(DomainName="stack.example.com")["Items"][0]["ApiMappingKey"] == "a"

    _deploy(serein, template("two", "b"), is_update=True)
    changed = apis.get_authorizer(ApiId=api_id, AuthorizerId=authorizers["tokens"]["AuthorizerId"])
    assert changed["JwtConfiguration"]["Audience"] == ["two"]
    assert apis.get_api_mappings(DomainName="stack.example.com")["Items"][0]["ApiMappingKey"] == "b"
    assert apis.get_domain_name(DomainName="stack.example.com")["Tags"]["a"] == "b"
    integration = apis.get_integration(ApiId=api_id, IntegrationId=private["IntegrationId"])
    assert not integration.get("RequestParameters")

    stacks = serein.client("cloudformation")
    stacks.delete_stack(StackName="raw")
    stacks.get_waiter("stack_delete_complete").wait(StackName="raw", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    for gone in (
        lambda: apis.get_domain_name(DomainName="stack.example.com"),
        lambda: apis.get_vpc_link(VpcLinkId=private["ConnectionId"]),
        lambda: apis.get_api(ApiId=api_id),
    ):
        with pytest.raises(ClientError):
            gone()


def test_what_a_quick_create_made_is_overridden(serein: Serein) -> None:
    template = {
        "Resources": {
            "Function": FUNCTION,
            "Api": _resource("Api", Name="quick", ProtocolType="HTTP", Target={"Fn::GetAtt": ["Function", "Arn"]}),
            "Overrides": _resource(
                "ApiGatewayManagedOverrides",
                ApiId=_ref("Api"),
                Integration={"TimeoutInMillis": "1000"},
                Route={"AuthorizationType": "AWS_IAM"},
                Stage={"StageVariables": {"a": "1"}},
            ),
        },
        "Outputs": {"Api": {"Value": _ref("Api")}},
    }
    api_id = _deploy(serein, template)["Api"]
    apis = serein.client("apigatewayv2")
    assert apis.get_integrations(ApiId=api_id)["Items"][0]["TimeoutInMillis"] == 1000
    assert apis.get_routes(ApiId=api_id)["Items"][0]["AuthorizationType"] == "AWS_IAM"
    assert apis.get_stage(ApiId=api_id, StageName="$default")["StageVariables"] == {"a": "1"}


SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Api:
    Type: AWS::Serverless::HttpApi
    Properties:
      StageName: prod
      CorsConfiguration: {AllowOrigins: ["https://a.example"], AllowMethods: [GET]}
      Auth:
        DefaultAuthorizer: Tokens
        EnableIamAuthorizer: true
        Authorizers:
          Tokens:
            AuthorizationScopes: [read]
            IdentitySource: $request.header.Authorization
            JwtConfiguration: {issuer: "https://issuer.example", audience: [app]}
          Asked:
            FunctionArn: !GetAtt Authorizer.Arn
            AuthorizerPayloadFormatVersion: "2.0"
            EnableSimpleResponses: true
            Identity: {Headers: [who]}
      Domain:
        DomainName: sam.example.com
        CertificateArn: arn:aws:acm:us-east-1:000000000000:certificate/c
        BasePath: [shop]
  Authorizer:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {'isAuthorized': event['headers']['who'] == 'me'}
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return event
      Events:
        Tokens: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /tokens, Method: get}}
        Open: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /open, Method: get, Auth: {Authorizer: NONE}}}
        Asked: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /asked, Method: get, Auth: {Authorizer: Asked}}}
        Iam: {Type: HttpApi, Properties: {ApiId: !Ref Api, Path: /iam, Method: get, Auth: {Authorizer: AWS_IAM}}}
Outputs:
  Api: {Value: !Ref Api}
"""


def test_a_sam_api_has_its_authorizers_cors_and_domain(serein: Serein) -> None:
    stacks = serein.client("cloudformation")
    stacks.create_stack(StackName="sam", TemplateBody=SAM, Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"])
    stacks.get_waiter("stack_create_complete").wait(StackName="sam", WaiterConfig={"Delay": 0.1, "MaxAttempts": 300})
    (output,) = stacks.describe_stacks(StackName="sam")["Stacks"][0]["Outputs"]
    api = Api.of(serein, output["OutputValue"])
    assert api.send("GET", "/prod/tokens").status == 401
    assert api.send("GET", "/prod/iam").status == 403
    assert api.send("GET", "/prod/asked", headers={"Who": "you"}).status == 403
    assert api.send("GET", "/prod/asked", headers={"Who": "me"}).status == 200
    answer = api.send("GET", "/prod/open", headers={"Origin": "https://a.example"})
    assert (answer.status, answer.header("access-control-allow-origin")) == (200, "https://a.example")
    mapped = api.send("GET", "/shop/open", headers={"Host": "sam.example.com"})
    assert mapped.json()["requestContext"]["domainName"] == "sam.example.com"
