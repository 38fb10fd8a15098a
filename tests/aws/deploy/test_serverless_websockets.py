"""`websocket` events of serverless.yml, deployed as the CloudFormation that they stand for."""

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from serein.deploy.errors import TemplateInvalid
from serein.deploy.serverless.websocket_events import websocket_resources
from serein.testing import Serein

SERVICE = """
service: chat
provider: {name: aws, logs: {websocket: true}, logRetentionInDays: 7}
functions:
  gate-keeper:
    handler: index.gate
  people:
    handler: index.people
    events:
      - websocket: {route: $connect, authorizer: {name: gate-keeper, identitySource: [route.request.querystring.t]}}
      - websocket: $disconnect
  say:
    handler: index.say
    events:
      - websocket: {route: room/say, routeResponseSelectionExpression: $default}
"""
CODE = """
def gate(event, context):
    statement = {'Action': 'execute-api:Invoke', 'Effect': 'Allow', 'Resource': event['methodArn']}
    return {'principalId': 'me', 'policyDocument': {'Version': '2012-10-17', 'Statement': [statement]}}

def people(event, context):
    return {'statusCode': 200}

def say(event, context):
    return {'statusCode': 200, 'body': event['requestContext']['authorizer']['principalId']}
"""


def test_the_resources_have_the_names_of_the_framework() -> None:
    made = websocket_resources(yaml.safe_load(SERVICE), "dev")
    names = {name for name in made.resources if not name.startswith("WebsocketsDeployment")}
    assert names == {
        "WebsocketsApi",
        "WebsocketsLogGroup",
        "PeopleWebsocketsIntegration",
        "PeopleLambdaPermissionWebsockets",
        "SconnectWebsocketsRoute",
        "SdisconnectWebsocketsRoute",
        "GateDashkeeperWebsocketsAuthorizer",
        "GateDashkeeperLambdaPermissionWebsockets",
        "SayWebsocketsIntegration",
        "SayLambdaPermissionWebsockets",
        "roomSlashsayWebsocketsRoute",
        "roomSlashsayWebsocketsRouteResponse",
    }
    assert made.resources["WebsocketsApi"]["Properties"]["Name"] == "dev-chat-websockets"
    assert made.statements[0]["Action"] == ["execute-api:ManageConnections"]


def test_a_service_without_events_makes_nothing() -> None:
    made = websocket_resources({"service": "s", "functions": {"f": {"handler": "x.y"}}}, "dev")
    assert (made.resources, made.outputs, made.statements) == ({}, {}, ())


def test_an_api_that_is_there_already_is_only_deployed() -> None:
    service = yaml.safe_load(SERVICE)
    service["provider"]["apiGateway"] = {"websocketApiId": "abc"}
    made = websocket_resources(service, "dev")
    assert "WebsocketsApi" not in made.resources
    deployment = next(each for each in made.resources.values() if each["Type"].endswith("Deployment"))
    assert deployment["Properties"]["StageName"] == "dev"


@pytest.mark.parametrize("event", [{}, {"route": 1}, {"route": "x", "other": 1}, ["x"]], ids=str)
def test_an_event_that_makes_no_sense_is_refused(event: Any) -> None:
    with pytest.raises(TemplateInvalid, match="the function f has a websocket event"):
        websocket_resources({"service": "s", "functions": {"f": {"events": [{"websocket": event}]}}}, "dev")


def test_the_events_of_a_service_are_deployed(aws: Serein) -> None:
    made = websocket_resources(yaml.safe_load(SERVICE), "dev")
    functions = {
        f"{name}LambdaFunction": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.12",
                "Handler": f"index.{handler}",
                "Role": f"arn:aws:iam::{aws.account}:role/r",
                "Code": {"ZipFile": CODE},
            },
        }
        for name, handler in (("GateDashkeeper", "gate"), ("People", "people"), ("Say", "say"))
    }
    template = {"Resources": {**functions, **made.resources}, "Outputs": made.outputs}
    cloud = aws.client("cloudformation")
    cloud.create_stack(StackName="chat", TemplateBody=json.dumps(template))
    aws.wait_until_idle()
    stack = cloud.describe_stacks(StackName="chat")["Stacks"][0]
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    output = stack["Outputs"][0]["OutputValue"]
    api_id = urlsplit(output).netloc.partition(".")[0]
    assert output == f"wss://{api_id}.execute-api.{aws.region}.amazonaws.com/dev"
    url = f"ws://{urlsplit(aws.endpoint).netloc}/_aws/execute-api/{api_id}/dev"
    with pytest.raises(InvalidStatus), connect(url, proxy=None):
        pass
    with connect(f"{url}?t=1", proxy=None, open_timeout=60) as client:
        client.send('{"action": "room/say"}')
        assert client.recv(60) == "me"
