"""A nursery of test servers: a process that has the platform imported, and becomes a new server by forking.

A server that starts by itself imports for most of a second, at once and when its services are first used; one that is
forked has it all and is ready in a few milliseconds. Orders come over the socket that is standard input
(`serving.py` is the other side): a length and JSON, with the descriptors of the server's standard streams and of a pipe
for what becomes of it: its process id, and at the end its exit status. When the socket closes, the nursery ends; its
servers end when their own standard input closes.

It imports what every server needs before the first order, and all services one by one while it has nothing to do,
once a second server was asked for: a session that needs only one isn't charged for the rest.
"""

import asyncio
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import serein.services
from serein.app import Server, serve
from serein.settings import adopt, from_environment
from serein.testing.serving import LENGTH, REPORT
from serein.wire.models import load

_DESCRIPTORS = 4
# A service that can't be imported fails in the server that uses it, where that is told.
_FAILS_LATER = contextlib.suppress(ImportError, SyntaxError, NameError, AttributeError, TypeError, ValueError)


class Nursery:
    """Takes orders, forks, and tells how servers end. `tend` returns in a forked server only."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._reports: dict[int, int] = {}
        """Where the end of a server is told, by its process id."""
        self._orders = 0
        self._left_to_load = _load_services()
        self._is_loading = False
        self._woken, self._waker = socket.socketpair()
        for end in (self._woken, self._waker):
            end.setblocking(False)
        signal.set_wakeup_fd(self._waker.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        # Why: Ctrl-C is for the test session, which ends its servers in order.
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    def tend(self) -> dict[str, Any]:
        """Serve until the session is gone. Returns, in a new server, the order that it comes from."""
        while True:
            ready, _, _ = select.select([self._control, self._woken], [], [], 0 if self._is_loading else None)
            if self._woken in ready:
                self._woken.recv(4096)
                self._reap()
            if self._control in ready:
                order, descriptors = self._receive()
                if self._fork(descriptors):
                    return order
            if not ready:
                self._is_loading = next(self._left_to_load, False)

    def _receive(self) -> tuple[dict[str, Any], list[int]]:
        data, descriptors, _, _ = socket.recv_fds(self._control, LENGTH.size, _DESCRIPTORS)
        if not data:
            sys.exit()
        data += self._exactly(LENGTH.size - len(data))
        order: dict[str, Any] = json.loads(self._exactly(LENGTH.unpack(data)[0]))
        return order, descriptors

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            more = self._control.recv(count - len(data))
            if not more:
                sys.exit()
            data += more
        return data

    def _fork(self, descriptors: list[int]) -> bool:
        """True in the server."""
        *streams, report = descriptors
        self._orders += 1
        gc.freeze()
        pid = os.fork()
        if pid:
            for stream in streams:
                os.close(stream)
            os.write(report, REPORT.pack(pid))
            self._reports[pid] = report
            self._is_loading = self._orders > 1
            return False
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        self._leave(descriptors)
        return True

    def _leave(self, descriptors: list[int]) -> None:
        """Keep nothing of the nursery in a server."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for end in (self._woken, self._waker):
            end.close()
        self._control.close()
        for descriptor in (*descriptors, *self._reports.values()):
            if descriptor > 2:
                os.close(descriptor)

    def _reap(self) -> None:
        while self._reports:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            report = self._reports.pop(pid)
            with contextlib.suppress(BrokenPipeError):  # nobody waits for it any more
                os.write(report, REPORT.pack(os.waitstatus_to_exitcode(status)))
            os.close(report)


def _load_services() -> Iterator[bool]:
    """Import the services and read AWS's models of them, a little at each step."""
    path, prefix = serein.services.__path__, "serein.services."
    for info in pkgutil.iter_modules(path, prefix):
        with _FAILS_LATER:
            load(importlib.import_module(info.name).SERVICE.name)
        yield True
    for info in pkgutil.walk_packages(path, prefix, onerror=lambda _name: None):
        with _FAILS_LATER:
            importlib.import_module(info.name)
        yield True


def _become_server(order: dict[str, Any]) -> None:
    """Serve, with the order's environment, until standard input closes or a signal comes."""
    os.chdir(order["folder"])
    adopt(order["environment"])
    tempfile.tempdir = None

    async def on_ready(server: Server) -> None:
        print(server.endpoint, flush=True)
        loop = asyncio.get_running_loop()
        loop.add_reader(0, _end_with_parent, loop)

    serve(from_environment(), on_ready)


def _end_with_parent(loop: asyncio.AbstractEventLoop) -> None:
    if not os.read(0, 1024):
        loop.remove_reader(0)
        os.kill(os.getpid(), signal.SIGTERM)


def main() -> None:
    """Tend the nursery; a server starts and ends here too."""
    order = Nursery(socket.socket(fileno=os.dup(0))).tend()
    _become_server(order)
    sys.stdout.flush()
    # Why: what the nursery imported need not be taken down, which takes longer than the rest of a server's end.
    os._exit(0)


if __name__ == "__main__":
    main()
