"""Measures the runner alone: warm and cold invocations, many at once, and the memory of idle environments.

Run as `python bench/runner.py`; figures are medians, on the machine as it is.
"""

import asyncio
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import uvloop

from serein.kernel.clock import SystemClock, monotonic
from serein.kernel.runner import FunctionSpec, Invocation
from serein.kernel.scope import Scope
from serein.runtime.local import LocalRunner

FILES = {
    "app.py": "def handler(event, context): return event",
    "sdk.py": "import boto3\ntable = boto3.resource('dynamodb').Table('t')\ndef handler(event, context): return event",
    "slow.py": "import time\ndef handler(event, context): time.sleep(0.005)",
    "index.js": "exports.handler = async (event) => event;",
}
WARM, CONCURRENT, CALLERS, COLD = 2_000, 6_000, 16, 15
CROWD, PLACES, CALLS_EACH = 64, 4, 20


def spec(code: Path, runtime: str, handler: str, revision: str = "1") -> FunctionSpec:
    return FunctionSpec(
        arn=f"arn:aws:lambda:us-east-1:000000000000:function:{handler}",
        name="bench",
        version="$LATEST",
        scope=Scope("000000000000", "us-east-1"),
        runtime=runtime,
        handler=handler,
        code=code,
        layers=(),
        memory_mb=256,
        timeout_seconds=10,
        ephemeral_storage_mb=512,
        environment=(("AWS_ACCESS_KEY_ID", "x"), ("AWS_SECRET_ACCESS_KEY", "x")),
        log_group="/aws/lambda/bench",
        revision=revision,
    )


async def measure(folder: Path) -> dict[str, Any]:
    for name, text in FILES.items():
        (folder / name).write_text(text)
    runner = LocalRunner(folder / "data", 4096, lambda *_: None, SystemClock())
    own_python = f"python3.{sys.version_info[1]}"
    event = Invocation("11111111-2222-3333-4444-555555555555", b'{"key":"value"}')

    async def milliseconds(function: FunctionSpec) -> float:
        since = monotonic()
        outcome = await runner.invoke(function, event)
        assert not outcome.function_error, outcome
        return (monotonic() - since) * 1000

    async def cold(runtime: str, handler: str) -> float:
        taken = []
        for revision in range(COLD + 1):
            function = spec(folder, runtime, handler, str(revision))
            taken.append(await milliseconds(function))
            runner.retire(function.arn, "none")
            await asyncio.sleep(0.1)
        return round(statistics.median(taken[1:]), 2)

    async def warm(runtime: str, handler: str) -> tuple[float, float]:
        function = spec(folder, runtime, handler, "warm")
        await milliseconds(function)
        one_at_a_time = statistics.median([await milliseconds(function) for _ in range(WARM)])

        async def caller() -> None:
            for _ in range(CONCURRENT // CALLERS):
                await runner.invoke(function, event)

        since = monotonic()
        await asyncio.gather(*(caller() for _ in range(CALLERS)))
        return round(one_at_a_time, 3), round(CONCURRENT / (monotonic() - since))

    figures: dict[str, Any] = {}
    since = monotonic()
    await runner.warm(own_python)
    figures["python: fork server ready, ms"] = round((monotonic() - since) * 1000)
    for name, runtime, handler in (("python", own_python, "app.handler"), ("node", "nodejs20.x", "index.handler")):
        figures[f"{name}: cold, ms"] = await cold(runtime, handler)
        one, many = await warm(runtime, handler)
        figures[f"{name}: warm, one at a time, ms"] = one
        figures[f"{name}: warm, {CALLERS} at once, per second"] = many
    figures["python with an SDK client: cold, ms"] = await cold(own_python, "sdk.handler")
    await milliseconds(spec(folder, own_python, "sdk.handler", "idle"))
    await asyncio.sleep(0.5)
    for environment in runner.describe()["environments"]:
        key = f"{environment['function'].rpartition(':')[2]}: own memory of an idle environment, MB"
        figures[key] = environment["memory_mb"]
    await runner.close()
    return figures


async def measure_crowd(folder: Path) -> dict[str, Any]:
    """64 callers of one function of 5 ms where only four environments may be."""
    runner = LocalRunner(folder / "crowd", 4096, lambda *_: None, SystemClock(), maximum_environments=PLACES)
    function = spec(folder, f"python3.{sys.version_info[1]}", "slow.handler")
    event = Invocation("11111111-2222-3333-4444-555555555555", b"{}")
    await runner.invoke(function, event)
    waits: list[float] = []

    async def caller() -> None:
        for _ in range(CALLS_EACH):
            since = monotonic()
            await runner.invoke(function, event)
            waits.append((monotonic() - since) * 1000)

    since = monotonic()
    errors = [
        error for error in await asyncio.gather(*(caller() for _ in range(CROWD)), return_exceptions=True) if error
    ]
    taken = monotonic() - since
    await runner.close()
    name = f"{CROWD} callers, {PLACES} environments"
    return {
        f"{name}: per second (at most {PLACES * 200})": round(len(waits) / taken),
        f"{name}: callers with an error": len(errors),
        f"{name}: median wait, ms": round(statistics.median(waits)),
        f"{name}: longest wait, ms": round(max(waits)),
    }


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = uvloop.run(measure(Path(folder))) | uvloop.run(measure_crowd(Path(folder)))
        print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
