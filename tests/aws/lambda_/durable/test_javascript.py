"""AWS's durable execution SDK for JavaScript: a bundled function that uses all of it."""

import fcntl
import hashlib
import io
import shutil
import subprocess
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from serein.settings import user_cache

PROGRAMS = Path(__file__).parent / "javascript"
Define = Callable[..., Any]
pytestmark = pytest.mark.timeout(400)


@pytest.fixture(scope="session")
def bundle() -> bytes:
    """The workflow with its SDK in one file, made once per user. Skips where it can't be made."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed: the SDK for JavaScript is not tested")
    sources = [PROGRAMS / "package.json", PROGRAMS / "workflow.mjs"]
    digest = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    cache = user_cache() / "tests"
    cache.mkdir(parents=True, exist_ok=True)
    made = cache / f"durable-javascript-{digest}.js"
    with (cache / "durable-javascript.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            _make(npm, sources, made)
    return made.read_bytes()


def _make(npm: str, sources: list[Path], made: Path) -> None:
    esbuild = ["node_modules/.bin/esbuild", "workflow.mjs", "--bundle", "--platform=node", "--format=cjs"]
    with tempfile.TemporaryDirectory(dir=made.parent) as work:
        for path in sources:
            shutil.copy(path, work)
        try:
            for step in (
                [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"],
                [*esbuild, "--log-level=error", "--outfile=index.js"],
            ):
                subprocess.run(step, cwd=work, check=True, capture_output=True, timeout=300, text=True)
        except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
            pytest.skip(f"the SDK for JavaScript can't be installed (it is, once, when the network is there): {error}")
        (Path(work) / "index.js").rename(made)


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
