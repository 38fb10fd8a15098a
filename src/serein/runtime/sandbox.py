"""Where an environment's isolation is decided: a room of its own on Linux, else a process among others.

A room is a view of the machine, a process table and control groups (`guest/rooms.py`, `cgroups.py`); one mechanism for
all runtimes, because a Python function is forked from a warm server and can't be started through another program
(docs/adr/0008-sandbox.md). Whether rooms can be had is found out by making one, when the first function is prepared.
"""

import asyncio
import logging
import os
import re
import sys
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import msgspec

from serein.kernel.runner import FunctionSpec
from serein.runtime.cgroups import ControlGroups, ProcessGroups
from serein.runtime.sandbox_plan import GROUP, USER, USER_NAME, make_plan, mounts_for_program
from serein.runtime.zygote import VIEWED_RUNTIME, Launch, LaunchFailed

log = logging.getLogger("serein.runtime")
_GUEST = Path(__file__).parent / "guest"
_PROBE_SECONDS = 20.0
_SHARED_PROCESSES = 8192
_LISTS = frozenset({"PATH", "LD_LIBRARY_PATH", "NODE_PATH", "PYTHONPATH", "SEREIN_LAYERS"})
_CAP_SYS_ADMIN = 21


class SandboxUnavailable(LaunchFailed):
    """A sandbox is required and can't be had here; the message says why."""


class Sandbox(Protocol):
    """A way to confine processes."""

    @property
    def mode(self) -> str:
        """For `serein status`."""

    @property
    def notices(self) -> list[str]:
        """What is not enforced here, and why."""

    async def prepare(self) -> None:
        """Find out what is possible, once. Raises SandboxUnavailable when that is too little."""

    def plan(self, runtime: Path | None) -> dict[str, Any] | None:
        """The view of a fork server; None for the host's."""

    def confine(self, launch: Launch, spec: FunctionSpec | None) -> Launch:
        """The same launch, confined. Without `spec` the function is not known yet and follows by `furniture`."""

    def furniture(self, launch: Launch, spec: FunctionSpec) -> tuple[dict[str, Any], ProcessGroups | None] | None:
        """What a process that was started without a function is given to become one; None when it needs nothing."""

    def shown(self, variables: dict[str, str], launch: Launch, spec: FunctionSpec) -> dict[str, str]:
        """Variables with the paths that the function sees."""

    def shown_runtime(self, folder: Path) -> Path:
        """Where the function sees the folder of its runtime."""

    def make_folders(self, scratch: Path) -> None:
        """Have the private folder of an environment, with what functions expect in it."""

    def close(self) -> None:
        """Leave nothing behind."""


class ProcessSandbox:
    """Processes of the platform's user: private temporary folder, own process group, descriptor and memory limits."""

    mode = "process"

    def __init__(self, reason: str = "") -> None:
        self.notices = [reason] if reason else []

    async def prepare(self) -> None:
        return

    def plan(self, runtime: Path | None) -> dict[str, Any] | None:
        return None

    def confine(self, launch: Launch, spec: FunctionSpec | None) -> Launch:
        return launch

    def furniture(self, launch: Launch, spec: FunctionSpec) -> tuple[dict[str, Any], ProcessGroups | None] | None:
        return None

    def shown(self, variables: dict[str, str], launch: Launch, spec: FunctionSpec) -> dict[str, str]:
        return variables

    def shown_runtime(self, folder: Path) -> Path:
        return folder

    def make_folders(self, scratch: Path) -> None:
        _make_folders(scratch)

    def close(self) -> None:
        return


