"""Lambda's shutdown phase: a runtime and extensions that are given a moment to end.

AWS: without extensions there is no such moment, the runtime is killed. Internal extensions have 500 ms, external ones
2 s, and 30 % of that is the runtime's. What still runs then is killed.
https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html
"""

import asyncio

from serein.kernel.clock import monotonic, wall_seconds
from serein.runtime import freezer
from serein.runtime.extensions import Extensions
from serein.runtime.processes import Guest, Processes
from serein.runtime.telemetry import Telemetry

INTERNAL_SECONDS = 0.5
EXTERNAL_SECONDS = 2.0
_RUNTIME_SHARE = 0.3
SPINDOWN, TIMEOUT, FAILURE = "spindown", "timeout", "failure"


async def shut_down(processes: Processes, extensions: Extensions, telemetry: Telemetry | None, reason: str) -> None:
    """Run the phase; processes that are left after it are to be killed."""
    began = monotonic()
    seconds = EXTERNAL_SECONDS if extensions.has_external else INTERNAL_SECONDS
    if processes.is_frozen:
        processes.thaw()
    if telemetry is not None:
        telemetry.resume()
    runtime = processes.runtime
    if runtime is not None and runtime.is_alive and runtime.process.pid is not None:
        freezer.terminate(runtime.process.pid)
        await _wait([runtime], seconds * (_RUNTIME_SHARE if extensions.has_external else 1.0))
        if runtime.is_alive:
            runtime.process.kill()
    if not extensions.has_external:
        return
    left = max(seconds - (monotonic() - began), 0.0)
    if telemetry is not None:
        telemetry.flush()
    told = extensions.shut_down(reason, int((wall_seconds() + left) * 1000))
    for name, guest in processes.extensions.items():
        if name not in told:
            guest.process.kill()
    await _wait([guest for name, guest in processes.extensions.items() if name in told], left)


async def _wait(guests: list[Guest], seconds: float) -> None:
    waiting = [guest.ended for guest in guests if not guest.ended.done()]
    if waiting:
        await asyncio.wait(waiting, timeout=seconds)
