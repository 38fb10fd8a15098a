"""Processes of the Node.js runtime, some of them started in advance.

Node takes some 40 ms to start, so once a function has used it spare processes wait for an order on their stdin.
A function whose variables matter to the start itself (NODE_OPTIONS, say) gets a process of its own.
"""

import asyncio
import logging
import os
from collections.abc import Awaitable
from dataclasses import replace
from pathlib import Path

import msgspec

from serein.kernel.ids import random_hex
from serein.kernel.runner import FunctionSpec
from serein.runtime.installations import find_nodes, nearest
from serein.runtime.languages import Equipment
from serein.runtime.node_sdk import NodeSdk
from serein.runtime.sandbox_plan import mounts_for_program
from serein.runtime.spares import Spare, Spares
from serein.runtime.surroundings import StartRefused
from serein.runtime.variables import Place, lambda_variables
from serein.runtime.wrappers import find_wrapper
from serein.runtime.zygote import VIEWED_RUNTIME, ForkServer, Launch, Process

log = logging.getLogger("serein.runtime")
_BOOTSTRAP = Path(__file__).parent / "guest" / "bootstrap.cjs"
_OLDEST_MAJOR = 18
_AT_START_ONLY = frozenset(
    {"NODE_OPTIONS", "NODE_EXTRA_CA_CERTS", "NODE_ICU_DATA", "UV_THREADPOOL_SIZE", "SSL_CERT_FILE"}
)
_LATER_TOO = ("NODE_OPTIONS", "--enable-source-maps")
"""A variable that a process can heed that was started without it."""
_SPARE_VARIABLES = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "en_US.UTF-8", "TZ": ":UTC"}


