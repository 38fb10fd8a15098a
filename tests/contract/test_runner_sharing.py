"""The contract of the Runner port: environments are shared out, bounded, replaced, and leave nothing behind."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runner_functions import ARN, Functions, processes_mentioning, with_functions
from serein.kernel.clock import monotonic
from serein.kernel.runner import Invocation, RunnerBusy

SLEEPER = "import time\ndef handler(e, c):\n time.sleep(e)\n return 'slept'"
GATE = "import os, time\ndef handler(e, c):\n while not os.path.exists(e): time.sleep(0.001)\n return 'open'"


def test_concurrent_invocations_run_in_environments_of_their_own(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(GATE)
        gate = tmp_path / "gate"
        running = [asyncio.ensure_future(functions.invoke(spec, json.dumps(str(gate)).encode())) for _ in range(4)]
        busy = lambda: sum(e["state"] == "busy" for e in functions.runner.describe()["environments"])
        await functions.until(lambda: busy() == 4)
        assert functions.runner.in_flight == 4
        gate.touch()
        assert {(await each).payload for each in running} == {b'"open"'}
        assert functions.runner.in_flight == 0

    with_functions(tmp_path, case)


def test_a_burst_of_short_invocations_shares_few_environments(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec("def handler(e, c): return e")
        await functions.invoke(spec)
        outcomes = await asyncio.gather(*(functions.invoke(spec, str(n).encode()) for n in range(200)))
        assert [outcome.payload for outcome in outcomes] == [str(n).encode() for n in range(200)]
        assert len(functions.runner.describe()["environments"]) < 40

    with_functions(tmp_path, case)


def test_a_function_that_waits_for_itself_gets_another_environment(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(GATE)

        async def nested(depth: int) -> None:
            gate = tmp_path / f"gate{depth}"
            outer = asyncio.ensure_future(functions.invoke(spec, json.dumps(str(gate)).encode()))
            if depth:
                await nested(depth - 1)
            gate.touch()
            assert (await outer).payload == b'"open"'

        await nested(6)

    with_functions(tmp_path, case)


def test_a_hanging_function_does_not_delay_others(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        hanging = functions.spec("def handler(e, c):\n while True: pass", timeout_seconds=2)
        quick = functions.spec("def handler(e, c): return 1")
        stuck = asyncio.ensure_future(functions.invoke(hanging))
        await functions.until(lambda: bool(functions.runner.describe()["environments"]))
        for _ in range(20):
            assert (await functions.invoke(quick)).payload == b"1"
        assert not stuck.done()
        assert (await stuck).function_error == "Unhandled"

    with_functions(tmp_path, case)


def test_idle_environments_make_room_and_a_full_host_throttles(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        first, second, third = (functions.spec(GATE, arn=f"{ARN}{n}") for n in range(3))
        gate = tmp_path / "gate"
        event = json.dumps(str(gate)).encode()
        gate.touch()
        await functions.invoke(first, event)
        await functions.invoke(second, event)
        await functions.until(lambda: functions.runner.describe()["environments"][-1]["state"] == "idle")
        gate.unlink()
        running = [asyncio.ensure_future(functions.invoke(spec, event)) for spec in (second, third)]
        busy = lambda: {e["function"] for e in functions.runner.describe()["environments"] if e["state"] == "busy"}
        await functions.until(lambda: busy() == {f"{ARN}1", f"{ARN}2"})
        with pytest.raises(RunnerBusy):
            await functions.invoke(first, event)
        gate.touch()
        for each in running:
            await each

    with_functions(tmp_path, case, maximum_environments=2)


def test_a_long_queue_is_served_in_order_and_without_errors(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(SLEEPER)
        finished: list[int] = []

        async def caller(number: int) -> None:
            assert (await functions.invoke(spec, b"0.07")).payload == b'"slept"'
            finished.append(number)

        await functions.invoke(spec, b"0")
        await asyncio.gather(*(caller(number) for number in range(64)))
        assert max(abs(place - number) for place, number in enumerate(finished)) <= 16

    with_functions(tmp_path, case, maximum_environments=4)


def test_changes_under_load_leave_no_environment_of_the_old_code(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        answers: list[bytes] = []
        current = functions.spec("def handler(e, c): return 0", revision="0")
        is_over = False

        async def caller() -> None:
            while not is_over:
                answers.append((await functions.invoke(current)).payload)

        callers = [asyncio.ensure_future(caller()) for _ in range(8)]
        for revision in range(1, 6):
            await functions.until(lambda: len(answers) >= 20)
            new = functions.spec(f"def handler(e, c): return {revision}", revision=str(revision))
            functions.runner.retire(ARN, str(revision))
            current = new
            answers.clear()
            await functions.until(lambda: len(answers) >= 20)
            old = [answer for answer in answers if answer != str(revision).encode()]
            assert len(old) <= len(callers), "only what had begun runs the old code"
        is_over = True
        await asyncio.gather(*callers)
        revisions = lambda: {one["revision"] for one in functions.runner.describe()["environments"]}
        await functions.until(lambda: revisions() == {"5"})

    with_functions(tmp_path, case)


def test_an_invocation_that_was_on_its_way_when_the_code_changed_keeps_no_environment(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        old = functions.spec("def handler(e, c): return 'old'")
        await functions.invoke(old)
        functions.runner.retire(ARN, "new")
        answers = await asyncio.gather(*(functions.invoke(old) for _ in range(4)))
        assert [answer.payload for answer in answers] == [b'"old"'] * 4
        await functions.until(lambda: functions.states() == [])

    with_functions(tmp_path, case)


def test_memory_bounds_the_number_of_environments(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(GATE)
        gate = tmp_path / "gate"
        event = json.dumps(str(gate)).encode()
        running = [asyncio.ensure_future(functions.invoke(spec, event)) for _ in range(8)]
        await functions.until(lambda: any(each.done() for each in running))
        gate.touch()
        results = await asyncio.gather(*running, return_exceptions=True)
        assert any(isinstance(result, RunnerBusy) for result in results)
        assert any(not isinstance(result, BaseException) for result in results)

    with_functions(tmp_path, case, memory_mb=45)


def test_retired_environments_end_at_once_or_when_done(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        old, new = functions.spec(GATE, revision="old"), functions.spec(GATE, revision="new")
        gate = tmp_path / "gate"
        event = json.dumps(str(gate)).encode()
        running = asyncio.ensure_future(functions.invoke(old, event))
        await functions.until(lambda: [e["state"] for e in functions.runner.describe()["environments"]] == ["busy"])
        functions.runner.retire(ARN, "new")
        gate.touch()
        assert (await running).payload == b'"open"'
        await functions.until(lambda: not functions.runner.describe()["environments"])
        await functions.invoke(new, event)
        functions.runner.retire(ARN, "new")
        assert [e["revision"] for e in functions.runner.describe()["environments"]] == ["new"]
        await functions.until(lambda: functions.runner.describe()["environments"][0]["state"] == "idle")
        functions.runner.retire(ARN)
        assert functions.runner.describe()["environments"] == []

    with_functions(tmp_path, case)


def test_idle_environments_end_after_a_while(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        await functions.invoke(functions.spec("def handler(e, c): return 1"))
        await functions.until(lambda: not functions.runner.describe()["environments"])

    with_functions(tmp_path, case, idle_seconds=0.05)


def test_a_cancelled_caller_leaves_the_function_running(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(GATE)
        gate = tmp_path / "gate"
        running = asyncio.ensure_future(functions.invoke(spec, json.dumps(str(gate)).encode()))
        await functions.until(lambda: [e["state"] for e in functions.runner.describe()["environments"]] == ["busy"])
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        assert functions.runner.in_flight == 1
        gate.touch()
        await functions.until(lambda: functions.runner.in_flight == 0)
        assert "REPORT" in functions.log
        assert (await functions.invoke(spec, json.dumps(str(gate)).encode())).init_ms is None

    with_functions(tmp_path, case)


def test_nothing_a_function_started_survives_it(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import os, subprocess, sys\n"
            "def handler(e, c):\n"
            " mark = {'MARK': os.environ['LAMBDA_TASK_ROOT']}\n"
            " for group in (False, True): subprocess.Popen(['sleep', '300'], env=mark, start_new_session=group)\n"
            " for _ in range(40):\n"
            "  if os.fork() == 0:\n"
            "   os.setsid()\n"
            "   if os.fork() == 0:\n"
            "    os.execve('/bin/sleep', ['sleep', '300'], mark)\n"
            "   os._exit(0)\n"
            " while e: pass\n"
        )
        spec = functions.spec(code, timeout_seconds=1)
        await functions.invoke(spec, b"1")
        await functions.until(lambda: not processes_mentioning(tmp_path / "code1"))

    with_functions(tmp_path, case)


def test_temporary_files_are_private_and_go_with_the_environment(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        code = (
            "import tempfile\ndef handler(e, c):\n"
            " with open(tempfile.gettempdir() + '/f', 'x') as f: f.write('x')\n return f.name"
        )
        spec = functions.spec(code)
        name = Path(json.loads((await functions.invoke(spec)).payload))
        assert name.read_text() == "x"
        await functions.until(lambda: functions.runner.describe()["environments"][0]["state"] == "idle")
        functions.runner.retire(ARN)
        await functions.until(lambda: not name.parent.exists())

    with_functions(tmp_path, case)


def test_a_runner_goes_on_when_its_fork_server_is_killed(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec("import os\ndef handler(e, c): return os.getppid()")
        server = json.loads((await functions.invoke(spec)).payload)
        os.kill(server, signal.SIGKILL)
        await functions.until(lambda: not functions.runner.describe()["environments"])
        assert json.loads((await functions.invoke(spec)).payload) != server

    with_functions(tmp_path, case)


def test_closing_ends_what_is_running(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        running = asyncio.ensure_future(functions.invoke(functions.spec("def handler(e, c):\n while True: pass")))
        await functions.until(lambda: [e["state"] for e in functions.runner.describe()["environments"]] == ["busy"])
        await functions.runner.close()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert functions.runner.in_flight == 0

    with_functions(tmp_path, case)


KILLED_SERVER = """
import asyncio, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from runner_functions import Functions

