"""The container engine of this machine, by its command: Docker, Podman or nerdctl, whichever answers.

Every container carries the label of this server's data folder. A guardian, a shell that waits for the server's end,
removes them when the server is killed; what even that has left, a crash of the machine, is removed before the first
container of the next server.
"""

import asyncio
import contextlib
import hashlib
import json
import logging
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serein.runtime.cgroups import ProcessGroups, memory_group_of
from serein.runtime.container_commands import SERVER_LABEL, ImageFacts, exit_status, image_facts, is_passed_by_name
from serein.runtime.zygote import Process

log = logging.getLogger("serein.runtime")
ENGINES = ("docker", "podman", "nerdctl")
_PROBE_SECONDS = 20.0
_COMMAND_SECONDS = 60.0
_PULL_SECONDS = 1800.0
_LOOKS_SECONDS = (0.2, 0.3, 0.5, 1.0, 2.0, 4.0, 8.0)
"""How long it is waited between looking after a container that comes or goes."""
_GUARD = 'read -r _; ids=$("$@" ps --all --quiet --filter "label=$LABEL"); [ -z "$ids" ] || "$@" rm --force $ids'
"""Reads until the server's end of the pipe closes."""


@dataclass(slots=True)
class _Running:
    name: str
    process: Process
    started: asyncio.subprocess.Process
    """The engine's command, which is there as long as the container is."""
    is_ending: bool = False
    has_ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def ends_within(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.has_ended.wait(), seconds)
        return self.has_ended.is_set()


class _Group(ProcessGroups):
    """The control group that the engine has made for a container: it is read, and left to the engine."""

    was_out_of_memory = False

    def __init__(self, memory: Path) -> None:
        super().__init__([], memory)

    def take(self, pid: int) -> None:
        return

    def remove(self) -> bool:
        return self.was_out_of_memory


class EngineProblem(Exception):
    """There is no container engine, or it refuses; the message says what it says."""


