"""Wrapper scripts of functions: they start the runtime, and what they change counts."""

import json
import stat
from pathlib import Path

import pytest

from runner_functions import Functions, with_functions

WRAPPER = """#!/bin/bash
echo "wrapped ${!#}"
export ADDED=by-wrapper
export _HANDLER=$REAL_HANDLER
exec "$@"
"""
FILES = {
    "app.py": "import os, sys\ndef handler(e, c): return [e, os.environ.get('ADDED'), sys.path[0] == os.getcwd()]",
    "index.js": "exports.handler = async (event) => [event, process.env.ADDED, __dirname === process.cwd()];",
    "sdk.py": "import boto3\ndef handler(e, c): return boto3.session.Session().region_name",
}


def write_script(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(file.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)


@pytest.mark.parametrize(
    ("runtime", "handler", "program"),
    [
        ("python3.11", "app.handler", "bootstrap.py"),
        ("nodejs20.x", "index.handler", "bootstrap.cjs"),
    ],
)
@pytest.mark.parametrize("place", ["/opt/wrap", "/var/task/bin/wrap"])
def test_a_wrapper_starts_the_runtime(tmp_path: Path, runtime: str, handler: str, program: str, place: str) -> None:
    async def case(functions: Functions) -> None:
        environment = (("AWS_LAMBDA_EXEC_WRAPPER", place), ("REAL_HANDLER", handler))
        layer = tmp_path / "layer"
        layer.mkdir()
        spec = functions.spec(
            FILES, "none.none", runtime=runtime, environment=environment, layers=(layer,), timeout_seconds=20
        )
        write_script(layer / "wrap" if place.startswith("/opt") else spec.code / "bin" / "wrap", WRAPPER)
        for n in range(2):
            outcome = await functions.invoke(spec, str(n).encode())
            assert json.loads(outcome.payload) == [n, "by-wrapper", True]
        assert any(line.text.startswith("wrapped ") and program in line.text for line in functions.lines)

    with_functions(tmp_path, case)


def test_a_wrapped_python_function_has_the_runtimes_packages_and_no_others(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        environment = (("AWS_LAMBDA_EXEC_WRAPPER", "/var/task/wrap"), ("REAL_HANDLER", "sdk.handler"))
        spec = functions.spec(FILES, environment=environment, timeout_seconds=20)
        write_script(spec.code / "wrap", WRAPPER)
        assert (await functions.invoke(spec)).payload == b'"eu-west-1"'
        strange = functions.spec({"app.py": "import pytest"}, environment=environment[:1], timeout_seconds=20)
        write_script(strange.code / "wrap", '#!/bin/sh\nexec "$@"\n')
        assert json.loads((await functions.invoke(strange)).payload)["errorType"] == "Runtime.ImportModuleError"

    with_functions(tmp_path, case)


def test_a_wrapper_that_is_not_there_fails_the_function(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(FILES, environment=(("AWS_LAMBDA_EXEC_WRAPPER", "/opt/none"),))
        outcome = await functions.invoke(spec)
        assert json.loads(outcome.payload)["errorType"] == "Runtime.ExitError"
        assert "/opt/none: No such file or directory" in functions.log

    with_functions(tmp_path, case)


def test_other_runtimes_have_no_wrappers(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        script = (
            "#!/bin/sh\nset -eu\nAPI=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\n"
            "curl -sS -o /dev/null -D /tmp/head.$$ $API/next\n"
            "ID=$(grep -i Request-Id /tmp/head.$$ | tr -d '[:space:]' | cut -d: -f2)\nrm /tmp/head.$$\n"
            "curl -sS -o /dev/null -X POST $API/$ID/response -d '\"plain\"'\nsleep 60\n"
        )
        environment = (("AWS_LAMBDA_EXEC_WRAPPER", "/opt/none"),)
        spec = functions.spec({"bootstrap": script}, "none", runtime="provided.al2023", environment=environment)
        assert (await functions.invoke(spec)).payload == b'"plain"'

    with_functions(tmp_path, case)
