"""Starts environments by forking: one server per Python interpreter, and one without any runtime for other programs.

It runs with the standard library alone, in whichever interpreter the functions want, and takes orders over the socket
whose descriptor is its first argument: frames of a 4-byte length and JSON, a start order carrying the environment's
descriptors. It owns every process that an environment ever starts: an environment leads a process group and adopts its
own orphans (PR_SET_CHILD_SUBREAPER); when it ends, what is left of it falls to the server, which ends it. When the
socket closes, whoever ran the platform is gone, and so is everything here.

Orders: `{"start": id, "argv": […] | null, "env": {…}, "cwd": …, "path": […], "scratch": …}`,
`{"kill": id, "discards": bool}`.
Reports: `{"ready": …}`, `{"started": id, "pid": n}`, `{"ended": id, "status": exit code or minus the signal}`.
"""

# ruff: noqa: PTH100, PTH120, PTH123

import contextlib
import ctypes
import errno
import fcntl
import gc
import json
import os
import resource
import select
import shutil
import signal
import socket
import struct
import sys
import threading

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
MAXIMUM_DESCRIPTORS = 1024  # AWS: the quota "file descriptors" of an execution environment
LOG_DESCRIPTOR = 3
_LENGTH = struct.Struct(">I")
_IS_LINUX = sys.platform == "linux"


def set_process_flag(option, value):
    """prctl(2), where there is one."""
    if _IS_LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


class ForkServer:
    """The loop that forks, reaps and reports. `serve` returns in a child only, with the child's order."""

    def __init__(self, control):
        self._control = control
        self._leaders = {}
        self._orders = {}
        self._keeping = set()
        self._inbox = bytearray()
        self._descriptors = []
        self._children_file = f"/proc/self/task/{threading.get_native_id()}/children"
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._wake_writer.setblocking(False)
        self._wake_reader.setblocking(False)
        signal.set_wakeup_fd(self._wake_writer.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def report(self, message):
        data = json.dumps(message).encode()
        self._control.sendall(_LENGTH.pack(len(data)) + data)

    def serve(self):
        poller = select.poll()
        poller.register(self._control, select.POLLIN)
        poller.register(self._wake_reader, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in poller.poll()}
            try:
                if self._wake_reader.fileno() in ready:
                    self._drain_wakes()
                    self._reap()
                if self._control.fileno() in ready:
                    for message in self._receive():
                        if "start" in message:
                            if self._start(message):
                                return message
                        else:
                            self._kill(message["kill"], message.get("discards", False))
            except (EOFError, BrokenPipeError, ConnectionResetError):
                self._end_all()
                os._exit(0)

    def _drain_wakes(self):
        try:
            while self._wake_reader.recv(4096):
                pass
        except BlockingIOError:
            pass

    def _receive(self):
        data, descriptors, _, _ = socket.recv_fds(self._control, 262_144, 16)
        if not data:
            raise EOFError
        self._inbox += data
        self._descriptors += descriptors
        messages = []
        while len(self._inbox) >= 4:
            end = 4 + _LENGTH.unpack_from(self._inbox)[0]
            if len(self._inbox) < end:
                break
            messages.append(json.loads(self._inbox[4:end]))
            del self._inbox[:end]
        return messages

    def _start(self, order):
        """Fork; true in the child."""
        count = order["descriptors"]
        descriptors, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        server = os.getpid()
        try:
            pid = os.fork()
        except OSError as error:
            for descriptor in descriptors:
                os.close(descriptor)
            self.report({"ended": order["start"], "status": -signal.SIGKILL, "reason": os.strerror(error.errno)})
            return False
        if pid == 0:
            enter_environment(order, descriptors, server)
            self._abandon()
            return True
        for descriptor in descriptors:
            os.close(descriptor)
        self._leaders[pid] = order["start"]
        self._orders[order["start"]] = (pid, order["scratch"])
        if order.get("keeps_scratch"):
            self._keeping.add(order["start"])
        self.report({"started": order["start"], "pid": pid})
        return False

    def _abandon(self):
        """In a child: forget the descriptors, which are closed; their numbers will be somebody else's."""
        for end in (self._control, self._wake_reader, self._wake_writer):
            end.detach()

    def _kill(self, order_id, discards):
        if discards:
            self._keeping.discard(order_id)
        if order_id in self._orders:
            kill_group(self._orders[order_id][0])

    def _reap(self):
        ended = []
        while (found := self._take_dead()) is not None:
            pid, status = found
            order_id = self._leaders.pop(pid, None)
            if order_id is not None:
                ended.append((order_id, status))
            self._end_orphans()
        for order_id, status in ended:
            _, scratch = self._orders.pop(order_id)
            if order_id in self._keeping:
                self._keeping.remove(order_id)
            else:
                shutil.rmtree(scratch, ignore_errors=True)
            self.report({"ended": order_id, "status": status})

    def _take_dead(self, options=os.WNOHANG):
        """Reap one child. Its group is killed first: until it is reaped, nobody else can get its number."""
        try:
            if hasattr(os, "waitid"):
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | options)
                if dead is None:
                    return None
                if dead.si_pid in self._leaders:
                    kill_group(dead.si_pid)
                pid, status = os.waitpid(dead.si_pid, 0)
            else:
                pid, status = os.waitpid(-1, options)
                if pid == 0:
                    return None
                if pid in self._leaders:
                    kill_group(pid)
        except ChildProcessError:
            return None
        return pid, os.waitstatus_to_exitcode(status)

    def _end_orphans(self):
        """Kill the children that lead no environment: what dead environments left behind."""
        try:
            with open(self._children_file) as children:
                for pid in map(int, children.read().split()):
                    if pid not in self._leaders:
                        os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass

    def _end_all(self):
        for pid in self._leaders:
            kill_group(pid)
        while (found := self._take_dead(0)) is not None:
            self._leaders.pop(found[0], None)
            self._end_orphans()
        for _, scratch in self._orders.values():
            shutil.rmtree(scratch, ignore_errors=True)