class ContainerEngine:
    """Runs containers, and ends them all."""

    def __init__(self, setting: str, variables: Mapping[str, str], folder: Path) -> None:
        """`setting`: `auto`, `off`, or a command; `variables`: its environment; `folder`: this server's own."""
        self._setting = setting
        self._variables = dict(variables)
        self._label = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
        self._command: tuple[str, ...] = ()
        self._finding: asyncio.Lock = asyncio.Lock()
        self._guardian: tuple[subprocess.Popen[bytes], int] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._running: dict[int, _Running] = {}
        self._count = 0

    @property
    def label(self) -> str:
        """What the containers of this server are labelled with."""
        return self._label

    async def require(self) -> tuple[str, ...]:
        """The engine's command. Raises EngineProblem."""
        async with self._finding:
            if not self._command:
                command = await self._find()
                await _remove_labelled(command, self._variables, self._label)
                self._command = command
            return self._command

    async def find_image(self, reference: str) -> ImageFacts | None:
        """An image of this machine. Raises EngineProblem when there is no engine."""
        command = await self.require()
        code, output, _ = await _run(command, ("image", "inspect", reference), self._variables, _COMMAND_SECONDS)
        return image_facts(json.loads(output)[0]) if code == 0 else None

    async def pull(self, reference: str) -> None:
        """Fetch an image; may take minutes. Raises EngineProblem."""
        code, _, problem = await _run(await self.require(), ("pull", reference), self._variables, _PULL_SECONDS)
        if code != 0:
            raise EngineProblem(problem)

    async def start(self, name: str, arguments: list[str], variables: Mapping[str, str]) -> Process:
        """Run a container, whose output the process's is. Raises EngineProblem."""
        command = await self.require()
        self._guard(command)
        output, writer = os.pipe()
        os.set_blocking(output, False)
        self._count += 1
        process = Process(self, self._count, output, None)
        passed = {key: value for key, value in variables.items() if is_passed_by_name(key)}
        try:
            started = await asyncio.create_subprocess_exec(
                *command,
                *arguments,
                stdin=subprocess.DEVNULL,
                stdout=writer,
                stderr=writer,
                env={**self._variables, **passed},
                # Why: a session of its own, so that Ctrl-C in the platform's terminal does not reach functions.
                start_new_session=True,
            )
        except OSError as error:
            os.close(output)
            raise EngineProblem(f"{command[0]}: {error.strerror}") from error
        finally:
            os.close(writer)
        running = self._running[process.number] = _Running(name, process, started)
        self._begin(self._await_end(running))
        self._begin(self._follow(running, variables["AWS_LAMBDA_RUNTIME_API"]))
        return process

    def order(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        """What a process asks of whoever started it: to be ended."""
        running = self._running.get(message["kill"])
        if running is not None and not running.is_ending:
            running.is_ending = True
            self._begin(self._remove(running))

    async def close(self) -> None:
        """End every container; return once all are gone."""
        for number in list(self._running):
            self.order({"kill": number})
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._guardian is not None:
            guardian, pipe = self._guardian
            self._guardian = None
            os.close(pipe)
            await asyncio.to_thread(guardian.wait)

    # --- the engine

    async def _find(self) -> tuple[str, ...]:
        if self._setting == "off":
            raise EngineProblem("container engines are switched off (SEREIN_CONTAINER_ENGINE)")
        path = self._variables.get("PATH")
        wanted = [(name,) for name in ENGINES] if self._setting == "auto" else [tuple(shlex.split(self._setting))]
        problems = []
        for command in wanted:
            if shutil.which(command[0], path=path) is None:
                problems.append(f"{command[0]} is not installed")
                continue
            code, _, problem = await _run(command, ("info",), self._variables, _PROBE_SECONDS)
            if code == 0:
                return command
            problems.append(f"{command[0]}: {problem}")
        raise EngineProblem("; ".join(problems))

    def _guard(self, command: tuple[str, ...]) -> None:
        """Have the guardian, before the first container."""
        if self._guardian is not None and self._guardian[0].poll() is None:
            return
        if self._guardian is not None:
            os.close(self._guardian[1])
        reader, writer = os.pipe()
        try:
            guardian = subprocess.Popen(
                ["/bin/sh", "-c", _GUARD, "guardian", *command],
                stdin=reader,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**self._variables, "LABEL": f"{SERVER_LABEL}={self._label}"},
                cwd="/",
                start_new_session=True,
            )
        finally:
            os.close(reader)
        self._guardian = guardian, writer

    # --- containers

    async def _await_end(self, running: _Running) -> None:
        status = exit_status(await running.started.wait())
        process = running.process
        del self._running[process.number]
        running.has_ended.set()
        # Why guessed: the container is gone, and its state with it; hardly anything else sends this signal.
        process.was_out_of_memory = status == -signal.SIGKILL and not running.is_ending
        if isinstance(process.groups, _Group):
            process.groups.was_out_of_memory = process.was_out_of_memory
        process.ended(-signal.SIGKILL if running.is_ending else status)

    async def _follow(self, running: _Running, api: str) -> None:
        """Learn the container's process, for its memory and to freeze it.

        An engine in a virtual machine tells a number that is another process's here, or nobody's.
        """
        wanted = ("inspect", "--format", "{{.State.Pid}}", running.name)
        for seconds in _LOOKS_SECONDS:
            if await running.ends_within(seconds):
                return
            code, output, _ = await _run(self._command, wanted, self._variables, _COMMAND_SECONDS)
            text = output.decode().strip()
            if code == 0 and text.isdigit() and int(text) > 0:
                if running.process.exit_status is None and _is_of(int(text), api):
                    group = memory_group_of(int(text))
                    running.process.groups = _Group(group) if group is not None else None
                    running.process.started(int(text), 0)
                return

    async def _remove(self, running: _Running) -> None:
        """Remove a container, which may not have come to be yet."""
        wanted = ("rm", "--force", "--volumes", running.name)
        for seconds in _LOOKS_SECONDS:
            code, _, problem = await _run(self._command, wanted, self._variables, _COMMAND_SECONDS)
            if await running.ends_within(seconds):
                return
            if code != 0:
                log.info("removing the container %s: %s", running.name, problem)
        log.warning("the container %s could not be removed", running.name)
        with contextlib.suppress(ProcessLookupError):
            running.started.kill()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _is_of(pid: int, api: str) -> bool:
    """Whether this process here is the one that was given this Runtime API."""
    with contextlib.suppress(OSError):
        return f"AWS_LAMBDA_RUNTIME_API={api}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    return False


async def _remove_labelled(command: tuple[str, ...], variables: Mapping[str, str], label: str) -> None:
    """Remove what an earlier server with this data folder has left."""
    wanted = ("ps", "--all", "--quiet", "--filter", f"label={SERVER_LABEL}={label}")
    _, output, _ = await _run(command, wanted, variables, _COMMAND_SECONDS)
    if names := output.decode().split():
        await _run(command, ("rm", "--force", "--volumes", *names), variables, _COMMAND_SECONDS)


async def _run(
    command: tuple[str, ...], arguments: tuple[str, ...], variables: Mapping[str, str], seconds: float
) -> tuple[int, bytes, str]:
    """Run the engine's command: its exit code, its output, and the last line of what it complained of."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            *arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(variables),
            start_new_session=True,
        )
    except OSError as error:
        return 127, b"", f"{error.strerror}"
    try:
        output, complaints = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
        return 124, b"", f"{' '.join(arguments[:2])} took longer than {seconds:.0f} s"
    lines = complaints.decode("utf-8", "replace").strip().splitlines()
    return process.returncode or 0, output, lines[-1] if lines else f"exit code {process.returncode}"
