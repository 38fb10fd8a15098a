"""`auth: on`: tasks act as roles, which other accounts' resources must let in."""

import json
from typing import Any

import pytest

from tests.aws.policies.conftest import OWNER, STRANGER, Guarded, allow, document, from_source

MACHINE_ROLE = f"arn:aws:iam::{OWNER}:role/machine"


@pytest.fixture(scope="module")
def roles(guarded: Guarded) -> None:
    trust = allow({"Service": "states.amazonaws.com"}, "sts:AssumeRole", "*")
    trust.pop("Resource")
    guarded.client("iam").create_role(RoleName="machine", AssumeRolePolicyDocument=document(trust))
    for name, principal in (("trusting", MACHINE_ROLE), ("aloof", f"arn:aws:iam::{STRANGER}:root")):
        trust = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"}
        guarded.client("iam", STRANGER).create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))


def run(guarded: Guarded, name: str, resource: str, parameters: Any, role: str = MACHINE_ROLE, **members: Any) -> Any:
    """How a machine with one task ends."""
    states = guarded.client("stepfunctions")
    task = {"Type": "Task", "Resource": resource, "Parameters": parameters, "End": True, **members}
    definition = json.dumps({"StartAt": "T", "States": {"T": task}})
    machine = states.create_state_machine(name=name, definition=definition, roleArn=role)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]
    guarded.idle()
    return states.describe_execution(executionArn=execution)


SEND = "arn:aws:states:::sqs:sendMessage"


@pytest.mark.usefixtures("roles")
def test_a_machine_sends_to_queues_of_its_account_and_those_that_let_its_role_in(guarded: Guarded) -> None:
    own, _ = guarded.queue("of-machine")
    closed, _ = guarded.queue("closed-to-machine", account=STRANGER)
    open_arn = f"arn:aws:sqs:us-east-1:{STRANGER}:open-to-machine"
    opened, _ = guarded.queue(
        "open-to-machine", allow({"AWS": MACHINE_ROLE}, "sqs:SendMessage", open_arn), account=STRANGER
    )
    assert run(guarded, "own", SEND, {"QueueUrl": own, "MessageBody": "own"})["status"] == "SUCCEEDED"
    assert run(guarded, "open", SEND, {"QueueUrl": opened, "MessageBody": "open"})["status"] == "SUCCEEDED"
    refused = run(guarded, "closed", SEND, {"QueueUrl": closed, "MessageBody": "closed"})
    assert (refused["status"], refused["error"]) == ("FAILED", "SQS.AmazonSQSException")
    assert guarded.received(own) == ["own"]
    assert guarded.received(opened, STRANGER) == ["open"]
    assert guarded.received(closed, STRANGER) == []


@pytest.mark.usefixtures("roles")
def test_a_state_acts_as_a_role_that_trusts_the_role_of_its_machine(guarded: Guarded) -> None:
    url, _ = guarded.queue("of-stranger", account=STRANGER)
    parameters = {"QueueUrl": url, "MessageBody": "as theirs"}
    trusting = {"RoleArn": f"arn:aws:iam::{STRANGER}:role/trusting"}
    assert run(guarded, "trusted", SEND, parameters, Credentials=trusting)["status"] == "SUCCEEDED"
    aloof = run(guarded, "aloof", SEND, parameters, Credentials={"RoleArn": f"arn:aws:iam::{STRANGER}:role/aloof"})
    assert aloof["status"] == "FAILED"
    assert "is not authorized to perform: sts:AssumeRole" in aloof["cause"]
    assert guarded.received(url, STRANGER) == ["as theirs"]


@pytest.mark.usefixtures("roles")
def test_the_role_of_another_account_is_not_for_a_machine(guarded: Guarded) -> None:
    url, _ = guarded.queue("not-for-machines", account=STRANGER)
    role = f"arn:aws:iam::{STRANGER}:role/trusting"
    ended = run(guarded, "foreign", SEND, {"QueueUrl": url, "MessageBody": "no"}, role=role)
    assert ended["status"] == "FAILED"
    assert "Cross-account pass role is not allowed." in ended["cause"]
    assert guarded.received(url, STRANGER) == []


@pytest.mark.usefixtures("roles")
def test_a_call_of_an_api_is_signed_by_the_role(guarded: Guarded) -> None:
    apis = guarded.client("apigateway")
    api = apis.create_rest_api(name="signed")
    method = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    apis.put_method(**method, authorizationType="AWS_IAM")
    apis.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    apis.put_method_response(**method, statusCode="200")
    apis.put_integration_response(**method, statusCode="200", responseTemplates={"application/json": '{"ok": true}'})
    apis.create_deployment(restApiId=api["id"], stageName="prod")
    place = {"ApiEndpoint": f"{api['id']}.execute-api.us-east-1.amazonaws.com", "Stage": "prod", "Method": "GET"}
    invoke = "arn:aws:states:::apigateway:invoke"
    assert run(guarded, "unsigned", invoke, place)["error"] == "ApiGateway.403"
    signed = {**place, "AuthType": "IAM_ROLE"}
    assert run(guarded, "unallowed", invoke, signed)["error"] == "ApiGateway.403"
    may = document({"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"})
    guarded.client("iam").put_role_policy(RoleName="machine", PolicyName="may", PolicyDocument=may)
    ended = run(guarded, "allowed", invoke, signed)
    assert json.loads(ended["output"])["ResponseBody"] == {"ok": True}


@pytest.mark.usefixtures("roles")
def test_the_policy_of_an_api_may_let_in_a_machine(guarded: Guarded) -> None:
    machine = f"arn:aws:states:us-east-1:{OWNER}:stateMachine:let-in"
    statement = from_source("states", "execute-api:Invoke", "execute-api:/*", machine)
    apis = guarded.client("apigateway")
    api = apis.create_rest_api(name="for one machine", policy=document(statement))
    method = {"restApiId": api["id"], "resourceId": api["rootResourceId"], "httpMethod": "GET"}
    apis.put_method(**method, authorizationType="AWS_IAM")
    apis.put_integration(**method, type="MOCK", requestTemplates={"application/json": '{"statusCode": 200}'})
    apis.put_method_response(**method, statusCode="200")
    apis.put_integration_response(**method, statusCode="200")
    apis.create_deployment(restApiId=api["id"], stageName="prod")
    place = {"ApiEndpoint": f"{api['id']}.execute-api.us-east-1.amazonaws.com", "Stage": "prod", "Method": "GET"}
    parameters = {**place, "AuthType": "RESOURCE_POLICY"}
    assert run(guarded, "let-in", "arn:aws:states:::apigateway:invoke", parameters)["status"] == "SUCCEEDED"
    assert run(guarded, "kept-out", "arn:aws:states:::apigateway:invoke", parameters)["error"] == "ApiGateway.403"