async def main():
    functions = Functions(Path({folder!r}))
    code = (
        "import subprocess\\n"
        "def handler(e, c):\\n subprocess.Popen(['sleep', '300'])\\n while e: pass"
    )
    await functions.invoke(functions.spec(code), b"0")
    asyncio.ensure_future(functions.invoke(functions.spec(code, timeout_seconds=300), b"1"))
    await functions.until(lambda: functions.log.count("START") == 2)
    print("ready", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


def test_nothing_survives_a_killed_server(tmp_path: Path) -> None:
    script = KILLED_SERVER.format(tests=str(Path(__file__).parents[1]), folder=str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == "ready\n"
            assert processes_mentioning(tmp_path)
        finally:
            server.kill()
    deadline = monotonic() + 10
    while (left := processes_mentioning(tmp_path)) and monotonic() < deadline:
        pass
    assert left == []


def test_a_streamed_response_is_passed_on_as_it_comes(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        gate = tmp_path / "gate"
        code = (
            "const fs = require('fs');\n"
            "exports.handler = awslambda.streamifyResponse(async (event, stream) => {\n"
            "  stream.setContentType('text/plain'); stream.write('first');\n"
            f"  while (!fs.existsSync({str(gate)!r})) await new Promise((r) => setTimeout(r, 1));\n"
            "  if (event === 2) throw new Error('late');\n"
            "  stream.write('x'.repeat(3_000_000)); stream.end('last'); });\n"
        )
        spec = functions.spec({"index.js": code}, "index.handler", runtime="nodejs20.x")
        outcome = await functions.runner.invoke_streaming(spec, Invocation("r1", b"1"))
        assert outcome.content_type == "text/plain"
        assert await anext(outcome.chunks) == b"first"
        gate.touch()
        rest = b"".join([chunk async for chunk in outcome.chunks])
        assert len(rest) == 3_000_004 and rest.endswith(b"last") and outcome.error == []
        broken = await functions.runner.invoke_streaming(spec, Invocation("r2", b"2"))
        assert b"".join([chunk async for chunk in broken.chunks]) == b"first"
        assert json.loads(broken.error[0].payload)["errorMessage"] == "late"

    with_functions(tmp_path, case)
