"""What is measured of CloudFormation: stacks made, one of their functions changed, and all of it removed.

"Warm" is the second stack of a server: the first one has made it read what it needs. A stack's end is seen by asking
every 10 ms.
"""

import json
import threading
import time
from typing import Any

import boto3
from botocore.config import Config

from bench.calls import Load, Result
from bench.peers import Running

_FUNCTIONS = 10
_ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {"AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": []}},
}
_TABLE = {
    "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    "BillingMode": "PAY_PER_REQUEST",
}
_REST: list[tuple[str, dict[str, Any]]] = [
    ("AWS::SQS::Queue", {}),
    ("AWS::SNS::Topic", {}),
    ("AWS::DynamoDB::Table", _TABLE),
    ("AWS::Logs::LogGroup", {}),
    ("AWS::SSM::Parameter", {"Type": "String", "Value": "x"}),
]
_PATIENCE_SECONDS = 120.0


def template(size: int, version: int) -> str:
    """So many resources: a role, functions with a queue and a mapping each, and others that stand alone."""
    resources: dict[str, Any] = {"Role": _ROLE}
    for number in range(_FUNCTIONS):
        marker = version if number == 0 else 0
        resources[f"Queue{number}"] = {"Type": "AWS::SQS::Queue"}
        resources[f"Function{number}"] = {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Runtime": "python3.11",
                "Handler": "index.handler",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Code": {"ZipFile": f"def handler(event, context):\n    return {marker}\n"},
                "Environment": {"Variables": {"QUEUE": {"Ref": f"Queue{number}"}}},
            },
        }
        resources[f"Mapping{number}"] = {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "FunctionName": {"Ref": f"Function{number}"},
                "EventSourceArn": {"Fn::GetAtt": [f"Queue{number}", "Arn"]},
            },
        }
    for number in range(size - len(resources)):
        kind, properties = _REST[number % len(_REST)]
        resources[f"Other{number}"] = {"Type": kind, "Properties": properties}
    return json.dumps({"Resources": resources})


class _Stacks:
    def __init__(self, running: Running) -> None:
        self._options: dict[str, Any] = {
            "endpoint_url": f"http://127.0.0.1:{running.port}",
            "region_name": "us-east-1",
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
            "config": Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}),
        }
        self.client = boto3.client("cloudformation", **self._options)
        self._s3 = boto3.client("s3", **self._options)
        self._s3.create_bucket(Bucket="templates")

    def given(self, text: str) -> dict[str, Any]:
        """How a request names a template; large ones are put where they are fetched from."""
        common: dict[str, Any] = {"Capabilities": ["CAPABILITY_IAM"]}
        if len(text) <= 51_200:
            return common | {"TemplateBody": text}
        self._s3.put_object(Bucket="templates", Key="template", Body=text.encode())
        return common | {"TemplateURL": f"{self._options['endpoint_url']}/templates/template"}

    def rest(self, stack_id: str, wanted: str) -> None:
        """Wait for a stack's end. Raises RuntimeError when it is another one."""
        deadline, pause = time.monotonic() + _PATIENCE_SECONDS, threading.Event()
        status = ""
        while time.monotonic() < deadline:
            try:
                status = self.client.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"]
            except self.client.exceptions.ClientError:
                # Some servers forget a stack that is gone.
                status = "DELETE_COMPLETE"
            if not status.endswith("_IN_PROGRESS"):
                break
            pause.wait(0.01)
        if status != wanted:
            raise RuntimeError(f"the stack is {status}, not {wanted}")


def _measured(running: Running, size: int, rounds: int) -> list[Result]:
    stacks = _Stacks(running)
    figures: dict[str, float] = {}
    for number in range(rounds):
        name = f"bench-{number}"
        first, second = stacks.given(template(size, 1)), None
        started = time.perf_counter()
        stack_id = stacks.client.create_stack(StackName=name, **first)["StackId"]
        stacks.rest(stack_id, "CREATE_COMPLETE")
        figures["create"] = time.perf_counter() - started
        second = stacks.given(template(size, 2))
        started = time.perf_counter()
        stacks.client.update_stack(StackName=name, **second)
        stacks.rest(stack_id, "UPDATE_COMPLETE")
        figures["update of one function"] = time.perf_counter() - started
        started = time.perf_counter()
        stacks.client.delete_stack(StackName=name)
        stacks.rest(stack_id, "DELETE_COMPLETE")
        figures["delete"] = time.perf_counter() - started
    return [
        Result(f"stack of {size} resources: {what}", running.name, seconds * 1000, "ms")
        for what, seconds in figures.items()
    ]


def fifty(running: Running) -> list[Result]:
    return _measured(running, 50, 2)


def five_hundred(running: Running) -> list[Result]:
    return _measured(running, 500, 1)


LOADS: dict[str, tuple[str, Load]] = {
    "stack-50": ("cloudformation", fifty),
    "stack-500": ("cloudformation", five_hundred),
}
