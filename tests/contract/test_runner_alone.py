"""Invocations in an environment of their own: those that are debugged."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest

from runner_functions import Functions, with_functions
from serein.kernel.runner import Invocation
from serein.runtime import initialisation

COUNT = "count = 0\ndef handler(e, c):\n global count\n count += 1\n return count"
FOREVER = "import time\n{at_load}\ndef handler(e, c):\n print('running', flush=True)\n while True: time.sleep(0.01)"


def an_invocation() -> Invocation:
    return Invocation("11111111-2222-3333-4444-555555555555", b"{}")


def test_the_environment_is_new_and_ends_with_the_call(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(COUNT)
        for _ in range(2):
            assert (await functions.runner.invoke_alone(spec, an_invocation())).payload == b"1"
            assert functions.states() == []
        assert functions.runner.in_flight == 0
        assert "REPORT RequestId" in functions.log

    with_functions(tmp_path, case)


@pytest.mark.parametrize("at_load", ["", "print('running', flush=True)\nwhile True: time.sleep(0.01)"])
def test_who_gives_up_waiting_ends_the_function(tmp_path: Path, at_load: str) -> None:
    async def case(functions: Functions) -> None:
        spec = functions.spec(FOREVER.format(at_load=at_load), debug_port=1)
        running = asyncio.ensure_future(functions.runner.invoke_alone(spec, an_invocation()))
        await functions.until(lambda: "running" in functions.log)
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert functions.states() == []
        assert functions.runner.in_flight == 0

    with_functions(tmp_path, case)


def test_who_gives_up_before_anything_is_started_leaves_nothing(tmp_path: Path) -> None:
    async def case(functions: Functions) -> None:
        running = asyncio.ensure_future(functions.runner.invoke_alone(functions.spec(COUNT), an_invocation()))
        await functions.until(lambda: functions.states() != [])
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        assert functions.states() == []
        assert functions.runner.in_flight == 0
        assert (await functions.invoke(functions.spec(COUNT))).payload == b"1"

    with_functions(tmp_path, case)


def test_the_initialisation_may_take_its_time_when_it_waits_for_a_debugger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(initialisation, "INIT_SECONDS", 0.01)
    monkeypatch.setattr(initialisation, "_LONG_INIT_SECONDS", 60.0)
    slow = "import time\ntime.sleep(0.3)\ndef handler(e, c): return 1"

    async def case(functions: Functions) -> None:
        spec = functions.spec(slow, timeout_seconds=60, debug_port=1)
        assert (await functions.runner.invoke_alone(spec, an_invocation())).payload == b"1"
        assert "INIT_REPORT" not in functions.log

    with_functions(tmp_path, case)
