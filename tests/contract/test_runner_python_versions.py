"""The contract of the Runner port for Python functions of other versions than the one that runs the tests."""

import json
import os
import sys
from pathlib import Path

import pytest

from runner_functions import ARN, Functions, with_functions
from serein.runtime.installations import find_pythons
from serein.runtime.machine import Machine

# Why no older ones: they need another version of boto3, which would be downloaded.
NEWEST_NEEDING_OLDER_SDK = 9
FOUND = find_pythons(Machine(Path("/nonexistent"), dict(os.environ)))
MINORS = [minor for minor in sorted(FOUND) if minor > NEWEST_NEEDING_OLDER_SDK and minor != sys.version_info[1]]
OTHERS = [
    pytest.param(
        minor,
        marks=pytest.mark.skipif(minor not in MINORS, reason=f"needs Python 3.{minor} on PATH or by a version manager"),
    )
    for minor in (10, 12, 13)
]
CODE = """
import os, sys, boto3
print("loaded")
def handler(event, context):
    if event == "raise":
        raise KeyError("x")
    return {
        "version": list(sys.version_info[:2]),
        "path": boto3.__file__,
        "parent": os.getppid(),
        "arn": context.invoked_function_arn,
        "client": boto3.client("sqs").meta.region_name,
    }
"""


def machine(folder: Path, *, is_strict: bool = False) -> Machine:
    return Machine(folder / "cache", dict(os.environ), is_strict=is_strict)


@pytest.mark.parametrize("minor", OTHERS)
def test_a_function_runs_on_its_own_version(tmp_path: Path, minor: int) -> None:
    async def case(functions: Functions) -> None:
        runtime = f"python3.{minor}"
        spec = functions.spec(CODE, runtime=runtime)
        given = json.loads((await functions.invoke(spec)).payload)
        assert (given["version"], given["arn"], given["client"]) == ([3, minor], ARN, "eu-west-1")
        assert f"python3.{minor}/boto3/" in given["path"], "the SDK is the runtime's"
        error = json.loads((await functions.invoke(spec, b'"raise"')).payload)
        assert (error["errorType"], error["errorMessage"]) == ("KeyError", "'x'")
        assert "app.py" in error["stackTrace"][0] and 'raise KeyError("x")' in error["stackTrace"][0]
        second = json.loads((await functions.invoke(functions.spec(CODE, runtime=runtime))).payload)
        assert second["parent"] == given["parent"], "environments are forked from one server of that version"
        assert "loaded\n" in functions.log
        broken = json.loads((await functions.invoke(functions.spec("import nonesuch", runtime=runtime))).payload)
        assert broken["errorType"] == "Runtime.ImportModuleError"
        assert broken["errorMessage"] == "Unable to import module 'app': No module named 'nonesuch'"

    with_functions(tmp_path, case, machine=machine(tmp_path, is_strict=True))


def test_a_version_that_is_missing_is_replaced_by_the_nearest(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def case(functions: Functions) -> None:
        code = "import sys\ndef handler(e, c): return sys.version_info[1]"
        minor = json.loads((await functions.invoke(functions.spec(code, runtime="python3.99"))).payload)
        assert minor == max(*FOUND, sys.version_info[1])
        assert f"functions with the runtime python3.99 run on Python 3.{minor}" in caplog.text

    with_functions(tmp_path, case, machine=machine(tmp_path))


def test_a_version_that_is_missing_is_refused_where_runtimes_are_strict(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        error = json.loads((await functions.invoke(functions.spec("", runtime="python3.99"))).payload)
        assert error["errorType"] == "Runtime.InvalidEntrypoint"
        assert "Python 3.99 is needed to run this function" in error["errorMessage"]

    with_functions(tmp_path, case, machine=machine(tmp_path, is_strict=True))
