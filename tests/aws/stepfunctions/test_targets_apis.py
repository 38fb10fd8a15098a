"""State machines behind REST, HTTP and WebSocket APIs, without functions in between."""

import json
from typing import Any

import pytest

from http_api import Api
from queues import refusal
from rest_api import RestApi
from state_machines import FAIL, StateMachines

JSON = "application/json"
WAITING = {"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}}


@pytest.fixture
def machines(aws: Any) -> StateMachines:
    return StateMachines(aws)


def mapped(api: RestApi, action: str, template: str) -> dict[str, Any]:
    return {
        "type": "AWS",
        "uri": f"arn:aws:apigateway:{api.aws.region}:states:action/{action}",
        "credentials": f"arn:aws:iam::{api.aws.account}:role/api",
        "requestTemplates": {JSON: template},
    }


def templated(text: str) -> dict[str, Any]:
    return {"responseTemplates": {JSON: text}}


def test_a_rest_api_starts_describes_and_stops_executions(aws: Any, machines: StateMachines) -> None:
    machine, api = machines.make(WAITING), RestApi(aws)
    start = f'{{"stateMachineArn": "{machine}", "input": "$util.escapeJavaScript($input.json(\'$\'))"}}'
    named = '{"executionArn": "$util.escapeJavaScript($input.params(\'arn\'))"}'
    bad = {"400": {"selectionPattern": "400", **templated("$input.path('$.__type')")}}
    api.method("/start", "POST", mapped(api, "StartExecution", start), {"200": {}, **bad})
    shown = templated('{"status": "$input.path(\'$.status\')", "input": $input.path(\'$.input\')}')
    query = {"requestParameters": {"method.request.querystring.arn": False}}
    api.method("/describe", "GET", mapped(api, "DescribeExecution", named), {"200": shown, **bad}, **query)
    api.method("/stop", "POST", mapped(api, "StopExecution", named), {"200": {}, **bad}, **query)
    api.deploy()
    started = api.post("/start", {"order": 'no. "7"'})
    assert started.status == 200, started.body
    assert set(started.json()) == {"executionArn", "startDate"}
    arn = started.json()["executionArn"]
    described = api.get(f"/describe?arn={arn}", {"Content-Type": JSON})
    assert described.json() == {"status": "RUNNING", "input": {"order": 'no. "7"'}}
    assert api.post(f"/stop?arn={arn}", {}).status == 200
    assert api.get(f"/describe?arn={arn}", {"Content-Type": JSON}).json()["status"] == "ABORTED"
    absent = api.get(f"/describe?arn={arn}2", {"Content-Type": JSON})
    assert absent.status == 400
    assert absent.body.rpartition(b"#")[2] == b"ExecutionDoesNotExist"


def test_a_rest_api_answers_with_the_output_of_an_express_execution(aws: Any, machines: StateMachines) -> None:
    good, bad = machines.make(type="EXPRESS"), machines.make(FAIL, name="bad", type="EXPRESS")
    api = RestApi(aws)
    start = '{"stateMachineArn": "$stageVariables.machine", "input": "$util.escapeJavaScript($input.json(\'$\'))"}'
    answer = templated(
        "#set($reply = $util.parseJson($input.body))"
        '#if($reply.status == \'FAILED\')#set($context.responseOverride.status = 500){"error": "$reply.error"}'
        "#else$reply.output#end"
    )
    api.method("/run", "POST", mapped(api, "StartSyncExecution", start), {"200": answer})
    api.deploy(variables={"machine": good})
    answered = api.post("/run", {"n": [1, 2]})
    assert (answered.status, answered.json()) == (200, {"n": [1, 2]})
    api.set("/variables/machine", bad)
    failed = api.post("/run", {})
    assert (failed.status, failed.json()) == (500, {"error": "Broken"})


def integrate(api: Api, key: str, subtype: str, role: str, **parameters: str) -> None:
    made = api.apis.create_integration(
        ApiId=api.id,
        IntegrationType="AWS_PROXY",
        IntegrationSubtype=subtype,
        CredentialsArn=role,
        PayloadFormatVersion="1.0",
        RequestParameters=parameters,
    )
    api.apis.create_route(ApiId=api.id, RouteKey=key, Target=f"integrations/{made['IntegrationId']}")


def test_an_http_api_starts_and_stops_executions(aws: Any, machines: StateMachines) -> None:
    api, role = Api(aws), f"arn:aws:iam::{aws.account}:role/api"
    standard, express = machines.make(WAITING), machines.make(name="express", type="EXPRESS")
    integrate(
        api,
        "POST /start",
        "StepFunctions-StartExecution",
        role,
        StateMachineArn=standard,
        Input="$request.body",
        Name="$request.querystring.name",
    )
    integrate(
        api, "POST /run", "StepFunctions-StartSyncExecution", role, StateMachineArn=express, Input="$request.body"
    )
    integrate(
        api,
        "POST /stop",
        "StepFunctions-StopExecution",
        role,
        ExecutionArn="$request.querystring.arn",
        Cause="asked",
        Error="Stop",
    )
    started = api.send("POST", "/start?name=mine", b'{"n": 1}')
    assert started.status == 200, started.body
    arn = started.json()["executionArn"]
    assert arn.endswith(":machine:mine")
    assert api.send("POST", f"/stop?arn={arn}").status == 200
    (execution,) = machines.executions(standard)
    assert (execution["status"], execution["error"], execution["cause"]) == ("ABORTED", "Stop", "asked")
    ran = api.send("POST", "/run", b'{"n": 2}')
    assert (ran.status, ran.json()["status"], json.loads(ran.json()["output"])) == (200, "SUCCEEDED", {"n": 2})
    wrong = api.send("POST", "/run", b"no json")
    assert (wrong.status, wrong.json()["__type"].rpartition("#")[2]) == (400, "InvalidExecutionInput")


@pytest.mark.parametrize(
    ("subtype", "parameters"),
    [
        ("StepFunctions-StartExecution", {"Input": "{}"}),
        ("StepFunctions-StartSyncExecution", {"StateMachineArn": "a", "Nonsense": "b"}),
        ("StepFunctions-StopExecution", {"Cause": "c"}),
        ("StepFunctions-DescribeExecution", {"ExecutionArn": "a"}),
    ],
)
def test_integrations_have_the_parameters_of_their_subtype(aws: Any, subtype: str, parameters: dict[str, str]) -> None:
    api = Api(aws)
    code, _ = refusal(
        api.apis.create_integration,
        ApiId=api.id,
        IntegrationType="AWS_PROXY",
        IntegrationSubtype=subtype,
        CredentialsArn=f"arn:aws:iam::{aws.account}:role/api",
        PayloadFormatVersion="1.0",
        RequestParameters=parameters,
    )
    assert code == "BadRequestException"


def test_functions_start_express_executions_and_wait_for_them(aws: Any, machines: StateMachines) -> None:
    """The host of StartSyncExecution has a prefix, which SDKs put in front of an endpoint's address too."""
    machine = machines.make(type="EXPRESS")
    code = (
        "import boto3, os\n"
        "from botocore.config import Config\n"
        "def handler(event, context):\n"
        "    clients = [boto3.client('stepfunctions', config=Config(inject_host_prefix=True))]\n"
        "    clients.append(boto3.client('stepfunctions'))\n"
        "    clients.append(boto3.client('stepfunctions', endpoint_url='https://states.us-east-1.amazonaws.com'))\n"
        f"    asked = {{'stateMachineArn': '{machine}', 'input': '[1]'}}\n"
        "    return [client.start_sync_execution(**asked)['output'] for client in clients]\n"
    )
    function = Api(aws).function(code, Timeout=30)
    reply = aws.client("lambda").invoke(FunctionName=function)
    assert json.loads(reply["Payload"].read()) == ["[1]"] * 3
