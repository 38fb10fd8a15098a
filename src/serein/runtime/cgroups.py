"""Control groups for environments: hard limits on memory and processes, and processor time in proportion to memory.

Version 1 and 2 of the kernel's interface; what is neither there nor ours to write to is left out, with a notice. The
groups lie below one of this server's, in the group that the server itself was started in (version 2: in the nearest
one above that lets its members have limits), and are written down, so that the next start removes what a killed
server has left.
"""

import asyncio
import logging
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from serein.kernel.ids import random_hex
from serein.kernel.runner import FunctionSpec

log = logging.getLogger("serein.runtime")
_CONTROLLERS = ("memory", "cpu", "pids")
_MEGABYTE = 1_048_576
_MEGABYTES_PER_PROCESSOR = 1769
"""AWS: at this memory size a function has one vCPU."""
_PERIOD_MICROSECONDS = 100_000
_SHORTEST_QUOTA_MICROSECONDS = 1_000
_MAXIMUM_PROCESSES = 1024
"""AWS: the quota "processes and threads" of an execution environment."""
_SLACK_MB = 16
_OPTIONAL = frozenset({"memory.swap.max", "memory.oom.group", "memory.swappiness"})
_LOST = {
    "memory": "memory is watched, not limited by the kernel",
    "cpu": "processor time does not follow memory",
    "pids": "the number of processes is limited for all functions together",
}


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """Where groups can be made that have some controllers."""

    parent: Path
    controllers: frozenset[str]
    is_unified: bool


class ProcessGroups:
    """The groups of one environment: made and filled beside the start, which does not wait for it.

    Why beside: moving a process takes the kernel up to 15 ms, longer than the whole of a cold start. Meanwhile the
    watch on memory is all there is; what the process has started by then is moved with it.
    """

    def __init__(self, members: list[tuple[Path, dict[str, str]]], memory: Path | None) -> None:
        """`members`: folders, and their settings by file."""
        self.memory = memory
        """The folder that counts its memory."""
        self._members = members
        self._taking: asyncio.Future[None] | None = None
        self._is_over = False

    def take(self, pid: int) -> None:
        """Put a process and what it has started into the groups, soon."""
        self._taking = asyncio.get_running_loop().run_in_executor(None, self._take, pid)

    def remove(self) -> bool:
        """Remove them, whose processes have ended; whether the kernel had killed any for its memory."""
        self._is_over = True
        was_out_of_memory = self._has_killed()
        if self._taking is None or self._taking.done():
            self._remove()
        else:
            self._taking.add_done_callback(lambda _: self._remove())
        return was_out_of_memory

    def _take(self, pid: int) -> None:
        for folder, settings in self._members:
            try:
                self._fill(folder, settings, pid)
            except FileNotFoundError:
                # Why again: whoever had this folder before may just have removed it.
                with suppress(OSError):
                    self._fill(folder, settings, pid)
            except OSError as error:
                log.warning("a function is not held to its limits: %s: %s", folder, error.strerror)

    def _fill(self, folder: Path, settings: dict[str, str], pid: int) -> None:
        folder.mkdir(exist_ok=True)
        for name, value in settings.items():
            # Why: a kernel that doesn't account for swap has no file for it, and one before 4.19 none for groups.
            if name not in _OPTIONAL or (folder / name).exists():
                (folder / name).write_text(value)
        for each in (pid, *_descendants(pid)):
            # Why asked again: the number of a process that has ended may be another's.
            if not self._is_over:
                with suppress(ProcessLookupError):
                    (folder / "cgroup.procs").write_text(str(each))

    def _remove(self) -> None:
        for folder, _ in self._members:
            # Why suppressed: another process of the environment may still be in there; the last one removes it.
            with suppress(OSError):
                folder.rmdir()

    def _has_killed(self) -> bool:
        for name in ("memory.oom_control", "memory.events"):
            if self.memory is not None:
                with suppress(OSError):
                    words = dict(line.split() for line in (self.memory / name).read_text().splitlines())
                    return int(words.get("oom_kill", 0)) > 0
        return False


