"""The plugin serverless-step-functions, whose effect is built in: deployed and driven."""

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from serein.testing import Serein

SERVICE = """
service: flows
plugins: [serverless-step-functions]
provider: {name: aws, runtime: python3.12}
functions:
  greet: {handler: app.greet}
stepFunctions:
  validate: true
  activities: [by-hand]
  stateMachines:
    long:
      name: long-${sls:stage}
      useExactVersion: true
      events:
        - http: post orders
        - http: {path: "proxied/{id}", method: post, request: {template: lambda_proxy}}
        - schedule: {rate: rate(1 hour), input: {by: clock}}
        - eventBridge: {event: {source: [shop]}, inputPath: $.detail}
      definition:
        StartAt: Greet
        States: {Greet: {Type: Task, Resource: !GetAtt [greet, Arn], End: true}}
    quick:
      type: EXPRESS
      events:
        - http:
            path: sync
            method: post
            action: StartSyncExecution
            request:
              template:
                application/json:
                  Fn::Sub:
                    - '{"input": "$util.escapeJavaScript($input.json(''$''))", "stateMachineArn": "${Arn}"}'
                    - {Arn: !Ref QuickStepFunctionsStateMachine}
            response: {template: {application/json: "$input.path('$.output')"}}
      definition:
        StartAt: Invoke
        States:
          Invoke:
            Type: Task
            Resource: arn:aws:states:::lambda:invoke
            Parameters: {FunctionName: !GetAtt [greet, Arn], Payload.$: $}
            OutputPath: $.Payload
            End: true
    manual:
      definition:
        StartAt: Wait
        States:
          Wait: {Type: Task, Resource: !Ref ByDashhandStepFunctionsActivity, TimeoutSeconds: 60, End: true}
"""
CODE = """
def greet(event, context):
    return {"hello": event, "version": context.function_version}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "serverless.yml").write_text(SERVICE)
    (tmp_path / "app.py").write_text(CODE)
    return tmp_path


def test_a_service_with_state_machines_is_deployed_and_driven(serein: Serein, project: Path) -> None:
    ids = serein.deploy(project).resources
    states = serein.client("stepfunctions")
    server = urlsplit(serein.endpoint)

    def post(path: str, body: Any, kind: str = "application/json") -> tuple[int, Any]:
        connection = http.client.HTTPConnection(server.hostname or "", server.port, timeout=60)
        url = f"/_aws/execute-api/{ids['ApiGatewayRestApi']}/dev/{path}"
        connection.request("POST", url, body if isinstance(body, str) else json.dumps(body), {"Content-Type": kind})
        reply = connection.getresponse()
        return reply.status, json.loads(reply.read())

    status, started = post("orders", {"name": 'a "b" c\'s'})
    assert (status, started["executionArn"].split(":")[6]) == (200, "long-dev")
    assert post("sync", {"name": "x"}) == (200, {"hello": {"name": "x"}, "version": "$LATEST"})
    code, proxied = post("proxied/7?q=1", {"name": "it's"})
    assert code == 200, proxied
    code, form = post("proxied/8", "a=1&b=it%27s", "application/x-www-form-urlencoded")
    assert code == 200, form
    serein.client("events").put_events(Entries=[{"Source": "shop", "DetailType": "d", "Detail": '{"by": "rule"}'}])
    serein.wait_until_idle()
    serein.clock.advance(3600)
    serein.wait_until_idle()
    found = states.list_executions(stateMachineArn=ids["LongDashdev"])["executions"]
    outputs = [json.loads(states.describe_execution(executionArn=each["executionArn"])["output"]) for each in found]
    assert {each["version"] for each in outputs} == {"1"}
    greeted = [each["hello"] for each in outputs]
    for wanted in ({"name": 'a "b" c\'s'}, {"by": "clock"}, {"by": "rule"}):
        assert wanted in greeted
    shown = json.loads(states.describe_execution(executionArn=proxied["executionArn"])["input"])
    assert (shown["pathParameters"], shown["queryStringParameters"]) == ({"id": "7"}, {"q": "1"})
    assert (shown["httpMethod"], json.loads(shown["body"])) == ("POST", {"name": "it's"})
    assert shown["requestContext"]["stage"] == "dev"
    shown = json.loads(states.describe_execution(executionArn=form["executionArn"])["input"])
    assert json.loads(shown["body"]) == {"a": "1", "b": "it's"}
    work = states.start_execution(stateMachineArn=ids["ManualStepFunctionsStateMachine"], input='{"do": 1}')
    serein.wait_until_idle()
    task = states.get_activity_task(activityArn=ids["ByDashhandStepFunctionsActivity"])
    assert json.loads(task["input"]) == {"do": 1}
    states.send_task_success(taskToken=task["taskToken"], output='"done"')
    serein.wait_until_idle()
    assert states.describe_execution(executionArn=work["executionArn"])["output"] == '"done"'
