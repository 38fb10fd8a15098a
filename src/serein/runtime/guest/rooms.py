"""Rooms: the part of the machine that one environment sees and uses, made of Linux's namespaces.

A fork server that is given a plan first moves into a root of its own (`move_in`): a small tmpfs with the system's
programs, the interpreter and the runtime, all of it read-only, and the host's root under /mnt. Each environment is then
a copy of that view (`furnish`) with its code, its layers, a private /tmp and its own process table, and without /mnt.
A room has a keeper, process 1 of its table: it reaps orphans, and everything in the room dies with it.

Runs in the functions' interpreter with the standard library alone. What may be seen is decided by the platform
(`sandbox_plan.py`); here it is only done.
"""

# ruff: noqa: PTH103, PTH110, PTH112, PTH114, PTH115, PTH118, PTH119, PTH120, PTH123, PTH211

import contextlib
import ctypes
import errno
import json
import os
import shutil
import signal
import socket
import sys

HOST = "/mnt"
"""Where a fork server that has moved in finds the host's root."""
CLONE_NEWNS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID = 0x20000, 0x8000000, 0x10000000, 0x20000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT, _BIND, _REC = 1, 2, 4, 8, 32, 4096, 16384
_SLAVE, _SHARED, _DETACH = 1 << 19, 1 << 20, 2
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS, _PR_SET_NAME = 4, 24, 38, 15
_SYS_MOUNT_SETATTR, _AT_RECURSIVE, _AT_FDCWD = 442, 0x8000, -100
_CAPABILITY_VERSION = 0x20080522
_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_LONGEST_LINK_CHAIN = 16
_libc = ctypes.CDLL(None, use_errno=True)


def move_in(plan):
    """Give this process, and all that it forks, the root that `plan` describes. Raises OSError where that can't be.

    The plan: `root` (an empty folder), `is_privileged`, `user` and `group` (of environments), `binds` (pairs of a
    path of the host and one of the view), `links` (pairs of a target and a path), `files` (texts by path),
    `runtime` (pairs like `binds`, left writable until `settle`), `executable` (what functions take for Python).
    """
    _take_namespaces(plan)
    root = plan["root"]
    _mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "mode=755,size=16m")
    for folder in ("dev", "etc", "home", "mnt", "opt", "proc", "run", "tmp", "var/task", "var/runtime", "var/tmp"):
        os.makedirs(f"{root}/{folder}", exist_ok=True)
    for path, text in plan["files"].items():
        with _created(f"{root}{path}") as file:
            file.write(text)
    for target, path in plan["links"]:
        os.makedirs(os.path.dirname(f"{root}{path}"), exist_ok=True)
        os.symlink(target, f"{root}{path}")
    for source, target in [*plan["binds"], *_interpreter_binds()]:
        bind(source, f"{root}{target}")
        make_readonly(f"{root}{target}")
    for source, target in plan["runtime"]:
        bind(source, f"{root}{target}")
    _fill_dev(f"{root}/dev")
    _call("pivot_root", root.encode(), f"{root}{HOST}".encode())
    os.chdir("/")
    bind(f"{HOST}/proc", "/proc")
    # Why: what is mounted here from now on is seen by rooms that are made ahead, and nothing of theirs here.
    _mount(None, "/", None, _REC | _SHARED)
    for capability in range(64):
        if _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0) != 0:
            break
    if os.path.exists(f"/var/lang/bin/{os.path.basename(plan['executable'])}"):
        sys.executable = f"/var/lang/bin/{os.path.basename(plan['executable'])}"


def settle(plan):
    """What the fork server has loaded by now is written nowhere any more: the runtime becomes read-only."""
    for _, target in plan["runtime"]:
        make_readonly(target)


def _take_namespaces(plan):
    user, group = os.geteuid(), os.getegid()
    if plan["is_privileged"]:
        _call("unshare", CLONE_NEWNS)
    else:
        _call("unshare", CLONE_NEWUSER | CLONE_NEWNS)
        _write("/proc/self/setgroups", "deny")
        _write("/proc/self/uid_map", f"{plan['user']} {user} 1")
        _write("/proc/self/gid_map", f"{plan['group']} {group} 1")
    _mount(None, "/", None, _REC | _SLAVE)


def _interpreter_binds():
    """The interpreter, at its own place and as /var/lang; nothing when it belongs to the system."""
    prefix = os.path.realpath(sys.base_prefix)
    if prefix == "/usr":
        return
    if not prefix.startswith("/usr/"):
        yield prefix, prefix
        if sys.base_prefix != prefix:
            yield prefix, sys.base_prefix
    yield prefix, "/var/lang"


def _fill_dev(folder):
    for name in _DEVICES:
        with contextlib.suppress(FileNotFoundError):
            bind(f"/dev/{name}", f"{folder}/{name}")
    for name, target in (("fd", ""), ("stdin", "/0"), ("stdout", "/1"), ("stderr", "/2")):
        os.symlink(f"/proc/self/fd{target}", f"{folder}/{name}")


