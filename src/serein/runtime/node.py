"""Processes of the Node.js runtime, one of them started in advance.

Node takes some 40 ms to start, so once a function has used it one spare process waits for an order on its stdin.
A function whose variables matter to the start itself (NODE_OPTIONS, say) gets a process of its own.
"""

import asyncio
import logging
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import msgspec

from serein.kernel.ids import random_hex
from serein.kernel.runner import FunctionSpec
from serein.runtime.aws_hosts import HostNames
from serein.runtime.node_sdk import NodeSdk
from serein.runtime.sandbox import Sandbox
from serein.runtime.sandbox_plan import mounts_for_program
from serein.runtime.surroundings import StartRefused
from serein.runtime.variables import Place, lambda_variables
from serein.runtime.wrappers import find_wrapper
from serein.runtime.zygote import VIEWED_RUNTIME, ForkServer, Launch, LaunchFailed, Process

log = logging.getLogger("serein.runtime")
_BOOTSTRAP = Path(__file__).parent / "guest" / "bootstrap.mjs"
_OLDEST_MAJOR = 18
_AT_START_ONLY = frozenset(
    {"NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_ICU_DATA", "UV_THREADPOOL_SIZE", "SSL_CERT_FILE"}
)
_SPARE_VARIABLES = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC"}


class NodeProcesses:
    """Starts Node functions."""

    def __init__(self, programs: ForkServer, sandbox: Sandbox, sdk: NodeSdk, folder: Path, hosts: HostNames) -> None:
        self._programs = programs
        self._sandbox = sandbox
        self._sdk = sdk
        self._hosts = hosts
        self._scratch = folder / "scratch"
        self._executable = ""
        self._spare: tuple[Process, Launch] | None = None
        self._refill: asyncio.Task[None] | None = None
        self._is_closed = False

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have the SDK installed if the function counts on it. Raises StartRefused."""
        if not self._executable:
            self._executable = await asyncio.to_thread(_require_node)
        await self._sdk.ensure_for(spec.runtime, spec.code, spec.layers)

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """A process that runs the function; `prepare` must have been called. Raises LaunchFailed."""
        is_plain = not any(name in _AT_START_ONLY for name, _ in spec.environment)
        wrapper = find_wrapper(spec)
        # Why with extensions: a spare process has a private folder of its own, which they would not share.
        if wrapper or place.has_extensions:
            return await self._start_alone(wrapper, spec, place)
        spare = self._take_spare() if is_plain else None
        if spare is not None:
            process, launch = spare
            place = replace(place, scratch=launch.scratch)
            variables = self._variables(spec, place)
        else:
            variables = self._variables(spec, place)
            process, launch = await self._launch(variables if not is_plain else _SPARE_VARIABLES, place.scratch)
        self._sandbox.make_folders(place.scratch)
        launch = replace(launch, mounts=(*self._sdk_mounts(spec), *launch.mounts))
        if (furniture := self._sandbox.furniture(launch, spec)) is not None:
            await process.furnish(*furniture)
        variables = self._sandbox.shown(variables, launch, spec)
        search = [entry for entry in variables["NODE_PATH"].split(":") if entry]
        order = msgspec.json.encode({"env": variables, "cwd": variables["LAMBDA_TASK_ROOT"], "searchPath": search})
        _write_order(process, order)
        if self._refill is None and not self._is_closed:
            self._refill = asyncio.get_running_loop().create_task(self._keep_spare())
        return process

    async def _start_alone(self, wrapper: str, spec: FunctionSpec, place: Place) -> Process:
        """A process made for the function, by way of its wrapper script if it has one; what that changes counts."""
        launch = Launch(
            env=self._variables(spec, place),
            cwd=str(spec.code),
            scratch=place.scratch,
            argv=(*([wrapper] if wrapper else []), self._executable, str(_BOOTSTRAP)),
            takes_input=True,
            keeps_scratch=True,
            mounts=self.mounts(spec),
        )
        self._sandbox.make_folders(place.scratch)
        process = await self._programs.start(self._sandbox.confine(launch, spec))
        _write_order(process, b'{"env":null}')
        return process

    async def warm(self) -> None:
        """Have a spare process; the sandbox has been prepared."""
        if not self._executable:
            self._executable = await asyncio.to_thread(_require_node)
        await self._keep_spare()

    async def close(self) -> None:
        self._is_closed = True
        if self._refill is not None:
            self._refill.cancel()
            await asyncio.gather(self._refill, return_exceptions=True)
        if (spare := self._take_spare()) is not None:
            os.close(spare[0].output)
            spare[0].kill()

    def _take_spare(self) -> tuple[Process, Launch] | None:
        spare, self._spare = self._spare, None
        if spare is not None and spare[0].exit_status is not None:
            os.close(spare[0].output)
            return None
        return spare

    async def _keep_spare(self) -> None:
        try:
            if self._spare is None and not self._is_closed:
                scratch = self._scratch / random_hex(16)
                self._spare = await self._launch(_SPARE_VARIABLES, scratch)
        except LaunchFailed as error:
            log.warning("no spare Node process: %s", error)
        finally:
            self._refill = None

    async def _launch(self, variables: dict[str, str], scratch: Path) -> tuple[Process, Launch]:
        launch = Launch(
            env={**self._hosts.authority_variables(), **variables},
            cwd="/",
            scratch=scratch,
            argv=(self._executable, str(_BOOTSTRAP)),
            takes_input=True,
            mounts=self._hosts.mounts,
        )
        return await self._programs.start(self._sandbox.confine(launch, None)), launch

    def mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        """What must be visible for the function's runtime; `prepare` must have been called."""
        return (*self._sdk_mounts(spec), *self._hosts.mounts, *mounts_for_program(self._executable))

    def _sdk_mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        sdk = self._sdk.search_path(spec.runtime)
        return () if sdk is None else ((str(sdk), f"{VIEWED_RUNTIME}/node_modules"),)

    def _variables(self, spec: FunctionSpec, place: Place) -> dict[str, str]:
        variables = lambda_variables(spec, place)
        self._hosts.add_to(variables)
        major = spec.runtime.removeprefix("nodejs").removesuffix(".x")
        folders = []
        for layer in reversed(spec.layers):
            folders += [f"{layer}/nodejs/node{major}/node_modules", f"{layer}/nodejs/node_modules"]
        if (sdk := self._sdk.search_path(spec.runtime)) is not None:
            folders.append(str(sdk))
        own = variables.get("NODE_PATH", "")
        variables["NODE_PATH"] = ":".join([*([own] if own else []), *folders])
        return variables


def _write_order(process: Process, order: bytes) -> None:
    """Give a waiting process its order. A process that has died meanwhile shows by its exit."""
    stdin, process.stdin = process.stdin, None
    if stdin is None:
        return
    try:
        view = memoryview(order)
        while view:
            view = view[os.write(stdin, view) :]
    except BrokenPipeError:
        log.debug("a Node process ended before it had its order")
    finally:
        os.close(stdin)


def _require_node() -> str:
    """Node's executable. Raises StartRefused when there is none that is new enough."""
    executable = shutil.which("node")
    if executable is not None:
        shown = subprocess.run([executable, "--version"], capture_output=True, text=True, check=False, timeout=15)
        found = re.match(r"v(\d+)\.", shown.stdout)
        if found is not None and int(found[1]) >= _OLDEST_MAJOR:
            return executable
    raise StartRefused(
        "Runtime.InvalidEntrypoint",
        f"Node.js {_OLDEST_MAJOR} or newer is needed to run this function; install it on PATH",
    )
