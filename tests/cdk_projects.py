"""CDK projects for tests: a folder with a cdk.json whose app is `cdk_app.py`."""

import json
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3

from serein.deploy import Options, Target
from serein.deploy.cdk.application import CdkApplication
from serein.testing import Serein

APP = Path(__file__).with_name("cdk_app.py")
FUNCTION = {
    "Type": "AWS::Lambda::Function",
    "Properties": {
        "Code": {
            "S3Bucket": {"Fn::Sub": "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"},
            "S3Key": "ASSET:code",
        },
        "Handler": "index.handler",
        "Runtime": "python3.12",
        "Role": {"Fn::GetAtt": ["Role", "Arn"]},
    },
}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
            ],
        }
    },
}
CODE = "def handler(event, context):\n    return 'first'\n"
BOOTSTRAP = {
    "BootstrapVersion": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk-bootstrap/hnb659fds/version"}
}


def queue(**more: Any) -> dict[str, Any]:
    """A stack with a queue."""
    template = {
        "Parameters": BOOTSTRAP,
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        **more.pop("sections", {}),
    }
    return {"template": template, **more}


def function(**more: Any) -> dict[str, Any]:
    """A stack with a function whose code is the folder `code`."""
    return {
        "template": {"Resources": {"Role": ROLE, "Function": FUNCTION}, "Parameters": BOOTSTRAP},
        "folders": {"code": "code"},
        **more,
    }


def write_project(folder: Path, written: dict[str, Any], **settings: Any) -> None:
    """Write, or write anew, a project's cdk.json and what its app is to write."""
    command = shlex.join([sys.executable, str(APP)])
    (folder / "cdk.json").write_text(json.dumps({"app": command, **settings}))
    (folder / "app.json").write_text(json.dumps(written))


def open_app(
    aws: Serein, path: Path, stacks: str = "", say: Callable[[str], None] | None = None, **options: Any
) -> CdkApplication:
    """The project's application, for the test's account."""
    session = boto3.session.Session(aws_access_key_id=aws.account, aws_secret_access_key="test", region_name=aws.region)
    return CdkApplication(path, Target(session, aws.endpoint), stacks, Options(**options), say or [].append)


def told(folder: Path) -> dict[str, Any]:
    """What the app was told when it ran last."""
    found: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return found


def runs(folder: Path) -> int:
    """How often the app has run."""
    return len((folder / "runs.txt").read_text().splitlines())