class ControlGroups:
    """The groups of one server."""

    def __init__(self, hierarchies: list[Hierarchy], record: Path, *, is_cpu_limited: bool) -> None:
        self._name = f"serein-{os.getpid()}-{random_hex(8)}"
        self._is_cpu_limited = is_cpu_limited
        self._record = record
        self._hierarchies = [hierarchy for hierarchy in hierarchies if self._make_root(hierarchy)]
        self._available = {name for hierarchy in self._hierarchies for name in hierarchy.controllers}
        if self._hierarchies:
            record.parent.mkdir(parents=True, exist_ok=True)
            record.write_text("".join(f"{root}\n" for root in self.roots))

    @classmethod
    def find(cls, record: Path, *, is_cpu_limited: bool, processes: Path = Path("/proc")) -> "ControlGroups":
        """What this process may use. Removes what killed servers have left: the one that wrote `record`, and others.

        `processes` is where the system tells of them.
        """
        with suppress(OSError):
            for root in record.read_text().splitlines():
                _remove(Path(root))
        hierarchies = list(_hierarchies(processes / "self"))
        for hierarchy in hierarchies:
            for group in hierarchy.parent.glob("serein-*-*"):
                owner = group.name.split("-")[1]
                if owner.isdigit() and not (processes / owner).exists():
                    _remove(group)
        return cls(hierarchies, record, is_cpu_limited=is_cpu_limited)

    @property
    def roots(self) -> list[str]:
        return [str(hierarchy.parent / self._name) for hierarchy in self._hierarchies]

    @property
    def counts_processes(self) -> bool:
        return "pids" in self._available

    @property
    def notices(self) -> list[str]:
        missing = [name for name in _CONTROLLERS if name not in self._available]
        return [f"{_LOST[name]}: the control group {name!r} can't be used here" for name in missing]

    def groups_for(self, spec: FunctionSpec, name: str) -> "ProcessGroups | None":
        """Groups for an environment; None when there are none to be had."""
        if not self._hierarchies:
            return None
        members = []
        memory: Path | None = None
        for hierarchy in self._hierarchies:
            folder = hierarchy.parent / self._name / name
            settings: dict[str, str] = {}
            for controller in _CONTROLLERS:
                if controller in hierarchy.controllers:
                    settings.update(self._settings(controller, spec, is_unified=hierarchy.is_unified))
            members.append((folder, settings))
            if "memory" in hierarchy.controllers:
                memory = folder
        return ProcessGroups(members, memory)

    def close(self) -> None:
        for root in self.roots:
            _remove(Path(root))
        self._record.unlink(missing_ok=True)

    def _settings(self, controller: str, spec: FunctionSpec, *, is_unified: bool) -> dict[str, str]:
        if controller == "pids":
            return {"pids.max": str(_MAXIMUM_PROCESSES)}
        if controller == "memory":
            # Why more than the memory size: files in /tmp count too, which AWS keeps on a disk. What the processes
            # themselves use is watched; this is the wall behind it, for those who are faster.
            limit = str((spec.memory_mb + spec.ephemeral_storage_mb + _SLACK_MB) * _MEGABYTE)
            if is_unified:
                return {"memory.max": limit, "memory.swap.max": "0", "memory.oom.group": "1"}
            return {"memory.limit_in_bytes": limit, "memory.swappiness": "0"}
        share = spec.memory_mb / _MEGABYTES_PER_PROCESSOR
        weight = {"cpu.weight": str(_between(1, round(100 * share), 10_000))}
        if not is_unified:
            weight = {"cpu.shares": str(max(2, round(1024 * share)))}
        if not self._is_cpu_limited:
            return weight
        quota = max(_SHORTEST_QUOTA_MICROSECONDS, round(_PERIOD_MICROSECONDS * share))
        if is_unified:
            return {**weight, "cpu.max": f"{quota} {_PERIOD_MICROSECONDS}"}
        return {**weight, "cpu.cfs_period_us": str(_PERIOD_MICROSECONDS), "cpu.cfs_quota_us": str(quota)}

    def _make_root(self, hierarchy: Hierarchy) -> bool:
        root = hierarchy.parent / self._name
        try:
            root.mkdir()
            if "cpu" in hierarchy.controllers:
                # Why: shares divide among functions; as a whole they are worth several processes to the system.
                name, value = ("cpu.weight", "800") if hierarchy.is_unified else ("cpu.shares", "8192")
                (root / name).write_text(value)
            if hierarchy.is_unified:
                for name in sorted(hierarchy.controllers):
                    (root / "cgroup.subtree_control").write_text(f"+{name}")
        except OSError:
            with suppress(OSError):
                root.rmdir()
            return False
        return True


