"""Functions that misbehave are contained, reported and cleaned up; those that look around see their own things only.

On Linux with namespaces; elsewhere the tests say what they skip.
"""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from runner_functions import Functions, processes_mentioning, with_functions
from serein.kernel.clock import monotonic
from serein.runtime.cgroups import ControlGroups
from serein.runtime.sandbox import LinuxSandbox

NODE = {"handler": "index.handler", "runtime": "nodejs20.x"}


def with_sandbox(folder: Path, case: Callable[[Functions], Awaitable[Any]], **options: Any) -> None:
    """Run a test's body around a runner whose functions are in sandboxes; nothing may be left of them afterwards."""
    if sys.platform != "linux":
        pytest.skip("a sandbox needs Linux")
    sandbox = LinuxSandbox(folder / "sandbox")

    async def body(functions: Functions) -> None:
        await sandbox.prepare()
        if sandbox.mode != "sandbox":
            pytest.skip(f"no sandbox can be made here: {sandbox.notices}")
        await case(functions)
        await functions.runner.close()
        assert not list(groups(sandbox)), "no control group is left behind"

    with_functions(folder, body, sandbox=sandbox, **options)


def groups(sandbox: LinuxSandbox) -> list[Path]:
    """The control groups of a sandbox's environments."""
    record = Path(sandbox._folder / "cgroups")
    roots = record.read_text().split() if record.exists() else []
    return [group for root in roots if Path(root).exists() for group in Path(root).iterdir() if group.is_dir()]


async def answer(functions: Functions, code: str, event: bytes = b"{}", **members: Any) -> Any:
    """What a Python function with this body returns."""
    body = "".join(f" {line}\n" for line in code.splitlines())
    outcome = await functions.invoke(
        functions.spec(f"import os, sys, json\ndef handler(e, c):\n{body}", **members), event
    )
    assert not outcome.function_error, (outcome.payload, functions.log)
    return json.loads(outcome.payload)


# --- what a function sees


