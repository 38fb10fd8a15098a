"""The life of an environment: frozen between invocations, restarted after failures, snapshots, provisioned ones."""

import asyncio
import json
import re
from pathlib import Path

import pytest

from runner_functions import ARN, Functions, with_functions
from serein.kernel.errors import AwsError
from serein.kernel.runner import Invocation, Provisioned, RunnerBusy
from serein.runtime import initialisation

GATE = "import os, time\ndef handler(e, c):\n while not os.path.exists(e): time.sleep(0.001)\n return 'open'"
ENVIRON = "import os\ndef handler(e, c): return os.environ.get('AWS_LAMBDA_INITIALIZATION_TYPE')"
TICKER = """
import itertools, os, subprocess, sys, threading, time
ticks = itertools.count()
seen = 0
def tick():
    global seen
    while True:
        seen = next(ticks)
        time.sleep(0.002)
threading.Thread(target=tick, daemon=True).start()
code = "import sys, time\\nwhile True:\\n open(sys.argv[1], 'a').write('.')\\n time.sleep(0.002)"
child = subprocess.Popen([sys.executable, "-c", code, PATH], start_new_session=True)
def handler(event, context):
    while not os.path.exists(PATH) or os.path.getsize(PATH) <= event:
        time.sleep(0.001)
    return seen
"""


async def pause(seconds: float) -> None:
    await asyncio.wait({asyncio.get_running_loop().create_future()}, timeout=seconds)


# --- freezing


def test_nothing_of_an_environment_runs_between_invocations(tmp_path: Path) -> None:
    path = tmp_path / "ticks"

    async def case(functions: Functions) -> None:
        spec = functions.spec(TICKER.replace("PATH", repr(str(path))))
        before = json.loads((await functions.invoke(spec, b"0")).payload)
        await functions.until(lambda: functions.states() == ["frozen"])
        size = path.stat().st_size
        await pause(0.3)
        assert path.stat().st_size == size, "processes that the function started are frozen too"
        after = json.loads((await functions.invoke(spec, str(size).encode())).payload)
        assert after - before < 100, "threads are frozen"

    with_functions(tmp_path, case)


@pytest.mark.parametrize(("runtime", "handler"), [("python3.11", "app.handler"), ("nodejs20.x", "index.handler")])
def test_a_frozen_environment_goes_on_with_the_next_invocation(tmp_path: Path, runtime: str, handler: str) -> None:
    files = {"app.py": "def handler(e, c): return e", "index.js": "exports.handler = async (event) => event;"}

    async def case(functions: Functions) -> None:
        spec = functions.spec(files, handler, runtime=runtime)
        for n in range(5):
            assert (await functions.invoke(spec, str(n).encode())).payload == str(n).encode()
            await functions.until(lambda: functions.states() == ["frozen"])
        assert (await functions.invoke(spec, b"9")).init_ms is None

    with_functions(tmp_path, case)


SLOW_TO_RETURN = """#!/bin/sh
API=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while true; do
  curl -sS -o /dev/null -D "$TMPDIR/headers" $API/next
  ID=$(grep -i Request-Id "$TMPDIR/headers" | tr -d '[:space:]' | cut -d: -f2)
  curl -sS -o /dev/null -X POST $API/$ID/response -d 1
  sleep 0.3
done
"""


def test_an_environment_whose_runtime_comes_back_late_is_frozen_too(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec({"bootstrap": SLOW_TO_RETURN}, "none", runtime="provided.al2023")
        assert (await functions.invoke(spec)).payload == b"1"
        assert functions.states() == ["returning"]
        await functions.until(lambda: functions.states() == ["frozen"])

    with_functions(tmp_path, case)


def test_a_frozen_environment_ends_when_it_is_retired(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec("def handler(e, c): return e"))
        await functions.until(lambda: functions.states() == ["frozen"])
        functions.runner.retire(ARN)
        assert functions.states() == []

    with_functions(tmp_path, case)


# --- after a failure


@pytest.mark.parametrize("statement", ["while True: pass", "os._exit(1)"])
def test_after_a_failure_the_environment_initialises_again_within_the_next_invocation(
    tmp_path: Path, statement: str
) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import os, tempfile, time\ntime.sleep(0.05)\nMARK = tempfile.gettempdir() + '/mark'\n"
            "def handler(e, c):\n"
            " if e:\n"
            "  open(MARK, 'w').close()\n"
            f"  {statement}\n"
            " return os.path.exists(MARK)"
        )
        spec = functions.spec(code, timeout_seconds=1)
        assert (await functions.invoke(spec, b"1")).function_error == "Unhandled"
        assert functions.states() == ["idle"]
        again = await functions.invoke(spec, b"0")
        assert again.payload == b"true", "/tmp stays"
        assert again.init_ms is None, "the second initialisation is not reported apart"
        assert again.duration_ms > 50, "it counts into the duration"
        assert len(set(functions.streams)) == 1, "the log stream stays"
        assert functions.log.count("INIT_START") == 1

    with_functions(tmp_path, case)


