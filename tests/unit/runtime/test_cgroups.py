"""Control groups, version 2, in folders that look like the kernel's: where groups are made, and with which limits."""

import asyncio
import os
from pathlib import Path

import pytest

from serein.kernel.runner import FunctionSpec
from serein.kernel.scope import Scope
from serein.runtime.cgroups import ControlGroups, ProcessGroups

ALL = "cpu memory pids\n"


class Machine:
    """A process's own view (`/proc`), and a hierarchy that is mounted somewhere."""

    def __init__(self, folder: Path, own: str, *, root: str = "/") -> None:
        self.mount = folder / "cgroup"
        self.processes = folder / "proc"
        self.record = folder / "record"
        (self.processes / "self").mkdir(parents=True)
        (self.processes / "self" / "cgroup").write_text(f"1:name=systemd:/elsewhere\n0::{own}\n")
        (self.processes / "self" / "mountinfo").write_text(
            "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
            f"33 22 0:29 {root} {self.mount} rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
        )

    def group(self, path: str, controllers: str) -> Path:
        """A group whose members can have limits by these controllers."""
        folder = self.mount / path
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cgroup.subtree_control").write_text(controllers)
        (folder / "cgroup.procs").write_text("")
        return folder

    def groups(self, *, is_cpu_limited: bool = False) -> ControlGroups:
        return ControlGroups.find(self.record, is_cpu_limited=is_cpu_limited, processes=self.processes)


def spec(tmp_path: Path, memory_mb: int = 1769) -> FunctionSpec:
    return FunctionSpec(
        scope=Scope(),
        name="f",
        version="$LATEST",
        arn="arn:aws:lambda:us-east-1:000000000000:function:f",
        revision="1",
        runtime="python3.11",
        handler="app.handler",
        code=tmp_path,
        layers=(),
        ephemeral_storage_mb=512,
        memory_mb=memory_mb,
        timeout_seconds=3,
        environment=(),
        log_group="/aws/lambda/f",
    )


def made_below(folder: Path) -> list[Path]:
    return sorted(folder.glob("serein-*"))


def test_groups_are_made_in_the_nearest_group_whose_members_can_have_limits(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "/user.slice/user@1000.service/app.slice/terminal.scope")
    machine.group("", "cpuset cpu io memory pids\n")
    machine.group("user.slice", ALL)
    slice = machine.group("user.slice/user@1000.service/app.slice", ALL)
    machine.group("user.slice/user@1000.service/app.slice/terminal.scope", "\n")
    groups = machine.groups()
    (root,) = made_below(slice)
    assert groups.notices == []
    assert groups.counts_processes
    assert (root / "cpu.weight").read_text() == "800"
    assert (root / "cgroup.subtree_control").read_text().startswith("+")
    groups.close()


def test_a_container_sees_its_own_group_as_the_root(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "/docker/abc", root="/docker/abc")
    root = machine.group("", ALL)
    machine.groups()
    assert len(made_below(root)) == 1


@pytest.mark.parametrize(
    ("offered", "missing"),
    [("memory pids\n", ["cpu"]), ("\n", ["memory", "cpu", "pids"]), ("io\n", ["memory", "cpu", "pids"])],
)
def test_controllers_that_are_not_passed_on_are_named(tmp_path: Path, offered: str, missing: list[str]) -> None:
    machine = Machine(tmp_path, "/")
    root = machine.group("", offered)
    notices = machine.groups().notices
    assert [notice.partition("control group '")[2].partition("'")[0] for notice in notices] == missing
    assert len(made_below(root)) == (len(missing) < 3)


def test_groups_have_limits_by_memory_size(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "/")
    root = machine.group("", ALL)
    groups = machine.groups(is_cpu_limited=True)
    made = groups.groups_for(spec(tmp_path, 1769), "one")
    assert made is not None and made.memory is not None
    folder = made_below(root)[0] / "one"
    assert made.memory == folder
    folder.mkdir()
    for name in ("memory.swap.max", "memory.oom.group"):
        (folder / name).write_text("")
    asyncio.run(taken(made, os.getpid()))
    told = {path.name: path.read_text() for path in folder.iterdir()}
    assert told == {
        "memory.max": str((1769 + 512 + 16) << 20),
        "memory.swap.max": "0",
        "memory.oom.group": "1",
        "cpu.weight": "100",
        "cpu.max": "100000 100000",
        "pids.max": "1024",
        "cgroup.procs": told["cgroup.procs"],
    }
    assert told["cgroup.procs"]


async def taken(made: ProcessGroups, pid: int) -> None:
    """Put a process into its groups, and wait until it is."""
    made.take(pid)
    await asyncio.get_running_loop().shutdown_default_executor()


def test_a_kernel_without_accounts_of_swap_limits_all_the_same(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "/")
    root = machine.group("", ALL)
    made = machine.groups().groups_for(spec(tmp_path, 128), "one")
    assert made is not None
    asyncio.run(taken(made, os.getpid()))
    names = {path.name for path in (made_below(root)[0] / "one").iterdir()}
    assert names == {"memory.max", "cpu.weight", "pids.max", "cgroup.procs"}


@pytest.mark.parametrize(("events", "expected"), [("oom 1\noom_kill 2\n", True), ("oom 1\noom_kill 0\n", False)])
def test_what_the_kernel_ended_for_its_memory_is_known(tmp_path: Path, events: str, expected: bool) -> None:
    machine = Machine(tmp_path, "/")
    machine.group("", ALL)
    made = machine.groups().groups_for(spec(tmp_path), "one")
    assert made is not None and made.memory is not None
    made.memory.mkdir()
    (made.memory / "memory.events").write_text(f"low 0\nhigh 0\nmax 3\n{events}")
    assert made.remove() is expected


def test_groups_of_servers_that_are_gone_are_removed(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "/")
    root = machine.group("", ALL)
    alive, dead, other = root / "serein-7-a", root / "serein-8-b", root / "other-8-c"
    (machine.processes / "7").mkdir()
    for folder in (alive, dead / "environment", other):
        folder.mkdir(parents=True)
    machine.groups()
    assert (alive.exists(), dead.exists(), other.exists()) == (True, False, True)
