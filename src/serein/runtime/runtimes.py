"""From a function's runtime name to a running process."""

import asyncio
import logging
import os
import re
import shutil
from pathlib import Path

from serein.kernel.errors import NotImplementedHere
from serein.kernel.runner import FunctionSpec
from serein.runtime.aws_hosts import HostNames
from serein.runtime.extension_programs import extension_variables, find_extensions
from serein.runtime.node import NodeProcesses
from serein.runtime.node_sdk import NodeSdk
from serein.runtime.python_packages import (
    BOOTSTRAP,
    Interpreter,
    build_runtime_folder,
    find_interpreter,
    own_interpreter,
)
from serein.runtime.sandbox import Sandbox
from serein.runtime.surroundings import StartRefused
from serein.runtime.variables import Place, lambda_variables
from serein.runtime.wrappers import find_wrapper
from serein.runtime.zygote import ForkServer, Launch, Process

log = logging.getLogger("serein.runtime")
_NAME = re.compile(r"(?:python3\.(?P<python>\d+)|nodejs(?P<node>\d+)\.x|(?P<provided>provided(?:\.al2|\.al2023)?))\Z")
_PRESUMED_MB = {"python": 20, "node": 45, "provided": 10}


class RuntimeUnavailable(NotImplementedHere):
    """The function's runtime cannot run here; the message says what would make it run."""


def require_family(runtime: str) -> str:
    """`python`, `node` or `provided`. Raises RuntimeUnavailable."""
    found = _NAME.match(runtime)
    if found is None or found.lastgroup is None:
        raise RuntimeUnavailable(
            f"Serein cannot run the runtime {runtime or '(none)'}: it runs python3.x, nodejs*.x and provided.*. "
            "A function in another language runs as provided.al2023 with its own `bootstrap` program."
        )
    return found.lastgroup


