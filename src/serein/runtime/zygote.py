"""Fork servers and the processes they start, seen from the platform.

`guest/fork_server.py` is the other side. A fork server is started when its first process is wanted; when it dies, its
processes die with it, everyone concerned is told, and the next process gets a new one.
"""

import asyncio
import contextlib
import itertools
import logging
import os
import signal
import socket
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import msgspec

from serein.runtime.cgroups import ProcessGroups

log = logging.getLogger("serein.runtime")
_GUEST = Path(__file__).parent / "guest"
_LENGTH = struct.Struct(">I")
_START_SECONDS = 30.0
_END_SECONDS = 5.0
VIEWED_RUNTIME = "/var/runtime"
"""Where functions in a sandbox see the runtime, as on AWS."""

_MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(32 * 2**20), "MALLOC_TRIM_THRESHOLD_": str(32 * 2**20)}
"""glibc's: environments keep this much of what they free. Why: an event of 6 MB takes several buffers of its size, and
asking the system for them anew with each event costs more than parsing it."""


class LaunchFailed(Exception):
    """The fork server could not be started, or died."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A process to start. Without `argv` it becomes the fork server's own runtime, in the forked process."""

    env: dict[str, str]
    cwd: str
    scratch: Path
    """A private folder, removed with everything in it once the process and all it started are gone."""
    argv: tuple[str, ...] | None = None
    path: tuple[str, ...] = ()
    pycache: str = ""
    takes_input: bool = False
    keeps_scratch: bool = False
    """Whether the private folder outlives the process, until one is killed with `discards`."""
    mounts: tuple[tuple[str, str], ...] = ()
    """What else it must see: paths of the host and the paths it sees them at; nothing without a sandbox."""
    room: dict[str, Any] | None = None
    """What the sandbox makes for it (`guest/rooms.py`)."""
    groups: ProcessGroups | None = None
    """The control groups it is put into."""
    processes: int = 0
    """How many processes its user may have, where no control group counts them; 0 for no limit."""


class Starter(Protocol):
    """Whoever started a process, and ends it."""

    def order(self, message: dict[str, Any], descriptors: list[int] | None = None) -> None:
        """Carry out an order (`guest/fork_server.py`)."""


class Process:
    """A started process, and everything it starts in turn."""

    def __init__(self, server: Starter, number: int, output: int, stdin: int | None) -> None:
        self._server = server
        self.number = number
        self.output = output
        """The read end of what it writes to stdout, stderr and the log descriptor; its user closes it."""
        self.stdin = stdin
        self.pid: int | None = None
        self.keeper = 0
        """Process 1 of its sandbox, which adopts what it leaves behind; 0 without one."""
        self.exit_status: int | None = None
        """The exit code, or minus the signal, once it has ended."""
        self.was_out_of_memory = False
        """Whether the kernel ended anything of it because of its memory; known once it has ended."""
        self.groups: ProcessGroups | None = None
        """Its control groups."""
        self.on_exit: Callable[[int], None] | None = None
        self._furnished: asyncio.Future[str] | None = None

    def kill(self, *, discards: bool = False) -> None:
        """End it and all it started. `on_exit` is called when that is done. `discards`: its private folder goes too."""
        if self.exit_status is None:
            self._server.order({"kill": self.number, "discards": discards})

    def started(self, pid: int, keeper: int) -> None:
        self.pid, self.keeper = pid, keeper
        if self.groups is not None:
            self.groups.take(pid)

    async def furnish(self, view: dict[str, Any], groups: ProcessGroups | None) -> None:
        """Give a sandbox that was started empty its function. Raises LaunchFailed."""
        self._furnished = asyncio.get_running_loop().create_future()
        self._server.order({"furnish": self.number, "view": view})
        self.groups = groups
        if groups is not None and self.pid is not None:
            groups.take(self.pid)
        if problem := await self._furnished:
            raise LaunchFailed(problem)

    def furnished(self, problem: str) -> None:
        if self._furnished is not None and not self._furnished.done():
            self._furnished.set_result(problem)

    def ended(self, status: int) -> None:
        self.exit_status = status
        if self.groups is not None:
            self.was_out_of_memory = self.groups.remove()
        self.furnished("the process ended")
        if self.stdin is not None:
            os.close(self.stdin)
            self.stdin = None
        if self.on_exit is not None:
            self.on_exit(status)


@dataclass(slots=True)
class _Outgoing:
    data: memoryview
    descriptors: list[int] = field(default_factory=list)


