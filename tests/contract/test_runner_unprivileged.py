"""Functions of a server that has no rights but its user's: they run, and what is missing is said."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CODE = """
import asyncio, json, sys
from pathlib import Path
from runner_functions import with_functions
from serein.runtime.sandbox import LinuxSandbox

folder = Path(sys.argv[1])

async def case(functions):
    outcome = await functions.invoke(functions.spec("def handler(e, c): return 'ran'"))
    print(json.dumps([outcome.payload.decode(), await functions.runner.describe_isolation()]))

with_functions(folder, case, sandbox=LinuxSandbox(folder / "sandbox"))
"""


def test_functions_run_without_a_sandbox_and_why_is_said(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("sandboxes need Linux")
    command = [sys.executable, "-c", CODE, str(tmp_path)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("giving rights up needs setpriv")
        command = ["setpriv", "--bounding-set", "-sys_admin", *command]
    paths = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    run = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": paths}, stdin=subprocess.DEVNULL, capture_output=True, timeout=120
    )
    assert run.returncode == 0, run.stderr.decode()
    payload, isolation = json.loads(run.stdout)
    assert payload == '"ran"'
    if isolation["isolation"] != "sandbox":
        assert isolation["isolation"] == "process"
        (reason,) = (notice for notice in isolation["notices"] if notice.startswith("functions run without a sandbox"))
        assert reason.endswith("it needs root, or the capability SYS_ADMIN")
        assert "took too long" not in reason
