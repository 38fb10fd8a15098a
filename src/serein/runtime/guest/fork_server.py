"""Starts environments by forking: one server per Python interpreter, and one without any runtime for other programs.

It runs with the standard library alone, in whichever interpreter the functions want, and takes orders over the socket
whose descriptor is its first argument: frames of a 4-byte length and JSON, a start order carrying the environment's
descriptors. It owns every process that an environment ever starts: an environment leads a process group and adopts its
own orphans (PR_SET_CHILD_SUBREAPER); when it ends, what is left of it falls to the server, which ends it. When the
socket closes, whoever ran the platform is gone, and so is everything here.

Its second argument is the folder of the Python runtime to preload, or empty, and its fourth is `sdk` when AWS's SDK is
loaded with it. With a plan as its third (JSON, else `null`) it moves into a view of its own, and environments get rooms
there (`rooms.py`): then a room's keeper adopts the orphans, and the end of the room is the end of all of them.

Orders: `{"start": id, "argv": […] | null, "env": {…}, "cwd": …, "path": […], "scratch": …}`,
`{"kill": id, "discards": bool}`, `{"furnish": id, "view": {…}}` for a room that was made without a view.
A start order may have `room` (`{"view": {…} | null, "mounts": […], "user": n, "group": n}`; processes with the same
scratch share one) and `processes` (how many its user may have).
Reports: `{"ready": …}`, `{"started": id, "pid": n, "keeper": n or 0}`, `{"furnished": id, "problem": text}`, and
`{"ended": id, "status": exit code or minus the signal}`.
"""

# ruff: noqa: PTH100, PTH120, PTH123

import ctypes
import errno
import fcntl
import gc
import json
import os
import resource
import select
import signal
import socket
import stat
import struct
import sys
import threading

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import leaders
import older_python
import rooms

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

    def __init__(self, control, plan):
        self._control = control
        self._leaders = {}
        self._keepers = {}
        self._orders = {}
        self._rooms = {}
        self._spare = None
        self._furnishing = {}
        self._poller = select.poll()
        self._table = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC) if plan else -1
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
        self._poller.register(self._control, select.POLLIN)
        self._poller.register(self._wake_reader, select.POLLIN)
        while True:
            ready = {descriptor for descriptor, _ in self._poller.poll()}
            try:
                if self._wake_reader.fileno() in ready:
                    self._drain_wakes()
                    self._reap()
                for descriptor in ready & self._furnishing.keys():
                    self._take_furnished(descriptor)
                if self._control.fileno() in ready:
                    for message in self._receive():
                        if self._obey(message):
                            return message
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

    def _obey(self, order):
        """Carry out an order; true in a child that is to become a function."""
        if "start" in order:
            return self._start(order)
        if "furnish" in order:
            self._furnish(order)
        else:
            self._kill(order["kill"], order.get("discards", False))
        return False

    def _start(self, order):
        """Fork; true in the child."""
        count = order["descriptors"]
        descriptors, self._descriptors = self._descriptors[:count], self._descriptors[count:]
        server = os.getpid()
        try:
            room = self._find_room(order, server)
            pid = os.fork()
        except OSError as error:
            for descriptor in descriptors:
                os.close(descriptor)
            self._leave_room()
            self.report({"ended": order["start"], "status": -signal.SIGKILL, "reason": os.strerror(error.errno)})
            return False
        if pid == 0:
            enter_environment(order, descriptors, server, room)
            self._abandon()
            return True
        self._leave_room()
        for descriptor in descriptors:
            os.close(descriptor)
        environment = leaders.Environment(order, pid, room)
        self._leaders[pid] = environment
        self._orders[order["start"]] = environment
        if room is not None:
            if room.is_own:
                self._rooms[order["scratch"]] = room.owner = environment
            room.admit()
        self.report({"started": order["start"], "pid": pid, "keeper": room.keeper if room is not None else 0})
        if room is not None and self._spare is None:
            self._spare = self._begin_room(server)
            self._leave_room()
        return False

    def _find_room(self, order, server):
        """The room of the order's folder, new if there is none; the next fork is in it. Raises OSError."""
        if not order.get("room"):
            return None
        owner = self._rooms.get(order["scratch"])
        if owner is not None and not owner.is_ending:
            room = owner.room.shared()
            room.step_in()
            return room
        room, self._spare = self._spare, None
        if room is None or not room.keeper:
            room = self._begin_room(server)
        else:
            room.step_in()
        room.assign(order["room"], order["scratch"])
        return room

    def _begin_room(self, server):
        room = rooms.Room.begin()
        if room.keeper == 0:
            die_with(server)
            close_others(room.descriptors)
            room.keep()
        self._keepers[room.keeper] = room
        return room

    def _leave_room(self):
        """The next fork is in no room any more."""
        if self._table >= 0:
            rooms.use_processes(self._table)

    def _furnish(self, order):
        environment = self._orders.get(order["furnish"])
        if environment is None:
            return
        descriptor = environment.room.furnish(order["view"])
        self._furnishing[descriptor] = environment
        self._poller.register(descriptor, select.POLLIN)

    def _take_furnished(self, descriptor):
        environment = self._furnishing.pop(descriptor)
        self._poller.unregister(descriptor)
        self.report({"furnished": environment.number, "problem": environment.room.furnished()})

    def _abandon(self):
        """In a child: forget the descriptors, which are closed; their numbers will be somebody else's."""
        for end in (self._control, self._wake_reader, self._wake_writer):
            end.detach()

    def _kill(self, number, discards):
        if number in self._orders:
            self._orders[number].keeps_scratch &= not discards
            self._orders[number].kill()

    def _reap(self):
        while (found := self._take_dead()) is not None:
            pid, status = found
            environment = self._leaders.pop(pid, None)
            if environment is not None:
                environment.status = status
                environment.kill()
            elif pid in self._keepers:
                room = self._keepers.pop(pid)
                room.keeper, environment = 0, room.owner
            self._end_orphans()
            if environment is not None and environment.is_over:
                self._clear(environment)

    def _clear(self, environment):
        del self._orders[environment.number]
        if self._rooms.get(environment.scratch) is environment:
            del self._rooms[environment.scratch]
        environment.clear()
        self.report({"ended": environment.number, "status": environment.status})

    def _take_dead(self, options=os.WNOHANG):
        """Reap one child. Its group is killed first: until it is reaped, nobody else can get its number."""
        try:
            if hasattr(os, "waitid"):
                dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | options)
                if dead is None:
                    return None
                if dead.si_pid in self._leaders:
                    leaders.kill_group(dead.si_pid)
                pid, status = os.waitpid(dead.si_pid, 0)
            else:
                pid, status = os.waitpid(-1, options)
                if pid == 0:
                    return None
                if pid in self._leaders:
                    leaders.kill_group(pid)
        except ChildProcessError:
            return None
        return pid, os.waitstatus_to_exitcode(status)

    def _end_orphans(self):
        """Kill the children that lead no environment: what dead environments left behind."""
        try:
            with open(self._children_file) as children:
                for pid in map(int, children.read().split()):
                    if pid not in self._leaders and pid not in self._keepers:
                        os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass

    def _end_all(self):
        for environment in self._orders.values():
            environment.keeps_scratch = False
            environment.kill()
        if self._spare is not None:
            self._spare.kill()
        while (found := self._take_dead(0)) is not None:
            self._leaders.pop(found[0], None)
            self._keepers.pop(found[0], None)
            self._end_orphans()
        for environment in self._orders.values():
            environment.clear()