def memory_group_of(pid: int, processes: Path = Path("/proc")) -> Path | None:
    """The folder that counts the memory of a process somebody else has put into a group; None when it isn't seen."""
    groups = dict(_own_groups(processes / str(pid)))
    for mount_root, mount_point, kind, options in _group_mounts(processes / "self"):
        name = "" if kind == "cgroup2" else "memory"
        if name in groups and (not name or name in options):
            folder = Path(mount_point, _below(groups[name], mount_root))
            if (folder / "memory.stat").exists():
                return folder
    return None


def _hierarchies(process: Path) -> Iterator[Hierarchy]:
    """Where this process may make groups."""
    own = dict(_own_groups(process))
    for mount_root, mount_point, kind, options in _group_mounts(process):
        if kind == "cgroup2":
            unified = _find_unified(Path(mount_point), _below(own.get("", "/"), mount_root))
            if unified is not None:
                yield unified
            continue
        controllers = frozenset(_CONTROLLERS) & set(options)
        named = next((name for name in controllers if name in own), None)
        if named is not None:
            parent = Path(mount_point, _below(own[named], mount_root))
            if os.access(parent, os.W_OK):
                yield Hierarchy(parent, controllers, is_unified=False)


def _find_unified(mount: Path, own: str) -> Hierarchy | None:
    """The nearest group, from this process's own upwards, whose members can have limits."""
    group = mount / own
    while True:
        with suppress(OSError):
            offered = frozenset(_CONTROLLERS) & set((group / "cgroup.subtree_control").read_text().split())
            if offered and os.access(group, os.W_OK) and os.access(group / "cgroup.procs", os.W_OK):
                return Hierarchy(group, offered, is_unified=True)
        if group == mount:
            return None
        group = group.parent


def _own_groups(process: Path) -> Iterator[tuple[str, str]]:
    """This process's group by controller; version 2's by the empty name."""
    with suppress(OSError):
        for line in (process / "cgroup").read_text().splitlines():
            _, names, path = line.split(":", 2)
            for name in names.split(","):
                yield name, path


def _group_mounts(process: Path) -> Iterator[tuple[str, str, str, list[str]]]:
    """Root, mount point, kind and options of the hierarchies that are mounted."""
    with suppress(OSError):
        for line in (process / "mountinfo").read_text().splitlines():
            found = re.match(r"\S+ \S+ \S+ (\S+) (\S+) .* - (cgroup2?) \S+ (\S+)$", line)
            if found is not None:
                yield found[1], found[2], found[3], found[4].split(",")


def _below(path: str, root: str) -> str:
    """A group's path as seen from a mount of `root`."""
    inside = path.removeprefix(root) if root != "/" else path
    return inside.lstrip("/")


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def _remove(root: Path) -> None:
    """Remove a group and those in it, as far as no process is in them."""
    if not root.name.startswith("serein-"):
        return
    with suppress(OSError):
        for group in root.iterdir():
            if group.is_dir():
                with suppress(OSError):
                    group.rmdir()
        root.rmdir()


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    left = [pid]
    while left and len(found) < _MAXIMUM_PROCESSES:
        parent = left.pop()
        with suppress(OSError):
            children = [int(child) for child in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
            found += children
            left += children
    return found