def kill_group(pid):
    """Kill a process group; not an error when it is gone."""
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        # Why: a child that was just forked may not lead its group yet.
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def enter_environment(order, descriptors, server):
    """Turn a fresh child into the leader of an environment; for a program, become it."""
    os.setsid()
    set_process_flag(PR_SET_PDEATHSIG, signal.SIGKILL)
    set_process_flag(PR_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != server:
        os._exit(1)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    stdin = descriptors[1] if len(descriptors) > 1 else os.open(os.devnull, os.O_RDONLY)
    # Why: copies clear of 0 to 3, so that none is overwritten before it is used.
    output = fcntl.fcntl(descriptors[0], fcntl.F_DUPFD, 16)
    os.dup2(fcntl.fcntl(stdin, fcntl.F_DUPFD, 16), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(output, LOG_DESCRIPTOR, inheritable=order["argv"] is not None)
    os.closerange(LOG_DESCRIPTOR + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    limit_resources()
    if order["argv"] is None:
        return
    try:
        os.chdir(order["cwd"])
        os.execve(order["argv"][0], order["argv"], order["env"])
    except OSError as error:
        os.write(2, f"{order['argv'][0]}: {os.strerror(error.errno or errno.ENOEXEC)}\n".encode())
        os._exit(126)


def limit_resources():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAXIMUM_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(MAXIMUM_DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))


def main():
    control = socket.socket(fileno=int(sys.argv[1]))
    runtime_path = sys.argv[2] if len(sys.argv) > 2 else ""
    set_process_flag(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    server = ForkServer(control)
    runtime, preloaded = None, ()
    if runtime_path:
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        import python_runtime as runtime

        del sys.path[0]
        preloaded = runtime.preload(runtime_path)
    gc.collect()
    gc.disable()
    gc.freeze()
    server.report({"ready": sys.version_info[:2]})
    order = server.serve()
    gc.enable()
    runtime.run(order, preloaded)


if __name__ == "__main__":
    main()