# --- rooms


class Room:
    """An environment's namespaces, as the fork server holds them."""

    def __init__(self, keeper, ready, admission, orders, is_own=True):
        self.keeper = keeper
        self.is_own = is_own
        self.owner = None
        """Whoever the fork server made it for; it ends with that."""
        self._ready = ready
        self._admission = admission
        self._orders = orders
        self._scratch = ""

    @classmethod
    def begin(cls):
        """Fork a keeper. In the keeper the room's `keeper` is 0. In the server the next fork is in the room."""
        ready, admission = os.pipe()
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        _call("unshare", CLONE_NEWPID)
        keeper = os.fork()
        kept, other = (theirs, ours) if keeper == 0 else (ours, theirs)
        other.close()
        return cls(keeper, ready, admission, kept)

    def step_in(self):
        """The next fork is in the room. Raises OSError when it has ended."""
        descriptor = os.open(f"/proc/{self.keeper}/ns/pid", os.O_RDONLY)
        try:
            use_processes(descriptor)
        finally:
            os.close(descriptor)

    def shared(self):
        """The same for one more process."""
        ready, admission = os.pipe()
        os.write(admission, b"1")
        return Room(self.keeper, ready, admission, None, is_own=False)

    def assign(self, order, scratch):
        """Have the room made for an environment: furnished with `view`, or with `mounts` alone until that follows."""
        self._scratch = scratch
        if order["view"] is not None:
            provide_temporary(scratch, order["view"])
        self._orders.send(json.dumps({**order, "scratch": scratch}).encode())
        if order["view"] is not None:
            self._orders.close()

    def admit(self):
        """Let the process in that waits at `enter`, and forget what was needed for that."""
        os.write(self._admission, b"2")
        os.close(self._admission)
        os.close(self._ready)

    def kill(self):
        if self.is_own and self.keeper:
            os.kill(self.keeper, signal.SIGKILL)

    # In the keeper.

    @property
    def descriptors(self):
        return self._admission, self._orders.fileno()

    def keep(self):
        """Be process 1: make the room, furnish it as the server says, then reap until killed."""
        _libc.prctl(_PR_SET_NAME, b"init", 0, 0, 0)
        signal.set_wakeup_fd(-1)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGCHLD])
        try:
            _call("unshare", CLONE_NEWNS | CLONE_NEWIPC)
            _mount(None, "/", None, _REC | _SLAVE)
            _mount("proc", "/proc", "proc", _NOSUID | _NODEV | _NOEXEC)
            order = json.loads(self._orders.recv(262_144) or b"null") or os._exit(0)
            show(order["mounts"])
            if order["view"] is not None:
                furnish(order["view"], order["scratch"])
        except OSError as error:
            os.write(self._admission, _explain(error))
            os._exit(1)
        os.write(self._admission, b"1")
        os.close(self._admission)
        if order["view"] is None:
            self._await_furniture(order["scratch"])
        self._orders.close()
        while True:
            with contextlib.suppress(ChildProcessError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            signal.sigwait([signal.SIGCHLD])

    def _await_furniture(self, scratch):
        view = json.loads(self._orders.recv(262_144) or b"null") or os._exit(0)
        try:
            furnish(view, scratch)
            self._orders.send(b"1")
        except OSError as error:
            self._orders.send(_explain(error))
            os._exit(1)

    # In a process that is to be in the room.

    def enter(self):
        """Step in once the keeper says that the room is there and the server admits. Raises OSError."""
        os.close(self._admission)
        answer = b""
        while more := os.read(self._ready, 4096):
            answer += more
        if sorted(answer) != sorted(b"12"):
            problem = answer.decode().strip("12") or "the sandbox could not be made: its first process died"
            raise OSError(errno.EIO, problem)
        namespaces = []
        for kind, flag in (("ipc", CLONE_NEWIPC), ("mnt", CLONE_NEWNS)):
            namespaces.append((os.open(f"/proc/{self.keeper}/ns/{kind}", os.O_RDONLY), flag))
        for descriptor, flag in namespaces:
            _call("setns", descriptor, flag)
            os.close(descriptor)

    # Later, in the server.

    def furnish(self, view):
        """Have a room that was made without a view furnished; the descriptor to be read when that is done."""
        provide_temporary(self._scratch, view)
        self._orders.send(json.dumps(view).encode())
        return self._orders.fileno()

    def furnished(self):
        """What went wrong with it; empty when nothing did."""
        answer = self._orders.recv(4096)
        self._orders.close()
        return "" if answer == b"1" else answer.decode() or "the sandbox ended"


def provide_temporary(scratch, view):
    """Mount an environment's temporary files on its folder of the host, where only this process sees them."""
    folder = HOST + scratch
    os.makedirs(folder, exist_ok=True)
    if not os.path.ismount(folder):
        owner = f"uid={view['user']},gid={view['group']}"
        _mount("tmpfs", folder, "tmpfs", _NOSUID | _NODEV, f"mode=700,size={view['tmp_mb']}m,{owner}")


def forget_temporary(scratch):
    """Undo `provide_temporary`, and remove the folder."""
    folder = HOST + scratch
    if os.path.ismount(folder):
        _call("umount2", folder.encode(), _DETACH)
    shutil.rmtree(folder, ignore_errors=True)


def _explain(error):
    where = f" ({error.filename})" if error.filename else ""
    return f"the sandbox could not be made: {error.strerror}{where}".encode()


def furnish(view, scratch):
    """Put an environment's own things into the view and take the host's root out of it.

    The view: `task` (the code's folder), `layers` (folders, later ones win), `tmp_mb`, `mounts` (pairs of a path of
    the host and one of the view), `user` and `group`.
    """
    bind(HOST + scratch, "/tmp")
    bind(HOST + view["task"], "/var/task")
    make_readonly("/var/task")
    _merge_layers([HOST + layer for layer in view["layers"]])
    show(view["mounts"])
    if all(target != "/etc/resolv.conf" for _, target in view["mounts"]):
        with contextlib.suppress(FileNotFoundError):
            bind(host_path("/etc/resolv.conf"), "/etc/resolv.conf")
            make_readonly("/etc/resolv.conf")
    _call("umount2", HOST.encode(), _DETACH)
    _mount(None, "/", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def show(mounts):
    """Make paths of the host visible, read-only."""
    for source, target in mounts:
        bind(HOST + source, target)
        make_readonly(target)


def _merge_layers(layers):
    if len(layers) == 1:
        bind(layers[0], "/opt")
        make_readonly("/opt")
    elif layers:
        lower = ":".join(layer.replace("\\", "\\\\").replace(":", "\\:") for layer in reversed(layers))
        try:
            _mount("overlay", "/opt", "overlay", _RDONLY | _NOSUID | _NODEV, f"lowerdir={lower}")
        except OSError:
            # Why: some file systems can't be a layer of an overlay; copies take longer and are as good.
            _mount("tmpfs", "/opt", "tmpfs", _NOSUID | _NODEV, "mode=755")
            for layer in layers:
                shutil.copytree(layer, "/opt", symlinks=True, dirs_exist_ok=True)
            _mount(None, "/opt", None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV)


def host_path(path):
    """Where a path of the host, links followed as the host would, is in this view."""
    for _ in range(_LONGEST_LINK_CHAIN):
        here = HOST + path
        if not os.path.islink(here):
            break
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.readlink(here)))
    return HOST + path


