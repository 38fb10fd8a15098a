"""Functions for the runner's tests: code written to a folder, and a runner around it."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import uvloop

from serein.kernel.clock import SystemClock, monotonic
from serein.kernel.runner import FunctionSpec, Invocation, LogLine, Outcome
from serein.kernel.scope import Scope
from serein.runtime.local import LocalRunner
from serein.runtime.machine import Machine

SCOPE = Scope("123456789012", "eu-west-1")
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:example"


class Functions:
    """A runner, what its functions logged, and a folder for their code."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.lines: list[LogLine] = []
        self.streams: list[str] = []
        options.setdefault("memory_mb", 4096)
        # Why: loading the SDK takes longer than most tests, and few of them use it.
        options.setdefault("machine", Machine(folder / "data" / "cache", is_sdk_loaded_ahead=False))
        self.runner = LocalRunner(folder / "data", log_sink=self._log, clock=SystemClock(), **options)
        self._count = 0

    def _log(self, spec: FunctionSpec, stream: str, lines: list[LogLine]) -> None:
        self.lines += lines
        self.streams.append(stream)

    @property
    def log(self) -> str:
        return "".join(line.text for line in self.lines)

    def states(self) -> list[str]:
        """The states of the environments."""
        return [environment["state"] for environment in self.runner.describe()["environments"]]

    def spec(self, code: str | dict[str, str], handler: str = "app.handler", **members: Any) -> FunctionSpec:
        """A function whose package has these files (`app.py` for a single text)."""
        self._count += 1
        package = self.folder / f"code{self._count}"
        for name, text in ({"app.py": code} if isinstance(code, str) else code).items():
            file = package / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            if name == "bootstrap":
                file.chmod(0o755)
        given: dict[str, Any] = {
            "arn": ARN,
            "name": "example",
            "version": "$LATEST",
            "scope": SCOPE,
            "runtime": "python3.11",
            "handler": handler,
            "code": package,
            "layers": (),
            "memory_mb": 256,
            "timeout_seconds": 10,
            "ephemeral_storage_mb": 512,
            "environment": (("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "secret")),
            "log_group": "/aws/lambda/example",
            "revision": str(self._count),
        }
        return FunctionSpec(**{**given, **members})

    async def invoke(self, spec: FunctionSpec, event: bytes = b"{}", **members: Any) -> Outcome:
        given: dict[str, Any] = {"request_id": "11111111-2222-3333-4444-555555555555", **members}
        return await asyncio.wait_for(self.runner.invoke(spec, Invocation(event=event, **given)), 60)

    async def until(self, condition: Callable[[], bool], seconds: float = 40.0) -> None:
        """Return once the condition holds; fail when it does not in time."""
        deadline = monotonic() + seconds
        never = asyncio.get_running_loop().create_future()
        while not condition():
            assert monotonic() < deadline, "the condition did not come true"
            await asyncio.wait({never}, timeout=0.002)


def with_functions(folder: Path, case: Callable[[Functions], Awaitable[Any]], **options: Any) -> None:
    """Run a test's body around a runner; nothing may be left of it afterwards."""

    async def body() -> None:
        functions = Functions(folder, **options)
        try:
            await case(functions)
        finally:
            await functions.runner.close()

    uvloop.run(body())
    assert processes_mentioning(folder) == []
    assert zombies() == []


def processes_mentioning(folder: Path) -> list[str]:
    """The command lines of living processes that name the folder, by argument, variable or working folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            state = (entry / "stat").read_text().rpartition(")")[2].split()[0]
            command = (entry / "cmdline").read_bytes()
            told = command + (entry / "environ").read_bytes() + bytes((entry / "cwd").readlink())
        except OSError:
            continue
        if state != "Z" and str(folder).encode() in told:
            found.append(command.decode())
    return found


def zombies() -> list[int]:
    """Ended children of this process that nobody has waited for."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if words[0] == "Z" and int(words[1]) == os.getpid():
                found.append(int(entry.name))
    return found
