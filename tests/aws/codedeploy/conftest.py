"""What CodeDeploy's tests share: a function with two versions and an alias, and a group that deploys them."""

import io
import json
import zipfile
from typing import Any

import pytest
from botocore.exceptions import ClientError

CODE = "def handler(event, context):\n    return context.function_version\n"
HOOK = """
import boto3

def handler(event, context):
    print(event)
    if "{status}":
        boto3.client("codedeploy").put_lifecycle_event_hook_execution_status(
            deploymentId=event["DeploymentId"],
            lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
            status="{status}",
        )
"""


def package(source: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("app.py", source)
    return content.getvalue()


def refusal(call: Any, **request: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        call(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


class Shop:
    """An application whose group `g` deploys the alias `live` of the function `f`, which has the versions 1 and 2."""

    def __init__(self, aws: Any) -> None:
        self.aws = aws
        self.deploy = aws.client("codedeploy")
        self.functions = aws.client("lambda")
        self.role = f"arn:aws:iam::{aws.account}:role/r"

    def function(self, name: str, source: str) -> None:
        self.functions.create_function(
            FunctionName=name,
            Runtime="python3.11",
            Role=self.role,
            Handler="app.handler",
            Code={"ZipFile": package(source)},
        )

    def hook(self, name: str, status: str) -> None:
        """A function that reports a status, or none."""
        self.function(name, HOOK.replace("{status}", status))

    def versions(self, second: str = f"{CODE}#") -> None:
        self.function("f", CODE)
        self.functions.publish_version(FunctionName="f")
        self.functions.update_function_code(FunctionName="f", ZipFile=package(second), Publish=True)

    def open(self, config: str, second: str = f"{CODE}#", **group: Any) -> None:
        self.versions(second)
        self.functions.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
        self.group(config, **group)

    def group(self, config: str, name: str = "g", **members: Any) -> None:
        if "a" not in self.deploy.list_applications()["applications"]:
            self.deploy.create_application(applicationName="a", computePlatform="Lambda")
        self.deploy.create_deployment_group(
            applicationName="a",
            deploymentGroupName=name,
            deploymentConfigName=config,
            serviceRoleArn=self.role,
            **members,
        )

    def app_spec(self, current: str = "1", target: str = "2", **hooks: str) -> str:
        properties = {"Name": "f", "Alias": "live", "CurrentVersion": current, "TargetVersion": target}
        spec: dict[str, Any] = {
            "version": 0.0,
            "Resources": [{"f": {"Type": "AWS::Lambda::Function", "Properties": properties}}],
        }
        if hooks:
            spec["Hooks"] = [{name: function} for name, function in hooks.items()]
        return json.dumps(spec)

    def revision(self, *versions: str, **hooks: str) -> dict[str, Any]:
        content = self.app_spec(*versions, **hooks)
        return {"revisionType": "AppSpecContent", "appSpecContent": {"content": content}}

    def start(self, *versions: str, hooks: dict[str, str] | None = None, **request: Any) -> str:
        revision = self.revision(*versions, **(hooks or {}))
        made = self.deploy.create_deployment(
            applicationName="a", deploymentGroupName="g", **({"revision": revision} | request)
        )
        self.aws.idle()
        id: str = made["deploymentId"]
        return id

    def info(self, id: str) -> dict[str, Any]:
        info: dict[str, Any] = self.deploy.get_deployment(deploymentId=id)["deploymentInfo"]
        return info

    def status(self, id: str) -> str:
        status: str = self.info(id)["status"]
        return status

    def target(self, id: str) -> dict[str, Any]:
        reply = self.deploy.get_deployment_target(deploymentId=id, targetId="f")
        target: dict[str, Any] = reply["deploymentTarget"]["lambdaTarget"]
        return target

    def events(self, id: str) -> dict[str, str]:
        return {event["lifecycleEventName"]: event["status"] for event in self.target(id)["lifecycleEvents"]}

    def traffic(self) -> tuple[str, dict[str, float]]:
        alias = self.functions.get_alias(FunctionName="f", Name="live")
        return alias["FunctionVersion"], alias.get("RoutingConfig", {}).get("AdditionalVersionWeights", {})


@pytest.fixture
def shop(aws: Any) -> Shop:
    return Shop(aws)
