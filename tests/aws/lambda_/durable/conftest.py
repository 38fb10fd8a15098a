"""Durable functions with AWS's own SDK, and ways to run their executions to an end."""

import importlib.util
import io
import json
import zipfile
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

_PRELUDE = """
import json, os, time
import boto3
"""
_SDK_PRELUDE = """
from aws_durable_execution_sdk_python import *
from aws_durable_execution_sdk_python.config import *
from aws_durable_execution_sdk_python.context import DurableContext
from aws_durable_execution_sdk_python.retries import *
from aws_durable_execution_sdk_python.waits import *
from aws_durable_execution_sdk_python.execution import durable_execution
"""
SDK = "aws_durable_execution_sdk_python"
TIMEOUT_SECONDS = 600


@lru_cache(maxsize=1)
def _sdk() -> bytes:
    """An archive of the installed SDK, to be packed with each function as its users do."""
    spec = importlib.util.find_spec(SDK)
    assert spec is not None and spec.origin is not None, "it is a development dependency"
    root = Path(spec.origin).parent
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in root.rglob("*.py"):
            archive.write(path, f"{SDK}/{path.relative_to(root)}")
    return content.getvalue()


def durable_package(source: str) -> bytes:
    """The package of a module; it has the SDK when the module uses it."""
    uses_sdk = "@durable_execution" in source
    content = io.BytesIO(_sdk() if uses_sdk else b"")
    with zipfile.ZipFile(content, "a" if uses_sdk else "w") as archive:
        archive.writestr("app.py", (_PRELUDE + _SDK_PRELUDE if uses_sdk else _PRELUDE) + source)
    return content.getvalue()


@pytest.fixture
def functions(aws: Any) -> Any:
    return aws.client("lambda")


@pytest.fixture
def define(aws: Any, functions: Any) -> Callable[..., Any]:
    """Create a durable function from the source of its module; its handler is `handler`."""

    def define_function(source: str, name: str = "f", **settings: Any) -> Any:
        request = {
            "FunctionName": name,
            "Runtime": "python3.11",
            "Role": f"arn:aws:iam::{aws.account}:role/r",
            "Handler": "app.handler",
            "Timeout": 30,
            "Code": {"ZipFile": durable_package(source)},
            "DurableConfig": {"ExecutionTimeout": TIMEOUT_SECONDS, "RetentionPeriodInDays": 1},
            **settings,
        }
        return functions.create_function(**{key: value for key, value in request.items() if value is not None})

    return define_function


@pytest.fixture
def write_package() -> Callable[[str, Path], None]:
    """Write the files of a durable function's package into a folder."""

    def write(source: str, folder: Path) -> None:
        with zipfile.ZipFile(io.BytesIO(durable_package(source))) as archive:
            archive.extractall(folder)

    return write


class Executions:
    """Starts executions, and tells of them."""

    def __init__(self, aws: Any, functions: Any) -> None:
        self._aws = aws
        self._functions = functions

    def start(self, event: Any = None, name: str = "f", **request: Any) -> str:
        """Invoke a function asynchronously, and return its execution once nothing is left to do now."""
        reply = self._functions.invoke(
            FunctionName=name,
            Qualifier=request.pop("Qualifier", "$LATEST"),
            InvocationType="Event",
            Payload=json.dumps(event),
            **request,
        )
        self._aws.idle()
        arn: str = reply["DurableExecutionArn"]
        return arn

    def settle(self) -> None:
        """Return once nothing is left to do now."""
        self._aws.idle()

    def get(self, arn: str) -> Any:
        return self._functions.get_durable_execution(DurableExecutionArn=arn)

    def status(self, arn: str) -> str:
        status: str = self.get(arn)["Status"]
        return status

    def result(self, arn: str) -> Any:
        """The result of an execution that has succeeded."""
        found = self.get(arn)
        assert found["Status"] == "SUCCEEDED", found
        return json.loads(found["Result"]) if "Result" in found else None

    def error(self, arn: str) -> Any:
        """The error of one that has failed."""
        found = self.get(arn)
        assert found["Status"] not in ("SUCCEEDED", "RUNNING"), found
        return found["Error"]

    def history(self, arn: str, **request: Any) -> list[dict[str, Any]]:
        request = {"IncludeExecutionData": True, "MaxItems": 1000, **request}
        events: list[dict[str, Any]] = self._functions.get_durable_execution_history(
            DurableExecutionArn=arn, **request
        )["Events"]
        return events

    def event_types(self, arn: str) -> list[str]:
        return [event["EventType"] for event in self.history(arn)]

    def callback(self, arn: str) -> str:
        """The id of the callback that was begun last."""
        found = [event for event in self.history(arn) if event["EventType"] == "CallbackStarted"]
        id: str = found[-1]["CallbackStartedDetails"]["CallbackId"]
        return id


@pytest.fixture
def durable(aws: Any, functions: Any) -> Executions:
    return Executions(aws, functions)