class ForkServer:
    """One fork server process; `start` gives processes."""

    def __init__(
        self,
        interpreter: str,
        runtime_path: Path | None,
        plan: Callable[[Path | None], dict[str, Any] | None],
        *,
        loads_sdk: bool = True,
    ) -> None:
        """`runtime_path` is the folder of the Python runtime to preload, with AWS's SDK or without; None starts
        programs only.

        `plan` is asked, when the server starts, for the view of the machine that it and its processes get.
        """
        self._plan = plan
        self._interpreter = interpreter
        self._runtime_path = runtime_path
        self._loads_sdk = loads_sdk
        self._server: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._ready: asyncio.Future[None] | None = None
        self._inbox = bytearray()
        self._outbox: list[_Outgoing] = []
        self._numbers = itertools.count(1)
        self._processes: dict[int, Process] = {}
        self._waiters: list[asyncio.Future[None]] = []

    @property
    def interpreter(self) -> str:
        return self._interpreter

    @property
    def pid(self) -> int | None:
        return None if self._server is None else self._server.pid

    async def start(self, launch: Launch) -> Process:
        """Start a process. Raises LaunchFailed."""
        await self.warm()
        output, output_writer = os.pipe()
        os.set_blocking(output, False)
        descriptors = [output_writer]
        stdin = None
        if launch.takes_input:
            stdin_reader, stdin = os.pipe()
            descriptors.append(stdin_reader)
        process = Process(self, next(self._numbers), output, stdin)
        process.groups = launch.groups
        self._processes[process.number] = process
        launch.scratch.mkdir(parents=True, exist_ok=True)
        self.order(
            {
                "start": process.number,
                "argv": launch.argv,
                "env": launch.env,
                "cwd": launch.cwd,
                "path": launch.path,
                "pycache": launch.pycache,
                "scratch": str(launch.scratch),
                "keeps_scratch": launch.keeps_scratch,
                "room": launch.room,
                "processes": launch.processes,
                "descriptors": len(descriptors),
            },
            descriptors,
        )
        return process

    async def warm(self) -> None:
        """Have the fork server running. Raises LaunchFailed."""
        if self._ready is None:
            self._begin()
        assert self._ready is not None
        try:
            await asyncio.wait_for(asyncio.shield(self._ready), _START_SECONDS)
        except TimeoutError:
            raise LaunchFailed(f"{self._interpreter} did not start in {_START_SECONDS} s") from None

    async def close(self) -> None:
        """End every process, then the server; return once all are gone."""
        if self._socket is None or self._server is None:
            return
        gone = asyncio.get_running_loop().create_future()
        self._waiters.append(gone)
        self._socket.shutdown(socket.SHUT_WR)
        try:
            await asyncio.wait_for(gone, _END_SECONDS)
        except TimeoutError:
            log.warning("the fork server %s did not end in %s s; killing it", self._server.pid, _END_SECONDS)
            self._server.send_signal(signal.SIGKILL)
            self._lost()

    def order(self, message: object, descriptors: list[int] | None = None) -> None:
        """Send an order. Descriptors are closed here once they are over there."""
        data = msgspec.json.encode(message)
        self._outbox.append(_Outgoing(memoryview(_LENGTH.pack(len(data)) + data), descriptors or []))
        if len(self._outbox) == 1:
            self._send()

    def _begin(self) -> None:
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        arguments = [self._interpreter, "-I", "-S", "-X", "utf8", str(_GUEST / "fork_server.py"), str(theirs.fileno())]
        plan = self._plan(self._runtime_path)
        runtime_path = "" if self._runtime_path is None else str(self._runtime_path)
        arguments.append(VIEWED_RUNTIME if runtime_path and plan else runtime_path)
        arguments += [msgspec.json.encode(plan).decode(), "sdk" if self._loads_sdk else ""]
        with theirs:
            # Why: a session of its own, so that Ctrl-C in the platform's terminal does not reach functions.
            self._server = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": "/nonexistent", **_MALLOC},
                cwd="/",
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )
        self._socket = ours
        self._ready = loop.create_future()
        loop.add_reader(ours.fileno(), self._receive)

    def _send(self) -> None:
        assert self._socket is not None
        loop = asyncio.get_running_loop()
        while self._outbox:
            outgoing = self._outbox[0]
            try:
                sent = socket.send_fds(self._socket, [outgoing.data], outgoing.descriptors)
            except BlockingIOError:
                loop.add_writer(self._socket.fileno(), self._send)
                return
            except OSError:
                # The reader sees the end of the connection and tells everyone.
                break
            for descriptor in outgoing.descriptors:
                os.close(descriptor)
            outgoing.descriptors = []
            outgoing.data = outgoing.data[sent:]
            if not outgoing.data:
                self._outbox.pop(0)
        loop.remove_writer(self._socket.fileno())

    def _receive(self) -> None:
        assert self._socket is not None
        try:
            data = self._socket.recv(65_536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        self._inbox += data
        while len(self._inbox) >= 4:
            end = 4 + _LENGTH.unpack_from(self._inbox)[0]
            if len(self._inbox) < end:
                break
            message = msgspec.json.decode(bytes(self._inbox[4:end]))
            del self._inbox[:end]
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if "started" in message:
            self._processes[message["started"]].started(message["pid"], message["keeper"])
        elif "furnished" in message:
            self._processes[message["furnished"]].furnished(message["problem"])
        elif "ended" in message:
            self._processes.pop(message["ended"]).ended(message["status"])
        elif self._ready is not None and not self._ready.done():
            self._ready.set_result(None)

    def _lost(self) -> None:
        """The server has gone, on request or not, and its processes with it."""
        if self._socket is None or self._server is None or self._ready is None:
            return
        asyncio.get_running_loop().remove_reader(self._socket.fileno())
        asyncio.get_running_loop().remove_writer(self._socket.fileno())
        self._socket.close()
        if not self._waiters:
            log.error("the fork server %s ended unexpectedly", self._server.pid)
        for outgoing in self._outbox:
            for descriptor in outgoing.descriptors:
                os.close(descriptor)
        if not self._ready.done():
            self._ready.set_exception(LaunchFailed(f"{self._interpreter} ended while it started"))
            self._ready.exception()
        # Why: it closes its socket by dying, so it is gone or about to be.
        self._server.wait()
        self._server, self._socket, self._ready = None, None, None
        self._inbox.clear()
        self._outbox.clear()
        processes, self._processes = self._processes, {}
        for process in processes.values():
            if process.pid is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
            process.ended(-signal.SIGKILL)
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