def die_with(server):
    """In a child: die when the server does."""
    set_process_flag(PR_SET_PDEATHSIG, signal.SIGKILL)
    if rooms.find_parent() != server:
        os._exit(1)


def close_others(kept):
    """Close every descriptor above 2 but those."""
    last = 2
    for descriptor in sorted(kept):
        os.closerange(last + 1, descriptor)
        last = descriptor
    os.closerange(last + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])


def enter_environment(order, descriptors, server, room):
    """Turn a fresh child into the leader of an environment; for a program, become it."""
    os.setsid()
    die_with(server)
    if room is None:
        set_process_flag(PR_SET_CHILD_SUBREAPER, 1)
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
    if room is not None:
        enter_room(order["room"], room)
    os.dup2(output, LOG_DESCRIPTOR, inheritable=order["argv"] is not None)
    os.closerange(LOG_DESCRIPTOR + 1, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    limit_resources(order.get("processes"))
    if order["argv"] is None:
        return
    try:
        os.chdir(order["cwd"])
        os.execve(order["argv"][0], order["argv"], order["env"])
    except OSError as error:
        os.write(2, f"{order['argv'][0]}: {os.strerror(error.errno or errno.ENOEXEC)}\n".encode())
        os._exit(126)


def enter_room(order, room):
    """Step into the environment's room as Lambda's user."""
    try:
        room.enter()
        # Why: a function may open /dev/stdout, which asks for the pipe's own permissions.
        for descriptor in (0, 1):
            if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
                os.fchown(descriptor, order["user"], order["group"])
        rooms.give_up_privileges(order["user"], order["group"])
        set_process_flag(PR_SET_PDEATHSIG, signal.SIGKILL)
    except OSError as error:
        os.write(2, f"{error.strerror}\n".encode())
        os._exit(126)


def limit_resources(processes):
    """Lambda's limits of a process; `processes` is how many its user may have, where nothing else counts them."""
    if processes:
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAXIMUM_DESCRIPTORS if hard == resource.RLIM_INFINITY else min(MAXIMUM_DESCRIPTORS, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, wanted))


def main():
    older_python.complete()
    control = socket.socket(fileno=int(sys.argv[1]))
    runtime_path, plan, loads_sdk = sys.argv[2], json.loads(sys.argv[3]), sys.argv[4] == "sdk"
    set_process_flag(PR_SET_CHILD_SUBREAPER, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    runtime, preloaded = None, ()
    if runtime_path:
        import python_runtime as runtime
    del sys.path[0]
    if plan:
        rooms.move_in(plan)
    server = ForkServer(control, plan)
    if runtime:
        preloaded = runtime.preload(runtime_path, loads_sdk)
    if plan:
        rooms.settle(plan)
    gc.collect()
    gc.disable()
    gc.freeze()
    server.report({"ready": sys.version_info[:2]})
    order = server.serve()
    gc.enable()
    runtime.run(order, preloaded)


if __name__ == "__main__":
    main()
