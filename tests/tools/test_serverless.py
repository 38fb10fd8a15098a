"""The Serverless Framework, version 3, and osls, which goes on from it: as npm has them, from an environment alone.

Both use version 2 of the AWS SDK for JavaScript, which doesn't read AWS_ENDPOINT_URL: NODE_OPTIONS sees to it.
"""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client_programs import node_modules
from serein.cli.environment import node_options
from serein.testing import Serein

PACKAGE = Path(__file__).parent / "serverless" / "package.json"
PROGRAMS = {"serverless": "serverless/bin/serverless.js", "osls": "osls/bin/serverless.js"}
SERVICE = """
service: tooled
provider:
  name: aws
  runtime: python3.12
  environment: {GREETING: hello}
functions:
  hello:
    handler: app.hello
    events:
      - httpApi: GET /hello
      - http: {path: hello, method: get}
  worker:
    handler: app.worker
    events:
      - sqs: {arn: !GetAtt Jobs.Arn}
resources:
  Resources:
    Jobs: {Type: AWS::SQS::Queue}
"""
CODE = """
import os

def hello(event, context):
    return {"statusCode": 200, "body": f"{os.environ['GREETING']} world"}

def worker(event, context):
    print("worked")
"""


def outputs_of(aws: Serein) -> dict[str, str]:
    stack = aws.client("cloudformation").describe_stacks(StackName="tooled-dev")["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def fetch(aws: Serein, api: str, path: str) -> str:
    with urllib.request.urlopen(f"{aws.endpoint}/_aws/execute-api/{api}/{path}", timeout=60) as reply:
        return str(reply.read().decode())


@pytest.fixture
def serverless(program: Callable[..., Any]) -> Callable[[str], Any]:
    """One of the two, in a folder with the service."""

    def of(name: str) -> Any:
        command = ("node", str(node_modules(PACKAGE) / PROGRAMS[name]))
        # A tenth of a second between looks at the stack.
        quiet = {"SLS_TELEMETRY_DISABLED": "1", "SLS_NOTIFICATIONS_MODE": "off", "SLS_AWS_MONITORING_FREQUENCY": "100"}
        made = program(command, NODE_OPTIONS=node_options(), **quiet)
        made.write({"serverless.yml": SERVICE, "app.py": CODE})
        return made

    return of


def test_serverless_deploys_updates_and_removes_a_service(serverless: Callable[[str], Any], aws: Serein) -> None:
    run = serverless("serverless")
    run("deploy")
    outputs = outputs_of(aws)
    rest = outputs["ServiceEndpoint"].removeprefix("https://").partition(".")[0]
    assert fetch(aws, outputs["HttpApiId"], "$default/hello") == fetch(aws, rest, "dev/hello") == "hello world"
    run.write({"serverless.yml": SERVICE.replace("GREETING: hello", "GREETING: goodbye")})
    run("deploy")
    assert fetch(aws, outputs["HttpApiId"], "$default/hello") == "goodbye world"
    run("remove")
    assert not aws.client("lambda").list_functions()["Functions"]
    assert not aws.client("apigatewayv2").get_apis()["Items"]


def test_osls_deploys_and_invokes_functions(serverless: Callable[[str], Any], aws: Serein) -> None:
    run = serverless("osls")
    run("deploy")
    assert outputs_of(aws)["ServiceEndpoint"] in run("info")
    run.write({"app.py": CODE.replace(" world", " moon")})
    run("deploy", "function", "-f", "hello")
    assert json.loads(run("invoke", "-f", "hello"))["body"] == "hello moon"
    run("remove")
    assert not aws.client("lambda").list_functions()["Functions"]