class LinuxSandbox:
    """Rooms and control groups, as far as the host has them."""

    def __init__(self, folder: Path, *, is_required: bool = False, is_cpu_limited: bool = False) -> None:
        """`folder` is for rebuildable files. `is_required`: functions don't run without."""
        self._folder = folder
        self._is_required = is_required
        self._is_cpu_limited = is_cpu_limited
        self._is_privileged = _is_privileged()
        self._is_confining = False
        self._problem = ""
        self._groups: ControlGroups | None = None
        self._probing: asyncio.Task[None] | None = None
        self._runtime: Path | None = None

    @property
    def mode(self) -> str:
        if self._probing is None or not self._probing.done():
            return "not yet known"
        return "sandbox" if self._is_confining else "process"

    @property
    def notices(self) -> list[str]:
        found = [f"functions run without a sandbox: {self._problem}"] if self._problem else []
        return found + (self._groups.notices if self._groups is not None else [])

    async def prepare(self) -> None:
        if self._probing is None:
            self._probing = asyncio.get_running_loop().create_task(self._probe(), name="sandbox-probe")
        await asyncio.shield(self._probing)
        if self._is_required and not self._is_confining:
            raise SandboxUnavailable(f"a sandbox is required for functions, and there is none: {self._problem}")

    async def _probe(self) -> None:
        self._groups = ControlGroups.find(self._folder / "cgroups", is_cpu_limited=self._is_cpu_limited)
        self._problem = await _find_problem(make_plan(self._folder / "root", None, is_privileged=self._is_privileged))
        if self._problem and not self._is_privileged:
            self._problem += "; it needs root, or the capability SYS_ADMIN"
        self._is_confining = not self._problem
        for notice in self.notices:
            log.warning("%s", notice)

    def plan(self, runtime: Path | None) -> dict[str, Any] | None:
        if not self._is_confining:
            return None
        return make_plan(self._folder / "root", runtime, is_privileged=self._is_privileged)

    def confine(self, launch: Launch, spec: FunctionSpec | None) -> Launch:
        assert self._groups is not None
        groups = self._groups.groups_for(spec, launch.scratch.name) if spec is not None else None
        launch = replace(launch, groups=groups)
        if not self._is_confining:
            return launch
        places = _places(launch, spec)
        argv = None if launch.argv is None else tuple(_shown(each, places) for each in launch.argv)
        mounts = launch.mounts
        if argv and launch.argv and argv[0] == launch.argv[0]:
            mounts += tuple(mounts_for_program(argv[0]))
        room: dict[str, Any] = {"view": None, "mounts": mounts, "user": USER, "group": GROUP}
        if spec is not None:
            room = {**room, "view": _view(spec, mounts), "mounts": ()}
        return replace(
            launch,
            env=self._shown_all(launch.env, launch, spec),
            cwd=_shown(launch.cwd, places),
            argv=argv,
            path=tuple(dict.fromkeys(_shown(each, places) for each in launch.path)),
            pycache="",
            room=room,
            processes=0 if self._groups.counts_processes else _SHARED_PROCESSES,
        )

    def furniture(self, launch: Launch, spec: FunctionSpec) -> tuple[dict[str, Any], ProcessGroups | None] | None:
        assert self._groups is not None
        if not self._is_confining:
            return None
        return _view(spec, launch.mounts), self._groups.groups_for(spec, launch.scratch.name)

    def shown(self, variables: dict[str, str], launch: Launch, spec: FunctionSpec) -> dict[str, str]:
        return self._shown_all(variables, launch, spec) if self._is_confining else variables

    def shown_runtime(self, folder: Path) -> Path:
        return Path(VIEWED_RUNTIME) if self._is_confining else folder

    def make_folders(self, scratch: Path) -> None:
        if not self._is_confining:
            _make_folders(scratch)

    def close(self) -> None:
        if self._groups is not None:
            self._groups.close()

    def _shown_all(self, variables: dict[str, str], launch: Launch, spec: FunctionSpec | None) -> dict[str, str]:
        places = _places(launch, spec)
        found = {name: _shown(value, places) for name, value in variables.items()}
        for name in _LISTS & found.keys():
            found[name] = ":".join(dict.fromkeys(found[name].split(":")))
        # AWS: there is no TMPDIR, because /tmp is the function's own.
        if found.get("TMPDIR") == "/tmp":
            del found["TMPDIR"]
        return found


def choose(setting: str, folder: Path, *, cpu: str = "shared") -> Sandbox:
    """The sandbox that the settings `sandbox` and `cpu` ask for, as far as this machine can have one."""
    if setting == "off":
        return ProcessSandbox()
    if sys.platform != "linux":
        if setting == "required":
            raise SandboxUnavailable("a sandbox is required for functions, and that needs Linux")
        return ProcessSandbox("functions run without a sandbox: that needs Linux")
    return LinuxSandbox(folder, is_required=setting == "required", is_cpu_limited=cpu == "limited")


def _view(spec: FunctionSpec, mounts: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {
        "task": str(spec.code.resolve()),
        "layers": [str(layer.resolve()) for layer in spec.layers],
        "tmp_mb": spec.ephemeral_storage_mb,
        "mounts": mounts,
        "user": USER,
        "group": GROUP,
    }


def _places(launch: Launch, spec: FunctionSpec | None) -> dict[str, str]:
    """Where the function sees what the host has at other paths; the more particular ones first."""
    scratch = str(launch.scratch)
    places = {f"{scratch}/home": f"/home/{USER_NAME}", f"{scratch}/tmp": "/tmp", scratch: "/tmp"}
    places.update(launch.mounts)
    places[str(_GUEST)] = VIEWED_RUNTIME
    if spec is not None:
        places[str(spec.code)] = "/var/task"
        places.update(dict.fromkeys(map(str, spec.layers), "/opt"))
    return places


def _shown(text: str, places: dict[str, str]) -> str:
    """A path, or a list of paths with colons, as the function sees it."""
    if "/" not in text:
        return text
    if ":" in text and "://" not in text:
        return ":".join(_shown(part, places) for part in text.split(":"))
    for place, seen in places.items():
        if text.startswith(place) and text[len(place) : len(place) + 1] in ("", "/"):
            return seen + text[len(place) :]
    return text


def _make_folders(scratch: Path) -> None:
    for name in ("tmp", "home"):
        (scratch / name).mkdir(parents=True, exist_ok=True)


def _is_privileged() -> bool:
    """Whether this process may make namespaces without one of users around them."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return False
    found = re.search(r"^CapEff:\s*([0-9a-f]+)$", status, re.MULTILINE)
    return os.geteuid() == 0 and found is not None and bool(int(found[1], 16) >> _CAP_SYS_ADMIN & 1)


async def _find_problem(plan: dict[str, Any]) -> str:
    """Why no room can be made here; empty when one can: one is made."""
    with tempfile.TemporaryDirectory() as folder:
        view = {"task": "/usr", "layers": [], "tmp_mb": 1, "mounts": [], "user": USER, "group": GROUP}
        order = msgspec.json.encode({"plan": plan, "view": view, "scratch": folder}).decode()
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", str(_GUEST / "probe.py"), order),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), _PROBE_SECONDS)
        except TimeoutError:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
            return "making one took too long"
        if process.returncode == 0:
            return ""
        lines = output.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"making one ended with status {process.returncode}"
