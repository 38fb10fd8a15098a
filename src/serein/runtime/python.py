"""Python functions: forked from a server for each version, which has the runtime client and the SDK loaded."""

import asyncio
import logging
import os
from dataclasses import dataclass
from pathlib import Path

from serein.kernel.runner import FunctionSpec
from serein.runtime.languages import Equipment
from serein.runtime.python_packages import (
    BOOTSTRAP,
    Interpreter,
    Interpreters,
    build_runtime_folder,
    find_older_sdk,
    needs_older_sdk,
)
from serein.runtime.surroundings import StartRefused
from serein.runtime.variables import Place, lambda_variables
from serein.runtime.wrappers import find_wrapper
from serein.runtime.zygote import ForkServer, Launch, Process

log = logging.getLogger("serein.runtime")


@dataclass(frozen=True, slots=True)
class _Python:
    """One version: its fork server, and the folder that stands for /var/runtime."""

    interpreter: Interpreter
    server: ForkServer
    folder: Path


class PythonProcesses:
    """Starts Python functions."""

    presumed_mb = 20

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._interpreters = Interpreters(equipment.machine)
        self._of_minor: dict[int, _Python] = {}
        self._of_runtime: dict[str, _Python] = {}
        self._lock = asyncio.Lock()

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have an interpreter for it. Raises StartRefused when only another version is there and must not be used."""
        await self._python(spec.runtime)

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Fork the function's process. Raises LaunchFailed and StartRefused."""
        python = await self._python(spec.runtime)
        sandbox, hosts = self._equipment.sandbox, self._equipment.hosts
        variables = lambda_variables(spec, place)
        folder = sandbox.shown_runtime(python.folder)
        variables["LAMBDA_RUNTIME_DIR"] = str(folder)
        variables["_LAMBDA_TELEMETRY_LOG_FD"] = "3"
        hosts.add_to(variables)
        path = [str(spec.code)]
        path += [entry for entry in variables.get("PYTHONPATH", "").split(":") if entry]
        for layer in reversed(spec.layers):
            path += [f"{layer}/python/lib/python{python.interpreter.version}/site-packages", f"{layer}/python"]
        variables.setdefault("PYTHONPATH", ":".join([*path[1:], str(folder)]))
        argv = None
        if wrapper := find_wrapper(spec):
            program = f"{variables['LAMBDA_RUNTIME_DIR']}/{BOOTSTRAP.name}"
            argv = (wrapper, os.path.realpath(python.interpreter.executable), "-S", program)
        launch = Launch(
            env=variables,
            cwd=str(spec.code),
            scratch=place.scratch,
            argv=argv,
            path=tuple(path),
            pycache=str(self._equipment.folder / "pycache"),
            mounts=hosts.mounts,
            keeps_scratch=True,
        )
        return await python.server.start(sandbox.confine(launch, spec))

    async def interpreter(self, runtime: str) -> Interpreter:
        """What runs a runtime. Raises StartRefused."""
        return (await self._python(runtime)).interpreter

    async def server(self, runtime: str) -> ForkServer:
        return (await self._python(runtime)).server

    def mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        return self._equipment.hosts.mounts

    async def warm(self, runtime: str) -> None:
        await (await self._python(runtime)).server.warm()

    async def close(self) -> None:
        for python in self._of_minor.values():
            await python.server.close()

    async def _python(self, runtime: str) -> _Python:
        """What runs a runtime: its own version, else the nearest that the machine has. Raises StartRefused."""
        if (known := self._of_runtime.get(runtime)) is not None:
            return known
        async with self._lock:
            if runtime not in self._of_runtime:
                self._of_runtime[runtime] = await self._found(runtime)
        return self._of_runtime[runtime]

    async def _found(self, runtime: str) -> _Python:
        wanted = int(runtime.removeprefix("python3."))
        interpreter = await self._interpreters.find(wanted)
        if interpreter is None or (interpreter.minor != wanted and self._equipment.machine.is_strict):
            raise StartRefused(
                "Runtime.InvalidEntrypoint",
                f"Python 3.{wanted} is needed to run this function, and is not on PATH nor where version managers "
                "keep it. Install it, or let functions run on the nearest version (SEREIN_STRICT_RUNTIMES=off).",
            )
        if interpreter.minor != wanted:
            log.warning(
                "functions with the runtime %s run on Python %s: that is the nearest version on this machine",
                runtime,
                interpreter.version,
            )
        if interpreter.minor not in self._of_minor:
            self._of_minor[interpreter.minor] = await self._opened(interpreter)
        return self._of_minor[interpreter.minor]

    async def _opened(self, interpreter: Interpreter) -> _Python:
        folder = self._equipment.folder / f"python{interpreter.version}"
        if needs_older_sdk(interpreter):
            sdk = await find_older_sdk(interpreter, self._equipment.machine)
            build_runtime_folder(folder, sdk, has_sdk=sdk is not None)
        else:
            build_runtime_folder(folder, None)
        server = ForkServer(
            interpreter.executable,
            folder,
            self._equipment.sandbox.plan,
            loads_sdk=self._equipment.machine.is_sdk_loaded_ahead,
        )
        return _Python(interpreter, server, folder)