def give_up_privileges(user, group):
    """Become Lambda's user: no capability, and no program gives one back."""
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    # Why suppressed: where this user is the only one there is, it has no other groups that it could leave.
    with contextlib.suppress(PermissionError):
        os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
    # AWS: a function reads its own /proc; a process that changed its user may not unless it says so.
    _libc.prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)


# --- system calls


def bind(source, target):
    """Make `source`, with what is mounted below it, appear at `target`, which is made when missing."""
    if os.path.isdir(source):
        os.makedirs(target, exist_ok=True)
    elif not os.path.lexists(target):
        with _created(target):
            pass
    _mount(source, target, None, _BIND | _REC)


def make_readonly(path):
    """Make a mount, and those below it, read-only, without device files and set-user-ID programs."""
    attributes = (ctypes.c_uint64 * 4)(_RDONLY | _NOSUID | _NODEV, 0, 0, 0)
    if _libc.syscall(_SYS_MOUNT_SETATTR, _AT_FDCWD, path.encode(), _AT_RECURSIVE, attributes, 32) == 0:
        return
    if ctypes.get_errno() != errno.ENOSYS:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
    flags = os.statvfs(path).f_flag & (_NOEXEC | os.ST_NOATIME | os.ST_NODIRATIME | os.ST_RELATIME)
    _mount(None, path, None, _REMOUNT | _BIND | _RDONLY | _NOSUID | _NODEV | _mount_flags(flags))


def _mount_flags(flags):
    """statvfs(3)'s flags as mount(2) has them: one of them differs."""
    relatime = 1 << 21 if flags & os.ST_RELATIME else 0
    return flags & ~os.ST_RELATIME | relatime


def use_processes(descriptor):
    """From now on this process's children are in the table that `descriptor`, a namespace, stands for."""
    _call("setns", descriptor, CLONE_NEWPID)


def find_parent():
    """This process's parent as the fork server counts, which getppid(2) does not tell across process tables."""
    if sys.platform != "linux":
        return os.getppid()
    with open("/proc/self/stat") as file:
        return int(file.read().rpartition(")")[2].split()[1])


@contextlib.contextmanager
def _created(path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as file:
        yield file


def _write(path, text):
    with open(path, "w") as file:
        file.write(text)


def _mount(source, target, kind, flags, options=None):
    encoded = [None if each is None else each.encode() for each in (source, target, kind, options)]
    if _libc.mount(encoded[0], encoded[1], encoded[2], ctypes.c_ulong(flags), encoded[3]) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), target)


def _call(name, *arguments):
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
