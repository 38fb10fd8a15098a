"""WebSocket APIs from templates: CloudFormation's types, and SAM's."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from serein.testing import Serein

TEMPLATE = """
Resources:
  Chat:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: chat, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.%(selector)s}
  Message:
    Type: AWS::ApiGatewayV2::Model
    Properties: {ApiId: !Ref Chat, Name: message, Schema: {type: object, properties: {text: {type: string}}}}
  Mock:
    Type: AWS::ApiGatewayV2::Integration
    Properties:
      ApiId: !Ref Chat
      IntegrationType: MOCK
      RequestTemplates: {$default: '{"statusCode": 200}'}
      TemplateSelectionExpression: \\$default
  Response:
    Type: AWS::ApiGatewayV2::IntegrationResponse
    Properties:
      ApiId: !Ref Chat
      IntegrationId: !Ref Mock
      IntegrationResponseKey: $default
      ResponseTemplates: {$default: 'route $context.routeKey'}
  Join:
    Type: AWS::ApiGatewayV2::Route
    Properties:
      ApiId: !Ref Chat
      RouteKey: join
      Target: !Sub integrations/${Mock}
      RequestModels: {$default: message}
  Deployment:
    Type: AWS::ApiGatewayV2::Deployment
    DependsOn: [Join, Response]
    Properties: {ApiId: !Ref Chat}
  JoinResponse:
    Type: AWS::ApiGatewayV2::RouteResponse
    Properties: {ApiId: !Ref Chat, RouteId: !Ref Join, RouteResponseKey: $default}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties:
      ApiId: !Ref Chat
      StageName: dev
      DeploymentId: !Ref Deployment
      DefaultRouteSettings: {LoggingLevel: 'OFF', ThrottlingBurstLimit: '50', ThrottlingRateLimit: '25.5'}
Outputs:
  Id: {Value: !Ref Chat}
  Address: {Value: !GetAtt Chat.ApiEndpoint}
"""
SAM = """
Transform: AWS::Serverless-2016-10-31
Resources:
  Chat:
    Type: AWS::Serverless::WebSocketApi
    Properties:
      RouteSelectionExpression: $request.body.action
      StageName: dev
      Routes:
        $connect: {FunctionArn: !GetAtt Handler.Arn}
        $default: {FunctionArn: !GetAtt Handler.Arn, RouteResponseSelectionExpression: $default}
  Handler:
    Type: AWS::Serverless::Function
    Properties:
      Runtime: python3.12
      Handler: index.handler
      InlineCode: |
        def handler(event, context):
            return {'statusCode': 200, 'body': event['requestContext']['routeKey']}
Outputs:
  Id: {Value: !Ref Chat}
"""


def asked(aws: Serein, api_id: str, message: str) -> str:
    server = urlsplit(aws.endpoint)
    with connect(f"ws://{server.netloc}/_aws/execute-api/{api_id}/dev", proxy=None, open_timeout=60) as client:
        client.send(message)
        return str(client.recv(60))


def outputs(stack: Any) -> dict[str, str]:
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def test_a_template_makes_changes_and_removes_a_websocket_api(aws: Serein) -> None:
    cloud = aws.client("cloudformation")
    cloud.create_stack(StackName="chat", TemplateBody=TEMPLATE % {"selector": "action"})
    aws.wait_until_idle()
    made = outputs(cloud.describe_stacks(StackName="chat")["Stacks"][0])
    assert made["Address"].startswith(("ws://", "wss://"))
    assert asked(aws, made["Id"], '{"action": "join"}') == "route join"
    apis = aws.client("apigatewayv2")
    assert [model["Name"] for model in apis.get_models(ApiId=made["Id"])["Items"]] == ["message"]
    stage = apis.get_stage(ApiId=made["Id"], StageName="dev")
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] == 25.5
    cloud.update_stack(StackName="chat", TemplateBody=TEMPLATE % {"selector": "kind"})
    aws.wait_until_idle()
    assert apis.get_api(ApiId=made["Id"])["RouteSelectionExpression"] == "$request.body.kind"
    cloud.delete_stack(StackName="chat")
    aws.wait_until_idle()
    assert apis.get_apis()["Items"] == []
    with pytest.raises(InvalidStatus):
        asked(aws, made["Id"], "x")


def test_sam_knows_websocket_apis(aws: Serein, tmp_path: Path) -> None:
    template = tmp_path / "template.yaml"
    template.write_text(SAM)
    aws.deploy(template, stack="sam")
    made = outputs(aws.client("cloudformation").describe_stacks(StackName="sam")["Stacks"][0])
    assert asked(aws, made["Id"], "hello") == "$default"
