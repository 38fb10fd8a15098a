"""Safe deployments under SIGKILL: a canary goes on where it was, and so does the stack that waits for it."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from serein.testing import Serein, ServerProcess

ACCOUNT = "000000000000"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
HOOK = """
import boto3

def handler(event, context):
    boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
        deploymentId=event["DeploymentId"],
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Succeeded",
    )
"""
pytestmark = [pytest.mark.crash, pytest.mark.timeout(180)]


def template(version: str) -> str:
    """A stack whose alias is deployed by a canary, with a hook after the traffic."""
    policy = {
        "ApplicationName": {"Ref": "Application"},
        "DeploymentGroupName": {"Ref": "Group"},
        "AfterAllowTrafficHook": "after",
    }
    resources: dict[str, Any] = {
        "Application": {"Type": "AWS::CodeDeploy::Application", "Properties": {"ComputePlatform": "Lambda"}},
        "Group": {
            "Type": "AWS::CodeDeploy::DeploymentGroup",
            "Properties": {
                "ApplicationName": {"Ref": "Application"},
                "DeploymentConfigName": "CodeDeployDefault.LambdaLinear10PercentEvery1Minute",
                "ServiceRoleArn": ROLE,
            },
        },
        "Alias": {
            "Type": "AWS::Lambda::Alias",
            "UpdatePolicy": {"CodeDeployLambdaAliasUpdate": policy},
            "Properties": {"FunctionName": "f", "FunctionVersion": version, "Name": "live"},
        },
    }
    return json.dumps({"Resources": resources})


def package(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", source)
    return content.getvalue()


def prepare(session: Serein) -> None:
    """Make `f` with two versions, and the hook."""
    functions = session.client("lambda")
    common = {"Runtime": "python3.11", "Role": ROLE, "Handler": "app.handler"}
    functions.create_function(FunctionName="f", Code={"ZipFile": package("handler = None")}, Publish=True, **common)
    functions.update_function_code(FunctionName="f", ZipFile=package("handler = 1"), Publish=True)
    functions.create_function(FunctionName="after", Code={"ZipFile": package(HOOK)}, **common)


def begin_update(session: Serein) -> None:
    """Make the stack, and have its alias deployed."""
    stacks = session.client("cloudformation")
    stacks.create_stack(StackName="s", TemplateBody=template("1"))
    session.wait_until_idle(60)
    stacks.update_stack(StackName="s", TemplateBody=template("2"))
    session.wait_until_idle(60)


def weights(session: Serein) -> tuple[str, dict[str, float]]:
    alias = session.client("lambda").get_alias(FunctionName="f", Name="live")
    return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


def stack_status(session: Serein) -> str:
    (stack,) = session.client("cloudformation").describe_stacks(StackName="s")["Stacks"]
    status: str = stack["StackStatus"]
    return status


def test_a_deployment_that_is_not_wanted_any_more_is_stopped_after_the_kill(tmp_path: Path) -> None:
    settings = {"clock": "virtual"}
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, ACCOUNT)
    prepare(session)
    begin_update(session)
    session.client("cloudformation").cancel_update_stack(StackName="s")
    server.kill()
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, ACCOUNT)
    session.clock.advance(300)
    assert stack_status(session) == "UPDATE_ROLLBACK_COMPLETE"
    deploy = session.client("codedeploy")
    infos = [deploy.get_deployment(deploymentId=id) for id in deploy.list_deployments()["deployments"]]
    assert [info["deploymentInfo"]["status"] for info in infos] == ["Succeeded", "Stopped"]
    session.clock.advance(900)
    assert weights(session) == ("1", {})
    server.stop()


def test_a_killed_servers_deployment_goes_on_where_it_was(tmp_path: Path) -> None:
    settings = {"clock": "virtual"}
    server = ServerProcess(tmp_path / "data", settings)
    session = Serein(server.endpoint, ACCOUNT)
    prepare(session)
    begin_update(session)
    (id,) = session.client("codedeploy").list_deployments()["deployments"]
    started = session.clock.now()
    seen = [weights(session)]
    for minute in (3, 7, 10):
        server.kill()
        server = ServerProcess(tmp_path / "data", settings)
        session = Serein(server.endpoint, ACCOUNT)
        session.clock.advance(started + minute * 60 + 1 - session.clock.now())
        seen.append(weights(session))
    session.clock.advance(120)
    session.wait_until_idle(60)
    assert seen == [("1", {"2": 0.1}), ("1", {"2": 0.4}), ("1", {"2": 0.8}), ("2", {})]
    assert session.client("codedeploy").list_deployments()["deployments"] == [id]
    info = session.client("codedeploy").get_deployment(deploymentId=id)["deploymentInfo"]
    assert info["status"] == "Succeeded"
    assert stack_status(session) == "UPDATE_COMPLETE"
    server.stop()