def test_an_environment_without_processes_makes_way_for_others(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(GATE.replace("return 'open'", "return os.getpid() if e != '/' else os._exit(1)"))
        gate = tmp_path / "gate"
        event = json.dumps(str(gate)).encode()
        both = [asyncio.ensure_future(functions.invoke(spec, event)) for _ in range(2)]
        await functions.until(lambda: functions.states() == ["busy", "busy"])
        gate.touch()
        warm = {(await each).payload for each in both}
        await functions.until(lambda: set(functions.states()) <= {"idle", "frozen"})
        await functions.invoke(spec, b'"/"')
        assert (await functions.invoke(spec, event)).payload in warm, "a warm one is used first"

    with_functions(tmp_path, case)


def test_temporary_files_of_an_environment_without_processes_go_with_it(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec("import os\ndef handler(e, c): os._exit(1)")
        await functions.invoke(spec)
        scratch = tmp_path / "data" / "runtime" / "scratch"
        assert list(scratch.iterdir())
        functions.runner.retire(ARN)
        await functions.until(lambda: not list(scratch.iterdir()))

    with_functions(tmp_path, case)


def test_a_response_that_breaks_off_is_an_error(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import os, socket\n"
            "def handler(e, c):\n"
            " host, port = os.environ['AWS_LAMBDA_RUNTIME_API'].split(':')\n"
            " with socket.create_connection((host, int(port))) as s:\n"
            "  path = '/2018-06-01/runtime/invocation/%s/response' % c.aws_request_id\n"
            "  s.sendall(b'POST %s HTTP/1.1\\r\\nContent-Length: 100\\r\\n\\r\\nshort' % path.encode())\n"
            " while True: pass"
        )
        outcome = await functions.invoke(functions.spec(code))
        assert json.loads(outcome.payload)["errorType"] == "Runtime.TruncatedResponse"

    with_functions(tmp_path, case)


def test_an_initialisation_has_ten_seconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initialisation, "INIT_SECONDS", 0.3)

    async def case(functions: Functions) -> None:
        spec = functions.spec("import time\ntime.sleep(0.6)\ndef handler(e, c): return 1")
        outcome = await functions.invoke(spec)
        assert outcome.payload == b"1", "the second one has the function's time"
        assert outcome.duration_ms > 600
        assert re.search(r"INIT_REPORT Init Duration: [\d.]+ ms\tPhase: init\tStatus: timeout\n", functions.log)

    with_functions(tmp_path, case)


# --- SnapStart

HOOKS = (
    "import os\nfrom snapshot_restore_py import register_before_snapshot, register_after_restore\nseen = []\n"
    "@register_before_snapshot\ndef before(): seen.append('before')\n"
    "@register_after_restore\ndef after(): seen.append('after')\n"
    "def handler(e, c): return [seen, os.environ['AWS_LAMBDA_INITIALIZATION_TYPE'], c.log_stream_name]"
)


def test_hooks_run_before_the_snapshot_and_after_the_restore(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        outcome = await functions.invoke(functions.spec(HOOKS, snap_start=True))
        assert json.loads(outcome.payload) == [["before", "after"], "snap-start", None]
        log = functions.log
        assert re.search(
            r"^INIT_START Runtime Version: .*\nINIT_REPORT Init Duration: [\d.]+ ms\n"
            r"RESTORE_START Runtime Version: python:3.11\S*\tRuntime Version ARN: arn:aws:lambda:\S+\n"
            r"RESTORE_REPORT Restore Duration: [\d.]+ ms\nSTART RequestId",
            log,
        )
        assert re.search(r"Restore Duration: [\d.]+ ms\tBilled Restore Duration: \d+ ms\t\n$", log)
        assert "Init Duration" not in functions.lines[-1].text

    with_functions(tmp_path, case)


def test_without_snap_start_hooks_do_not_run(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        seen, kind, stream = json.loads((await functions.invoke(functions.spec(HOOKS))).payload)
        assert (seen, kind) == ([], "on-demand") and stream

    with_functions(tmp_path, case)


def test_a_failed_hook_after_the_restore_is_the_callers_error(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = HOOKS.replace("seen.append('after')", "raise ValueError('stale')")
        with pytest.raises(AwsError) as raised:
            await functions.invoke(functions.spec(code, snap_start=True))
        assert raised.value.code == "SnapStartException"
        assert "RESTORE_REPORT Restore Duration" in functions.log
        assert "Status: error\tError Type: Runtime.AfterRestoreError" in functions.log
        assert functions.runner.in_flight == 0 and functions.states() == []

    with_functions(tmp_path, case)


def test_a_restore_has_its_own_time_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(initialisation, "_RESTORE_SECONDS", 0.2)

    async def case(functions: Functions) -> None:
        code = HOOKS.replace("seen.append('after')", "__import__('time').sleep(60)")
        with pytest.raises(AwsError) as raised:
            await functions.invoke(functions.spec(code, snap_start=True))
        assert (raised.value.code, raised.value.status) == ("SnapStartTimeoutException", 408)

    with_functions(tmp_path, case)


def test_a_failed_hook_before_the_snapshot_is_an_initialisation_error(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = HOOKS.replace("seen.append('before')", "raise ValueError('no')")
        outcome = await functions.invoke(functions.spec(code, snap_start=True))
        assert outcome.function_error == "Unhandled"
        assert "Error Type: Runtime.BeforeSnapshotError" in functions.log

    with_functions(tmp_path, case)


# --- provisioned environments


def test_provisioned_environments_are_initialised_ahead_and_used_first(tmp_path: Path) -> None:
    changes: list[Provisioned] = []

    async def case(functions: Functions) -> None:
        spec = functions.spec(ENVIRON)
        functions.runner.provision(spec, 2, lambda: changes.append(functions.runner.provisioned(spec.arn)))
        assert functions.runner.provisioned(ARN).requested == 2
        await functions.until(lambda: functions.runner.provisioned(ARN).ready == 2)
        assert functions.runner.provisioned(ARN) == Provisioned(2, 2, 0, "")
        assert functions.log.count("INIT_REPORT") == 2
        outcome = await functions.invoke(spec)
        assert (outcome.payload, outcome.init_ms) == (b'"provisioned-concurrency"', None)
        assert len(functions.states()) == 2

    with_functions(tmp_path, case)
    assert changes[-1] == Provisioned(2, 2, 0, "")


def test_more_than_is_provisioned_runs_on_demand(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        kind = "return os.environ['AWS_LAMBDA_INITIALIZATION_TYPE']"
        spec = functions.spec(GATE.replace("return 'open'", kind))
        functions.runner.provision(spec, 1)
        await functions.until(lambda: functions.runner.provisioned(ARN).ready == 1)
        gate = tmp_path / "gate"
        running = [asyncio.ensure_future(functions.invoke(spec, json.dumps(str(gate)).encode())) for _ in range(2)]
        await functions.until(lambda: functions.states().count("busy") == 2)
        gate.touch()
        kinds = sorted([(await each).payload for each in running])
        assert kinds == [b'"on-demand"', b'"provisioned-concurrency"']

    with_functions(tmp_path, case)


def test_provisioned_environments_are_replaced_when_they_end(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec("import os\ndef handler(e, c): os._exit(1)")
        functions.runner.provision(spec, 1)
        await functions.until(lambda: functions.runner.provisioned(ARN).ready == 1)
        assert (await functions.invoke(spec)).function_error == "Unhandled"
        await functions.until(lambda: functions.runner.provisioned(ARN).ready == 1)
        assert functions.log.count("INIT_START") == 2

    with_functions(tmp_path, case)


def test_provisioned_environments_stay_when_others_want_room_and_when_idle(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(ENVIRON)
        functions.runner.provision(spec, 2)
        await functions.until(lambda: functions.runner.provisioned(ARN).ready == 2)
        with pytest.raises(RunnerBusy):
            await functions.invoke(functions.spec(ENVIRON, arn=f"{ARN}2"))
        await pause(0.2)
        assert functions.runner.provisioned(ARN).ready == 2

    with_functions(tmp_path, case, maximum_environments=2, idle_seconds=0.05)


def test_what_cannot_be_provisioned_says_why(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        broken = functions.spec("import nonesuch", arn=f"{ARN}:1")
        functions.runner.provision(broken, 1)
        await functions.until(lambda: functions.runner.provisioned(f"{ARN}:1").failed == 1)
        assert functions.runner.provisioned(f"{ARN}:1") == Provisioned(1, 0, 1, "Runtime.ImportModuleError")
        many = functions.spec(ENVIRON, arn=f"{ARN}:2")
        functions.runner.provision(many, 5)
        await functions.until(lambda: functions.runner.provisioned(f"{ARN}:2").failed > 0)
        told = functions.runner.provisioned(f"{ARN}:2")
        assert told.reason == "no room for another environment" and told.requested == 5

    with_functions(tmp_path, case, maximum_environments=3)


def test_another_number_or_another_revision_replaces_what_is_provisioned(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        old, new = functions.spec(ENVIRON, revision="old"), functions.spec(ENVIRON, revision="new")
        revisions = lambda: [one["revision"] for one in functions.runner.describe()["environments"]]
        functions.runner.provision(old, 3)
        await functions.until(lambda: functions.runner.provisioned(ARN).ready == 3)
        functions.runner.provision(old, 1)
        assert revisions() == ["old"]
        functions.runner.provision(new, 2)
        await functions.until(lambda: functions.runner.provisioned(ARN).ready == 2)
        assert revisions() == ["new", "new"]
        functions.runner.provision(new, 0)
        assert functions.states() == [] and functions.runner.provisioned(ARN) == Provisioned()

    with_functions(tmp_path, case)


def test_a_function_that_is_gone_keeps_nothing_provisioned(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(ENVIRON, arn=f"{ARN}:live")
        functions.runner.provision(spec, 2)
        await functions.until(lambda: functions.runner.provisioned(spec.arn).ready == 2)
        functions.runner.retire(ARN)
        assert functions.states() == [] and functions.runner.provisioned(spec.arn).requested == 0

    with_functions(tmp_path, case)


# --- bounds


def test_idle_environments_end_when_those_at_work_grow(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        idle = functions.spec("def handler(e, c): return 1", arn=f"{ARN}-idle")
        await functions.invoke(idle)
        gate = tmp_path / "gate"
        grown = f"kept = bytearray(150 << 20)\n while not os.path.exists({str(gate)!r}): time.sleep(0.001)"
        hungry = functions.spec(f"import os, time\ndef handler(e, c):\n {grown}")
        running = asyncio.ensure_future(functions.invoke(hungry))
        await functions.until(lambda: functions.states() == ["busy"])
        gate.touch()
        await running

    with_functions(tmp_path, case, memory_mb=150)


def test_a_streamed_response_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serein.runtime.responses.MAXIMUM_STREAM_BYTES", 20_000_000)

    async def case(functions: Functions) -> None:
        code = (
            "exports.handler = awslambda.streamifyResponse(async (event, stream) => {\n"
            "  for (let n = 0; n < event; n++)\n"
            "    if (!stream.write(Buffer.alloc(1_000_000))) await new Promise((r) => stream.once('drain', r));\n"
            "  stream.end(); });\n"
        )
        spec = functions.spec({"index.js": code}, "index.handler", runtime="nodejs20.x")
        whole = await functions.runner.invoke_streaming(spec, Invocation("r1", b"20"))
        assert sum([len(chunk) async for chunk in whole.chunks]) == 20_000_000 and whole.error == []
        cut = await functions.runner.invoke_streaming(spec, Invocation("r2", b"21"))
        assert sum([len(chunk) async for chunk in cut.chunks]) <= 20_000_000
        assert json.loads(cut.error[0].payload)["errorType"] == "Function.ResponseSizeTooLarge"

    with_functions(tmp_path, case)
