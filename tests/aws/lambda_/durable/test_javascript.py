"""AWS's durable execution SDK for JavaScript: a bundled function that uses all of it."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from client_programs import NPM_INSTALL, installed, require_node

PROGRAMS = Path(__file__).parent / "javascript"
BUNDLE = (
    *("node_modules/.bin/esbuild", "workflow.mjs", "--bundle", "--platform=node", "--format=cjs"),
    *("--log-level=error", "--outfile=index.js"),
)
Define = Callable[..., Any]
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="session")
def bundle() -> bytes:
    """The workflow with its SDK in one file, made once per user. Skips where it can't be made."""
    require_node()
    sources = [PROGRAMS / "package.json", PROGRAMS / "workflow.mjs"]
    return (installed("durable-javascript", sources, lambda _: [NPM_INSTALL, BUNDLE]) / "index.js").read_bytes()


def test_the_sdk_for_javascript_runs_unmodified(
    aws: Any, define: Define, functions: Any, durable: Any, bundle: bytes
) -> None:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.js", bundle)
    define("def handler(event, context):\n    return event['n'] + 1\n", name="plain", DurableConfig=None)
    define(
        "",
        Runtime="nodejs20.x",
        Handler="index.handler",
        Code={"ZipFile": content.getvalue()},
        MemorySize=512,
        DurableConfig={"ExecutionTimeout": 30 * 86_400},
    )
    arn = durable.start({"name": "you", "target": "plain"})
    assert durable.status(arn) == "RUNNING", durable.get(arn)
    aws.advance(21)
    assert durable.event_types(arn).count("StepFailed") == 3
    aws.advance(2 * 86_400)
    functions.send_durable_execution_callback_success(CallbackId=durable.callback(arn), Result=b"granted")
    aws.advance(121)
    assert durable.result(arn) == {
        "greeting": "hello you",
        "refusal": "always",
        "answer": "granted",
        "group": 3,
        "squares": [1, 4, 9],
        "branches": ["l", "r"],
        "polled": 3,
        "reply": 4,
    }
