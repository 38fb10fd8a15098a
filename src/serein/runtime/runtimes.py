"""From a function's runtime name to a running process."""

import asyncio
import os
import re
import shutil
from pathlib import Path

from serein.kernel.errors import NotImplementedHere
from serein.kernel.runner import FunctionSpec
from serein.runtime.aws_hosts import HostNames
from serein.runtime.extension_programs import extension_variables, find_extensions
from serein.runtime.images import ImageProcesses
from serein.runtime.java import JavaProcesses
from serein.runtime.languages import Equipment, Language
from serein.runtime.machine import Machine
from serein.runtime.node import NodeProcesses
from serein.runtime.packaged_layers import PackagedLayers
from serein.runtime.programs import Programs
from serein.runtime.python import PythonProcesses
from serein.runtime.python_packages import own_interpreter
from serein.runtime.ruby import RubyProcesses
from serein.runtime.sandbox import Sandbox
from serein.runtime.variables import Place
from serein.runtime.zygote import ForkServer, Launch, Process

_NAME = re.compile(
    r"(?:python3\.(?P<python>\d+)|nodejs(?P<node>\d+)\.x|(?P<program>provided(?:\.al2|\.al2023)?|go1\.x)|"
    r"java(?P<java>\d+)(?:\.al2|\.al2023)?|ruby(?P<ruby>\d+\.\d+)|(?P<image>image))\Z"
)


class RuntimeUnavailable(NotImplementedHere):
    """The function's runtime cannot run here; the message says what would make it run."""


def require_family(runtime: str) -> str:
    """`python`, `node`, `java`, `ruby`, `program` or `image`. Raises RuntimeUnavailable."""
    found = _NAME.match(runtime)
    if found is None or found.lastgroup is None:
        raise RuntimeUnavailable(
            f"Serein cannot run the runtime {runtime or '(none)'}: it runs python3.x, nodejs*.x, java*, ruby* "
            "and provided.*. A function in another language runs as provided.al2023 with its own `bootstrap` program."
        )
    return found.lastgroup


class Runtimes:
    """Starts functions' processes; owns the fork servers."""

    def __init__(self, folder: Path, sandbox: Sandbox, machine: Machine, hosts: HostNames) -> None:
        """`folder` is for rebuildable files."""
        self._sandbox = sandbox
        self._hosts = hosts
        self._programs = ForkServer(own_interpreter().executable, None, sandbox.plan)
        equipment = Equipment(self._programs, sandbox, hosts, folder, machine)
        python = PythonProcesses(equipment)
        self.packaged = PackagedLayers(machine, python.interpreter)
        self._languages: dict[str, Language] = {
            "python": python,
            "node": NodeProcesses(equipment),
            "java": JavaProcesses(equipment),
            "ruby": RubyProcesses(equipment),
            "program": Programs(equipment),
        }
        self.images = self._languages["image"] = ImageProcesses(equipment)

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have what the function needs installed. Raises StartRefused, and LaunchFailed without a required sandbox."""
        await self._sandbox.prepare()
        await self._hosts.prepare()
        if spec.packaged_layers:
            await self.packaged.prepare(spec)
        await self._language(spec.runtime).prepare(self.packaged.merged(spec))

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """Start the function's runtime. Raises RuntimeUnavailable, LaunchFailed and StartRefused."""
        self._sandbox.make_folders(place.scratch)
        return await self._language(spec.runtime).start(self.packaged.merged(spec), place)

    def extensions(self, spec: FunctionSpec) -> dict[str, str]:
        """The programs of the function's external extensions, by name."""
        return find_extensions(spec.layers)

    async def start_extension(self, spec: FunctionSpec, place: Place, path: str) -> Process:
        """Start an extension beside the function's runtime. Raises LaunchFailed and PermissionError."""
        if not os.access(path, os.X_OK):
            raise PermissionError(path)
        self._sandbox.make_folders(place.scratch)
        spec = self.packaged.merged(spec)
        language = self._language(spec.runtime)
        variables = extension_variables(spec, place)
        self._hosts.add_to(variables)
        launch = Launch(
            env=variables,
            cwd="/",
            scratch=place.scratch,
            argv=(path,),
            keeps_scratch=True,
            mounts=language.mounts(spec),
        )
        server = await language.server(spec.runtime)
        return await server.start(self._sandbox.confine(launch, spec))

    def discard(self, scratch: Path) -> None:
        """Remove the private folder of an environment whose processes have all ended."""
        asyncio.get_running_loop().run_in_executor(None, lambda: shutil.rmtree(scratch, ignore_errors=True))

    async def warm(self, runtime: str) -> None:
        """Have what functions of this runtime need running, so that the first start is not slower than the rest."""
        await self._sandbox.prepare()
        await self._hosts.prepare()
        await self._language(runtime).warm(runtime)

    def presumed_mb(self, runtime: str) -> int:
        return self._language(runtime).presumed_mb

    def runtime_version(self, runtime: str) -> str:
        """`python:3.12` as INIT_START says it; Serein's runtimes have no version of AWS's."""
        return re.sub(r"^([a-z]+)\.?", r"\1:", runtime).removesuffix(".x") + ".serein"

    async def close(self) -> None:
        for language in self._languages.values():
            await language.close()
        await self._programs.close()
        self._sandbox.close()

    def _language(self, runtime: str) -> Language:
        return self._languages[require_family(runtime)]
