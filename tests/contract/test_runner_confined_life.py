"""The life of environments in a sandbox: extensions beside the function, freezing, restarts, wrappers."""

import contextlib
import json
import os
import stat
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from runner_functions import ARN, Functions, with_functions
from serein.runtime.sandbox import LinuxSandbox

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sandboxes need Linux")

EXTENSION = """#!/bin/bash
API=http://$AWS_LAMBDA_RUNTIME_API/2020-01-01/extension
curl -sS -o /dev/null -D /tmp/head -H "Lambda-Extension-Name: shell" -d '{"events":["INVOKE","SHUTDOWN"]}' $API/register
ID=$(grep -i lambda-extension-identifier /tmp/head | tr -d '[:space:]' | cut -d: -f2)
echo "seen: $0 $(getent hosts sandbox.localdomain | tr -s ' ')"
while true; do
  EVENT=$(curl -sS -H "Lambda-Extension-Identifier: $ID" $API/event/next)
  echo "event: $EVENT"
  case $EVENT in *SHUTDOWN*) break;; esac
done
"""


def confined(tmp_path: Path, case: Callable[[Functions], Awaitable[Any]], **options: Any) -> None:
    async def in_a_sandbox(functions: Functions) -> None:
        isolation = await functions.runner.describe_isolation()
        if isolation["isolation"] != "sandbox":
            pytest.skip(f"no sandbox here: {isolation['notices']}")
        await case(functions)

    with_functions(tmp_path, in_a_sandbox, sandbox=LinuxSandbox(tmp_path / "sandbox"), **options)


def layer_with(tmp_path: Path, name: str, text: str) -> Path:
    file = tmp_path / "layer" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755 | stat.S_IXOTH)
    return tmp_path / "layer"


@pytest.mark.parametrize("runtime", ["python3.11", "nodejs20.x"])
def test_an_extension_shares_the_functions_sandbox(tmp_path: Path, runtime: str) -> None:
    async def case(functions: Functions) -> None:
        files = {
            "app.py": "import os\ndef handler(e, c): return os.path.exists('/tmp/head')",
            "index.js": "exports.handler = async () => require('fs').existsSync('/tmp/head');",
        }
        handler = "app.handler" if runtime.startswith("python") else "index.handler"
        layer = layer_with(tmp_path, "extensions/shell", EXTENSION)
        spec = functions.spec(files, handler, runtime=runtime, layers=(layer,), timeout_seconds=20)
        outcome = await functions.invoke(spec, needs_report=True)
        assert outcome.payload == b"true", "/tmp is one and the same"
        assert "seen: /opt/extensions/shell 127.0.0.1 sandbox.localdomain" in functions.log
        functions.runner.retire(ARN)
        await functions.until(lambda: '"shutdownReason":"spindown"' in functions.log)

    confined(tmp_path, case)


def test_freezing_reaches_into_a_sandbox(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import itertools, os, threading, time\nticks = itertools.count()\nseen = 0\n"
            "def tick():\n global seen\n while True:\n  seen = next(ticks)\n  time.sleep(0.002)\n"
            "threading.Thread(target=tick, daemon=True).start()\ndef handler(e, c): return seen"
        )
        spec = functions.spec(code)
        await functions.invoke(spec)
        await functions.until(lambda: functions.states() == ["frozen"])
        before = json.loads((await functions.invoke(spec)).payload)
        await functions.until(lambda: functions.states() == ["frozen"])
        assert json.loads((await functions.invoke(spec)).payload) - before < 200

    confined(tmp_path, case)


def test_what_a_function_leaves_behind_is_frozen_with_it(tmp_path: Path) -> None:
    seconds = f"{100_000 + os.getpid()}"

    def states() -> set[str]:
        found = set()
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cmdline").read_bytes() == f"sleep\0{seconds}\0".encode():
                    found.add((process / "stat").read_text().rpartition(")")[2].split()[0])
        return found

    async def case(functions: Functions) -> None:
        code = (
            "import subprocess\ndef handler(e, c):\n"
            f" if e: subprocess.run(['setsid', '--fork', 'sleep', '{seconds}'])\n"
            " return open('/proc/1/comm').read().strip()"
        )
        spec = functions.spec(code)
        assert (await functions.invoke(spec, b"1")).payload == b'"init"'
        await functions.until(lambda: states() == {"T"})
        assert (await functions.invoke(spec, b"0")).payload == b'"init"'
        await functions.until(lambda: functions.states() == ["frozen"] and states() == {"T"})
        functions.runner.retire(ARN)
        await functions.until(lambda: states() == set())

    confined(tmp_path, case)


def test_a_wrapper_is_found_in_a_sandbox(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        script = '#!/bin/bash\necho "wrapped: $0 ${!#}"\nexec "$@"\n'
        layer = layer_with(tmp_path, "wrap", script)
        environment = (("AWS_LAMBDA_EXEC_WRAPPER", "/opt/wrap"),)
        files = {
            "app.py": "import boto3\ndef handler(e, c): return 'python'",
            "index.js": "exports.handler = async () => 'node';",
        }
        for runtime, handler in (("python3.11", "app.handler"), ("nodejs20.x", "index.handler")):
            spec = functions.spec(
                files, handler, runtime=runtime, layers=(layer,), environment=environment, timeout_seconds=20
            )
            assert json.loads((await functions.invoke(spec)).payload) == handler.replace(
                "app.handler", "python"
            ).replace("index.handler", "node")
        assert "wrapped: /opt/wrap /var/runtime/bootstrap.py" in functions.log
        assert "wrapped: /opt/wrap /var/runtime/bootstrap.cjs" in functions.log

    confined(tmp_path, case)


def test_after_a_failure_an_environment_starts_anew_in_a_sandbox(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec("import os\ndef handler(e, c):\n if e: os._exit(1)\n return 'ok'")
        assert (await functions.invoke(spec, b"1")).function_error == "Unhandled"
        assert (await functions.invoke(spec, b"0")).payload == b'"ok"'
        assert len(set(functions.streams)) == 1

    confined(tmp_path, case)