class NodeProcesses:
    """Starts Node functions."""

    presumed_mb = 45

    def __init__(self, equipment: Equipment) -> None:
        self._equipment = equipment
        self._programs = equipment.programs
        self._sandbox = equipment.sandbox
        self._sdk = NodeSdk(equipment.machine)
        self._hosts = equipment.hosts
        self._scratch = equipment.folder / "scratch"
        self._found: dict[int, str] | None = None
        self._executables: dict[str, str] = {}
        """By runtime."""
        self._spares: dict[str, Spares] = {}
        """By executable."""

    async def prepare(self, spec: FunctionSpec) -> None:
        """Have the SDK installed if the function counts on it. Raises StartRefused."""
        await self._require_executable(spec.runtime)
        await self._sdk.ensure_for(spec.runtime, spec.code, spec.layers)

    async def start(self, spec: FunctionSpec, place: Place) -> Process:
        """A process that runs the function; `prepare` must have been called. Raises LaunchFailed."""
        executable = await self._require_executable(spec.runtime)
        is_plain = not any(pair[0] in _AT_START_ONLY and pair != _LATER_TOO for pair in spec.environment)
        wrapper = find_wrapper(spec)
        # Why with extensions: a spare process has a private folder of its own, which they would not share.
        if wrapper or place.has_extensions:
            return await self._start_alone(wrapper, spec, place)
        spares = self._spares_of(executable)
        spare = spares.take() if is_plain else None
        if spare is not None:
            process, launch = spare
            place = replace(place, scratch=launch.scratch)
            variables = self._variables(spec, place)
        else:
            variables = self._variables(spec, place)
            chosen = _SPARE_VARIABLES if is_plain else variables
            process, launch = await self._launch(executable, chosen, place.scratch)
        self._sandbox.make_folders(place.scratch)
        launch = replace(launch, mounts=(*self._sdk_mounts(spec), *launch.mounts))
        if (furniture := self._sandbox.furniture(launch, spec)) is not None:
            await process.furnish(*furniture)
        variables = self._sandbox.shown(variables, launch, spec)
        search = [entry for entry in variables["NODE_PATH"].split(":") if entry]
        order = msgspec.json.encode({"env": variables, "cwd": variables["LAMBDA_TASK_ROOT"], "searchPath": search})
        _write_order(process, order)
        spares.replenish()
        return process

    async def _start_alone(self, wrapper: str, spec: FunctionSpec, place: Place) -> Process:
        """A process made for the function, by way of its wrapper script if it has one; what that changes counts."""
        launch = Launch(
            env=self._variables(spec, place),
            cwd=str(spec.code),
            scratch=place.scratch,
            argv=(*([wrapper] if wrapper else []), self._executables[spec.runtime], str(_BOOTSTRAP)),
            takes_input=True,
            keeps_scratch=True,
            mounts=self.mounts(spec),
        )
        self._sandbox.make_folders(place.scratch)
        process = await self._programs.start(self._sandbox.confine(launch, spec))
        _write_order(process, b'{"env":null}')
        return process

    async def server(self, runtime: str) -> ForkServer:
        return self._programs

    async def warm(self, runtime: str) -> None:
        """Have a spare process. Raises StartRefused."""
        executable = await self._require_executable(runtime)
        await self._programs.warm()
        await self._spares_of(executable).fill()

    async def close(self) -> None:
        for spares in self._spares.values():
            await spares.close()

    async def _require_executable(self, runtime: str) -> str:
        """Node for a runtime: its own version, else the nearest that the machine has. Raises StartRefused."""
        if (known := self._executables.get(runtime)) is not None:
            return known
        if not self._found:
            self._found = await asyncio.to_thread(find_nodes, self._equipment.machine)
        wanted = int(runtime.removeprefix("nodejs").partition(".")[0])
        major = nearest(wanted, (each for each in self._found if each >= _OLDEST_MAJOR))
        if major is None or (major != wanted and self._equipment.machine.is_strict):
            raise StartRefused("Runtime.InvalidEntrypoint", _missing(wanted, self._equipment.machine.is_strict))
        if major != wanted and runtime not in self._executables:
            log.warning(
                "functions with the runtime %s run on Node.js %s: that is the nearest version on this machine",
                runtime,
                major,
            )
        self._executables[runtime] = self._found[major]
        return self._executables[runtime]

    def _spares_of(self, executable: str) -> Spares:
        spares = self._spares.get(executable)
        if spares is None:

            def launch() -> Awaitable[Spare]:
                return self._launch(executable, _SPARE_VARIABLES, self._scratch / random_hex(16))

            spares = self._spares[executable] = Spares(launch)
        return spares

    async def _launch(self, executable: str, variables: dict[str, str], scratch: Path) -> tuple[Process, Launch]:
        launch = Launch(
            env={**self._hosts.authority_variables(), **variables},
            cwd="/",
            scratch=scratch,
            argv=(executable, str(_BOOTSTRAP)),
            takes_input=True,
            mounts=self._hosts.mounts,
        )
        return await self._programs.start(self._sandbox.confine(launch, None)), launch

    def mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        """What must be visible for the function's runtime; `prepare` must have been called."""
        return (*self._sdk_mounts(spec), *self._hosts.mounts, *mounts_for_program(self._executables[spec.runtime]))

    def _sdk_mounts(self, spec: FunctionSpec) -> tuple[tuple[str, str], ...]:
        """Why only the first is at the place that AWS has it at: the others are separate installations."""
        found = self._sdk.search_path(spec.runtime, spec.code, spec.layers)
        seen = [VIEWED_RUNTIME, *(f"{VIEWED_RUNTIME}/{folder.parent.name}" for folder in found[1:])]
        return tuple((str(folder), f"{place}/node_modules") for folder, place in zip(found, seen, strict=False))

    def _variables(self, spec: FunctionSpec, place: Place) -> dict[str, str]:
        variables = lambda_variables(spec, place)
        self._hosts.add_to(variables)
        major = spec.runtime.removeprefix("nodejs").removesuffix(".x")
        folders = []
        for layer in reversed(spec.layers):
            folders += [f"{layer}/nodejs/node{major}/node_modules", f"{layer}/nodejs/node_modules"]
        folders += map(str, self._sdk.search_path(spec.runtime, spec.code, spec.layers))
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


def _missing(wanted: int, is_strict: bool) -> str:
    if not is_strict:
        return f"Node.js {_OLDEST_MAJOR} or newer is needed to run this function; install it on PATH"
    return (
        f"Node.js {wanted} is needed to run this function, and is not on PATH nor where version managers keep it. "
        "Install it, or let functions run on the nearest version (SEREIN_STRICT_RUNTIMES=off)."
    )