class Runtimes:
    """Starts functions' processes; owns the fork servers."""

    def __init__(self, folder: Path, sandbox: Sandbox, node_sdk: Path, hosts: HostNames) -> None:
        """`folder` is for rebuildable files, `node_sdk` for an SDK that servers may share."""
        self._folder = folder
        self._sandbox = sandbox
        self._hosts = hosts
        self._programs = ForkServer(own_interpreter().executable, None, sandbox.plan)
        self._node = NodeProcesses(self._programs, sandbox, NodeSdk(node_sdk), folder, hosts)
        self._pythons: dict[str, tuple[ForkServer, Path]] = {}
        self._python_of: dict[str, str] = {}

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have what the function needs installed. Raises StartRefused, and LaunchFailed without a required sandbox."""
        await self._sandbox.prepare()
        await self._hosts.prepare()
        if require_family(spec.runtime) == "node":
            await self._node.prepare(spec)

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Start the function's runtime. Raises RuntimeUnavailable, LaunchFailed and StartRefused."""
        family = require_family(spec.runtime)
        self._sandbox.make_folders(place.scratch)
        if family == "python":
            return await self._start_python(spec, place)
        if family == "node":
            return await self._node.start(spec, place)
        return await self._start_provided(spec, place)

    def extensions(self, spec: FunctionSpec) -> dict[str, str]:
        """The programs of the function's external extensions, by name."""
        return find_extensions(spec.layers)

    async def start_extension(self, spec: FunctionSpec, place: Place, path: str) -> Process:
        """Start an extension beside the function's runtime. Raises LaunchFailed and PermissionError."""
        if not os.access(path, os.X_OK):
            raise PermissionError(path)
        self._sandbox.make_folders(place.scratch)
        family = require_family(spec.runtime)
        variables = extension_variables(spec, place)
        self._hosts.add_to(variables)
        launch = Launch(
            env=variables,
            cwd="/",
            scratch=place.scratch,
            argv=(path,),
            keeps_scratch=True,
            # Why the runtime's: the first process of a sandbox decides what is visible there.
            mounts=self._node.mounts(spec) if family == "node" else self._hosts.mounts,
        )
        # Why the runtime's own server: processes of one server can share a sandbox, and with it /tmp.
        server = (await self._python(spec.runtime))[0] if family == "python" else self._programs
        return await server.start(self._sandbox.confine(launch, spec))

    def discard(self, scratch: Path) -> None:
        """Remove the private folder of an environment whose processes have all ended."""
        asyncio.get_running_loop().run_in_executor(None, lambda: shutil.rmtree(scratch, ignore_errors=True))

    async def warm(self, runtime: str) -> None:
        """Have what functions of this runtime need running, so that the first start is not slower than the rest."""
        family = require_family(runtime)
        await self._sandbox.prepare()
        await self._hosts.prepare()
        server = (await self._python(runtime))[0] if family == "python" else self._programs
        await server.warm()
        if family == "node":
            await self._node.warm()

    def presumed_mb(self, runtime: str) -> int:
        return _PRESUMED_MB[require_family(runtime)]

    def runtime_version(self, runtime: str) -> str:
        """`python:3.12` as INIT_START says it; Serein's runtimes have no version of AWS's."""
        return re.sub(r"^([a-z]+)\.?", r"\1:", runtime).removesuffix(".x") + ".serein"

    async def close(self) -> None:
        await self._node.close()
        for server, _ in self._pythons.values():
            await server.close()
        await self._programs.close()
        self._sandbox.close()

    async def _start_python(self, spec: FunctionSpec, place: Place) -> Process:
        server, folder = await self._python(spec.runtime)
        version = self._python_of[spec.runtime]
        variables = lambda_variables(spec, place)
        folder = self._sandbox.shown_runtime(folder)
        variables["LAMBDA_RUNTIME_DIR"] = str(folder)
        variables["_LAMBDA_TELEMETRY_LOG_FD"] = "3"
        self._hosts.add_to(variables)
        path = [str(spec.code)]
        path += [entry for entry in variables.get("PYTHONPATH", "").split(":") if entry]
        for layer in reversed(spec.layers):
            path += [f"{layer}/python/lib/python{version}/site-packages", f"{layer}/python"]
        variables.setdefault("PYTHONPATH", ":".join([*path[1:], str(folder)]))
        if wrapper := find_wrapper(spec):
            return await self._start_wrapped(server, wrapper, variables, spec, place)
        launch = Launch(
            env=variables,
            cwd=str(spec.code),
            scratch=place.scratch,
            path=tuple(path),
            pycache=str(self._folder / "pycache"),
            mounts=self._hosts.mounts,
            keeps_scratch=True,
        )
        return await server.start(self._sandbox.confine(launch, spec))

    async def _start_wrapped(
        self, server: ForkServer, wrapper: str, variables: dict[str, str], spec: FunctionSpec, place: Place
    ) -> Process:
        """Python by way of a wrapper script, which is given the command that it is to run."""
        program = f"{variables['LAMBDA_RUNTIME_DIR']}/{BOOTSTRAP.name}"
        launch = Launch(
            env=variables,
            cwd=str(spec.code),
            scratch=place.scratch,
            argv=(wrapper, os.path.realpath(server.interpreter), "-S", program),
            keeps_scratch=True,
        )
        return await server.start(self._sandbox.confine(launch, spec))

    async def _python(self, runtime: str) -> tuple[ForkServer, Path]:
        """The fork server for a Python runtime: its own version's, else that of the interpreter running Serein."""
        if runtime not in self._python_of:
            interpreter = await self._interpreter(runtime)
            if interpreter.version not in self._pythons:
                folder = self._folder / f"python{interpreter.version}"
                build_runtime_folder(folder, interpreter)
                self._pythons[interpreter.version] = (
                    ForkServer(interpreter.executable, folder, self._sandbox.plan),
                    folder,
                )
            self._python_of[runtime] = interpreter.version
        return self._pythons[self._python_of[runtime]]

    async def _interpreter(self, runtime: str) -> Interpreter:
        own = own_interpreter()
        version = runtime.removeprefix("python")
        if version == own.version:
            return own
        found = await find_interpreter(version)
        if found is not None:
            return found
        log.warning(
            "functions with the runtime %s run on Python %s: no python%s with the package awslambdaric is on PATH",
            runtime,
            own.version,
            version,
        )
        return own

    async def _start_provided(self, spec: FunctionSpec, place: Place) -> Process:
        tried = [spec.code / "bootstrap", *(layer / "bootstrap" for layer in reversed(spec.layers))]
        program = next((path for path in tried if path.is_file() and os.access(path, os.X_OK)), None)
        if program is None:
            raise StartRefused(
                "Runtime.InvalidEntrypoint", "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]"
            )
        variables = lambda_variables(spec, place)
        self._hosts.add_to(variables)
        launch = Launch(
            env=variables,
            cwd=str(spec.code),
            scratch=place.scratch,
            argv=(str(program),),
            mounts=self._hosts.mounts,
            keeps_scratch=True,
        )
        return await self._programs.start(self._sandbox.confine(launch, spec))
