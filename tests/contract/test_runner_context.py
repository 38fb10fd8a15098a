"""The contract of the Runner port: a handler's second argument, member by member as AWS documents it.

https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
https://docs.aws.amazon.com/lambda/latest/dg/nodejs-context.html
"""

import json
from pathlib import Path
from typing import Any

import pytest

from runner_functions import ARN, Functions, with_functions

REQUEST_ID = "11111111-2222-3333-4444-555555555555"
CLIENT = {"installation_id": "i", "app_title": "t", "app_version_name": "n", "app_version_code": "c"}
CLIENT["app_package_name"] = "p"
CLIENT_CONTEXT = {"client": CLIENT, "custom": {"k": "v"}, "env": {"locale": "en"}}
IDENTITY = {"cognitoIdentityId": "identity", "cognitoIdentityPoolId": "pool"}
PYTHON = """
def handler(event, c):
    names = ("function_name", "function_version", "invoked_function_arn", "memory_limit_in_mb", "aws_request_id",
             "log_group_name", "log_stream_name", "tenant_id")
    given = {name: getattr(c, name) for name in names}
    given["left"] = c.get_remaining_time_in_millis()
    given["identity"] = [c.identity.cognito_identity_id, c.identity.cognito_identity_pool_id]
    if c.client_context:
        client = {name: getattr(c.client_context.client, name) for name in event}
        given["client_context"] = {"client": client, "custom": c.client_context.custom, "env": c.client_context.env}
    c.log("from the context")
    return given
"""
NODE = "exports.handler = async (event, c) => ({ ...c, left: c.getRemainingTimeInMillis() });"


def given_to(
    folder: Path, files: dict[str, str], runtime: str, handler: str, *, tenant_id: str = "", **members: Any
) -> tuple[dict[str, Any], Functions]:
    """What a handler says of its context, and the functions it was one of."""
    answers: list[Any] = []

    async def case(functions: Functions) -> None:
        spec = functions.spec(files, handler, runtime=runtime, version="7", tenant_id=tenant_id)
        answers.append(json.loads((await functions.invoke(spec, json.dumps(list(CLIENT)).encode(), **members)).payload))
        answers.append(functions)

    with_functions(folder, case)
    return answers[0], answers[1]


def test_the_context_of_python_is_complete(tmp_path: Path) -> None:
    given, functions = given_to(
        tmp_path,
        {"app.py": PYTHON},
        "python3.11",
        "app.handler",
        tenant_id="tenant",
        client_context=json.dumps(CLIENT_CONTEXT),
        cognito_identity=json.dumps(IDENTITY),
    )
    assert 5_000 < given.pop("left") <= 10_000
    assert given == {
        "function_name": "example",
        "function_version": "7",
        "invoked_function_arn": ARN,
        "memory_limit_in_mb": "256",
        "aws_request_id": REQUEST_ID,
        "log_group_name": "/aws/lambda/example",
        "log_stream_name": functions.streams[0],
        "tenant_id": "tenant",
        "identity": ["identity", "pool"],
        "client_context": CLIENT_CONTEXT,
    }
    assert "from the context" in functions.log


def test_the_context_of_python_without_a_caller_that_says_more(tmp_path: Path) -> None:
    given, _ = given_to(tmp_path, {"app.py": PYTHON}, "python3.11", "app.handler")
    assert (given["identity"], given["tenant_id"], "client_context" in given) == ([None, None], None, False)


@pytest.mark.parametrize("runtime", ["nodejs20.x", "nodejs24.x"])
def test_the_context_of_node_is_complete(tmp_path: Path, runtime: str) -> None:
    given, functions = given_to(
        tmp_path,
        {"index.js": NODE},
        runtime,
        "index.handler",
        tenant_id="tenant",
        client_context=json.dumps(CLIENT_CONTEXT),
        cognito_identity=json.dumps(IDENTITY),
        trace_id="Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
    )
    assert 5_000 < given.pop("left") <= 10_000
    # AWS: what belongs to callbacks went with them, in nodejs24.x, which tells the trace instead.
    assert given.pop("callbackWaitsForEmptyEventLoop", None) is (True if runtime == "nodejs20.x" else None)
    assert given.pop("xRayTraceId", "").startswith("Root=" if runtime == "nodejs24.x" else "")
    assert given == {
        "functionName": "example",
        "functionVersion": "7",
        "invokedFunctionArn": ARN,
        "memoryLimitInMB": "256",
        "awsRequestId": REQUEST_ID,
        "logGroupName": "/aws/lambda/example",
        "logStreamName": functions.streams[0],
        "tenantId": "tenant",
        "identity": IDENTITY,
        "clientContext": CLIENT_CONTEXT,
    }