def test_a_function_sees_its_own_things_where_aws_has_them(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        layer = tmp_path / "layer"
        (layer / "python").mkdir(parents=True)
        (layer / "python" / "shared.py").write_text("WHERE = __file__")
        seen = await answer(
            functions,
            "import shared, boto3\n"
            "return [__file__, os.getcwd(), shared.WHERE, boto3.__file__, os.listdir('/opt'), os.getuid(),"
            " os.getgid(), os.environ['LAMBDA_TASK_ROOT'], os.environ.get('TMPDIR'), os.environ['HOME'],"
            " os.environ['LAMBDA_RUNTIME_DIR'], os.listdir('/tmp'), os.path.expanduser('~sbx_user1051')]",
            layers=(layer,),
        )
        assert seen[0] == "/var/task/app.py" and seen[1] == "/var/task"
        assert seen[2] == "/opt/python/shared.py" and seen[3] == "/var/runtime/boto3/__init__.py"
        assert seen[4:8] == [["python"], 993, 990, "/var/task"]
        assert seen[8:] == [None, "/home/sbx_user1051", "/var/runtime", [], "/home/sbx_user1051"]

    with_sandbox(tmp_path, case)


def test_stack_traces_say_var_task(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(functions.spec("def handler(e, c): raise ValueError('no')"))
        assert '"/var/task/app.py", line 1' in json.loads(outcome.payload)["stackTrace"][0]
        node = functions.spec({"index.js": "exports.handler = async () => { throw new Error('no') }"}, **NODE)
        trace = json.loads((await functions.invoke(node)).payload)["trace"]
        assert any("/var/task/index.js" in line for line in trace)

    with_sandbox(tmp_path, case)


def test_a_function_sees_nothing_of_the_host(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        secret = tmp_path / "secret"
        secret.write_text("x")
        paths = [
            str(secret),
            str(tmp_path / "data"),
            str(Path.home() / ".ssh"),
            str(Path.cwd()),
            "/mnt/etc",
            "/root/.bashrc",
        ]
        seen = await answer(
            functions,
            "pids = [p for p in os.listdir('/proc') if p.isdigit()]\n"
            "return [[p for p in e if os.path.exists(p)], len(pids), os.listdir('/mnt'), os.listdir('/home')]",
            json.dumps(paths).encode(),
        )
        assert seen == [[], 2, [], []], "its own process, and the first one"

    with_sandbox(tmp_path, case)


@pytest.mark.parametrize("path", ["/var/task/x", "/opt/x", "/usr/x", "/etc/x", "/x", "/var/runtime/x", "/dev/x"])
def test_only_tmp_can_be_written(tmp_path: Path, path: str) -> None:
    async def case(functions: Functions) -> None:
        code = "try: open(e, 'w')\nexcept OSError as error: return error.errno"
        assert await answer(functions, code, json.dumps(path).encode()) in (1, 13, 30)

    with_sandbox(tmp_path, case)


def test_no_privilege_can_be_had(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import ctypes\n"
            "libc = ctypes.CDLL(None, use_errno=True)\n"
            "status = dict(line.split(':', 1) for line in open('/proc/self/status').read().splitlines())\n"
            "tries = [libc.setuid(0), libc.mount(b'/', b'/tmp', None, 4096, None), libc.kill(1, 9)]\n"
            "return [status['CapEff'].strip(), status['NoNewPrivs'].strip(), tries, os.access('/proc/1/root', os.X_OK)]"
        )
        found = await answer(functions, code)
        assert found[:2] == ["0000000000000000", "1"]
        assert found[2][:2] == [-1, -1] and found[3] is False

    with_sandbox(tmp_path, case)


def test_later_layers_win(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        layers = []
        for number in range(3):
            layer = tmp_path / f"layer:{number}"
            (layer / "sub").mkdir(parents=True)
            (layer / "both").write_text(str(number))
            (layer / "sub" / f"only{number}").write_text("")
            layers.append(layer)
        code = "return [open('/opt/both').read(), sorted(os.listdir('/opt/sub'))]"
        assert await answer(functions, code, layers=tuple(layers)) == ["2", ["only0", "only1", "only2"]]

    with_sandbox(tmp_path, case)


def test_tmp_has_the_size_asked_and_stays_between_invocations(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "def handler(e, c):\n"
            " import os\n"
            " try:\n"
            "  with open('/tmp/f', 'ab') as f:\n"
            "   for _ in range(e): f.write(bytes(1 << 20))\n"
            " except OSError as error: return error.errno\n"
            " return os.path.getsize('/tmp/f') >> 20\n"
        )
        spec = functions.spec(code, memory_mb=128, ephemeral_storage_mb=512, timeout_seconds=30)
        assert (await functions.invoke(spec, b"300")).payload == b"300", "files in /tmp are no memory of the function"
        await functions.until(lambda: functions.states() != ["returning"])
        assert (await functions.invoke(spec, b"100")).payload == b"400"
        await functions.until(lambda: functions.states() != ["returning"])
        assert (await functions.invoke(spec, b"300")).payload == b"28", "No space left on device"
        other = functions.spec("import os\ndef handler(e, c): return os.listdir('/tmp')")
        assert (await functions.invoke(other)).payload == b"[]"

    with_sandbox(tmp_path, case)


def test_tmp_outlives_a_runtime_that_ends(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import os\ndef handler(e, c):\n"
            " if e: open('/tmp/mark', 'w').close(); os._exit(1)\n return os.path.exists('/tmp/mark')"
        )
        spec = functions.spec(code)
        assert (await functions.invoke(spec, b"1")).function_error == "Unhandled"
        assert (await functions.invoke(spec, b"0")).payload == b"true"

    with_sandbox(tmp_path, case)


# --- functions that misbehave


def test_a_fork_bomb_ends_with_its_time(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "import os\ndef handler(e, c):\n while e:\n  try: os.fork()\n  except OSError: pass\n return 'ok'"
        spec = functions.spec(code, timeout_seconds=1, memory_mb=512)
        other = functions.spec("def handler(e, c): return 1")
        await functions.invoke(other)
        bomb = asyncio.ensure_future(functions.invoke(spec, b"1"))
        assert (await functions.invoke(other)).payload == b"1"
        error = json.loads((await bomb).payload)
        assert error["errorType"] in ("Sandbox.Timedout", "Runtime.OutOfMemory")
        assert (await functions.invoke(spec, b"0")).payload == b'"ok"'

    with_sandbox(tmp_path, case)


def test_ten_gigabytes_are_not_to_be_had(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "def handler(e, c):\n b = bytearray(e << 20)\n for n in range(0, len(b), 4096): b[n] = 1\n return 'ok'"
        spec = functions.spec(code, memory_mb=256, timeout_seconds=60)
        error = json.loads((await functions.invoke(spec, b"10240")).payload)
        assert error["errorType"] in ("Runtime.OutOfMemory", "MemoryError")
        if error["errorType"] == "Runtime.OutOfMemory":
            assert error["errorMessage"].endswith("signal: killed")
            assert "Max Memory Used: 256 MB" in functions.log
        assert (await functions.invoke(spec, b"10")).payload == b'"ok"'

    with_sandbox(tmp_path, case)


def test_memory_of_children_counts(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import subprocess, sys\ndef handler(e, c):\n"
            " hold = 'kept = []\\nwhile True: kept.append(bytes(1 << 20))'\n"
            " return subprocess.run([sys.executable, '-c', hold]).returncode"
        )
        error = json.loads((await functions.invoke(functions.spec(code, memory_mb=128, timeout_seconds=60))).payload)
        assert error == -9 or error["errorType"] == "Runtime.OutOfMemory"

    with_sandbox(tmp_path, case)


@pytest.mark.parametrize("runtime", ["python3.11", "nodejs20.x"])
def test_an_endless_print_ends_with_its_time(tmp_path: Path, runtime: str) -> None:
    async def case(functions: Functions) -> None:
        files = {
            "app.py": "def handler(e, c):\n while e: print('x' * 1000)\n return 'ok'",
            "index.js": "exports.handler = async (e) => { while (e) console.log('x'.repeat(1000)); return 'ok' }",
        }
        handler = "app.handler" if runtime.startswith("python") else "index.handler"
        spec = functions.spec(files, handler, runtime=runtime, timeout_seconds=1)
        outcome = await functions.invoke(spec, b"1")
        assert json.loads(outcome.payload)["errorType"] == "Sandbox.Timedout"
        assert len(outcome.log_tail) == 4096
        assert (await functions.invoke(spec, b"0")).payload == b'"ok"'

    with_sandbox(tmp_path, case)


def test_a_closed_stdout_does_no_harm(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = "import os\ndef handler(e, c):\n for n in (0, 1, 2): os.close(n)\n return 'ok'"
        spec = functions.spec(code)
        assert (await functions.invoke(spec)).payload == b'"ok"'

    with_sandbox(tmp_path, case)


def test_dev_stdout_can_be_opened(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        await answer(functions, "os.system('echo from a shell > /dev/stdout; echo and > /dev/stderr')")
        assert "from a shell\n" in functions.log and "and\n" in functions.log

    with_sandbox(tmp_path, case)


@pytest.mark.parametrize("runtime", ["python3.11", "nodejs20.x"])
def test_daemons_end_with_their_environment_and_leave_no_zombies(tmp_path: Path, runtime: str) -> None:
    async def case(functions: Functions) -> None:
        files = {
            "app.py": "import os, subprocess, time\ndef handler(e, c):\n"
            " for _ in range(20): subprocess.Popen('setsid sleep 0.01 & setsid sleep 300 &', shell=True).wait()\n"
            " time.sleep(0.3)\n"
            " return sum(open(f'/proc/{p}/stat').read().split(') ')[1][0] == 'Z'"
            " for p in os.listdir('/proc') if p.isdigit())",
            "index.js": "const { execSync } = require('child_process'), fs = require('fs');\n"
            "exports.handler = async () => {\n"
            " for (let n = 0; n < 20; n++) execSync('setsid sleep 0.01 & setsid sleep 300 >/dev/null 2>&1 &', "
            "{ stdio: 'ignore' });\n"
            " await new Promise((r) => setTimeout(r, 300));\n"
            " return fs.readdirSync('/proc').filter((p) => /^\\d+$/.test(p))"
            ".filter((p) => fs.readFileSync(`/proc/${p}/stat`, 'utf8').split(') ')[1][0] === 'Z').length;\n};",
        }
        handler = "app.handler" if runtime.startswith("python") else "index.handler"
        spec = functions.spec(files, handler, runtime=runtime)
        assert (await functions.invoke(spec)).payload == b"0"
        functions.runner.retire(spec.arn)
        await functions.until(lambda: not functions.runner.describe()["environments"])

    with_sandbox(tmp_path, case)


@pytest.mark.parametrize("runtime", ["python3.11", "nodejs20.x"])
def test_a_killed_environment_is_reported_and_the_next_call_works(tmp_path: Path, runtime: str) -> None:
    async def case(functions: Functions) -> None:
        files = {
            "app.py": "import time\ndef handler(e, c):\n print('in', flush=True)\n time.sleep(e)\n return 'ok'",
            "index.js": "exports.handler = async (e) => { console.log('in');"
            " await new Promise((r) => setTimeout(r, e * 1000)); return 'ok' }",
        }
        handler = "app.handler" if runtime.startswith("python") else "index.handler"
        spec = functions.spec(files, handler, runtime=runtime)
        running = asyncio.ensure_future(functions.invoke(spec, b"9"))
        await functions.until(lambda: "in\n" in functions.log)
        environment = next(iter(functions.runner._environments))
        os.kill(environment._processes.runtime.process.pid, signal.SIGKILL)  # type: ignore[union-attr, arg-type]
        assert json.loads((await running).payload)["errorMessage"].endswith(
            "Error: Runtime exited with error: signal: killed"
        )
        assert (await functions.invoke(spec, b"0")).payload == b'"ok"'

    with_sandbox(tmp_path, case)


def test_a_program_as_runtime_is_in_a_sandbox_too(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        script = (
            "#!/bin/sh\nAPI=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation\nwhile true; do\n"
            "  curl -sS -D /tmp/h $API/next >/dev/null\n"
            "  ID=$(grep -i Request-Id /tmp/h | tr -d '[:space:]' | cut -d: -f2)\n"
            '  curl -sS -o /dev/null -X POST $API/$ID/response -d "\\"$(pwd) $(id -u) $(ls /mnt | wc -l)\\""\ndone\n'
        )
        spec = functions.spec({"bootstrap": script}, "none", runtime="provided.al2023")
        assert (await functions.invoke(spec)).payload == b'"/var/task 993 0"'

    with_sandbox(tmp_path, case)


def test_descriptors_and_processes_are_limited_as_on_aws(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import resource\nopened = []\n"
            "try:\n while True: opened.append(os.open('/dev/null', os.O_RDONLY))\n"
            "except OSError as error: return [error.errno, resource.getrlimit(resource.RLIMIT_NOFILE)[1]]"
        )
        assert await answer(functions, code) == [24, 1024]

    with_sandbox(tmp_path, case)


KILLED_SERVER = """
import asyncio, os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from runner_functions import Functions
from serein.runtime.sandbox import LinuxSandbox

async def main():
    folder = Path({folder!r})
    functions = Functions(folder, sandbox=LinuxSandbox(folder / "sandbox"))
    code = (
        "import subprocess\\n"
        "def handler(e, c):\\n subprocess.Popen('setsid sleep 300 &', shell=True).wait()\\n while e: pass"
    )
    await functions.invoke(functions.spec(code), b"0")
    asyncio.ensure_future(functions.invoke(functions.spec(code, timeout_seconds=300), b"1"))
    await functions.until(lambda: functions.log.count("START") == 2)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_a_killed_server_leaves_no_process_and_the_next_one_its_groups(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("a sandbox needs Linux")
    script = KILLED_SERVER.format(tests=str(Path(__file__).parents[1]), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
        finally:
            server.kill()
    deadline = monotonic() + 10
    while (left := processes_mentioning(tmp_path)) and monotonic() < deadline:
        pass
    assert left == []
    record = tmp_path / "sandbox" / "cgroups"
    roots = [Path(line) for line in record.read_text().splitlines()] if record.exists() else []
    ControlGroups.find(record, is_cpu_limited=False).close()
    assert not [root for root in roots if root.exists()]
