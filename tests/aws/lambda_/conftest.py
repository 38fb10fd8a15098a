"""Functions for the tests of Lambda."""

import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

ECHO = "def handler(event, context):\n    return event\n"


def package(source: str = ECHO, name: str = "app.py") -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(name, source)
    return content.getvalue()


@pytest.fixture
def functions(aws: Any) -> Any:
    return aws.client("lambda")


@pytest.fixture
def create(aws: Any, functions: Any) -> Callable[..., Any]:
    """Create a Python function called `f` whose module is `app`."""

    def create_function(source: str = ECHO, name: str = "f", **settings: Any) -> Any:
        request = {
            "FunctionName": name,
            "Runtime": "python3.11",
            "Role": f"arn:aws:iam::{aws.account}:role/r",
            "Handler": "app.handler",
            "Code": {"ZipFile": package(source)},
            **settings,
        }
        return functions.create_function(**request)

    return create_function


@pytest.fixture
def invoke(functions: Any) -> Callable[..., Any]:
    """Invoke `f` and return its reply, decoded."""

    def invoke_function(event: Any = None, name: str = "f", **request: Any) -> Any:
        reply = functions.invoke(FunctionName=name, Payload=json.dumps(event), **request)
        return json.loads(reply["Payload"].read() or b"null")

    return invoke_function
