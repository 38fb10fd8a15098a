"""How much memory an environment uses, counted as its own.

Pages that an environment shares with the fork server are not its own. Telling them apart takes the kernel a walk over
the page tables, too slow for every invocation, so it is done once per environment and the growth of its resident set
is added from then on, which one read of a file of /proc gives. Where there are control groups, the kernel counts for
all processes of an environment together. Elsewhere than on Linux nothing is measured.
"""

import os
import sys
from pathlib import Path

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_MEGABYTE = 1_048_576
IS_MEASURED = sys.platform == "linux"


class MemoryGauge:
    """The memory of a process and its descendants, in bytes."""

    def __init__(self, pid: int, presumed_bytes: int) -> None:
        """`presumed_bytes` stands for the process's own memory until it has been measured."""
        self._pid = pid
        self._own_bytes = presumed_bytes
        self._resident_bytes = -1
        self._statm = -1
        self.is_measured = False
        self.peak_bytes = 0
        if IS_MEASURED:
            try:
                self._statm = os.open(f"/proc/{pid}/statm", os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return
            self._resident_bytes = self._read_resident()

    def sample(self) -> int:
        """The process's own memory now; a few microseconds."""
        resident = self._read_resident()
        if resident <= 0:
            return self._own_bytes
        now = max(self._own_bytes + resident - self._resident_bytes, 0)
        self.peak_bytes = max(self.peak_bytes, now)
        return now

    def sample_all(self) -> int:
        """The same with its descendants'."""
        total = self.sample() + sum(_resident_bytes(pid) for pid in _descendants(self._pid))
        self.peak_bytes = max(self.peak_bytes, total)
        return total

    def measure(self) -> None:
        """Tell own pages from shared ones; about a millisecond."""
        self.is_measured = True
        resident = self._read_resident()
        own = _private_bytes(self._pid)
        if own is not None and resident > 0:
            self._own_bytes, self._resident_bytes = own, resident
            self.peak_bytes = max(own, 0)

    def close(self) -> None:
        if self._statm >= 0:
            os.close(self._statm)
            self._statm = -1

    def _read_resident(self) -> int:
        if self._statm < 0:
            return 0
        try:
            return int(os.pread(self._statm, 128, 0).split()[1]) * _PAGE_BYTES
        except (OSError, IndexError):
            return 0


class MemoryWatch:
    """Holds an environment to its memory size, whichever process it has at the moment."""

    def __init__(self, limit_mb: int, presumed_mb: int) -> None:
        """`presumed_mb` stands for what a process uses until it has been measured."""
        self.was_exceeded = False
        self._limit_mb = limit_mb
        self._presumed_mb = presumed_mb
        self._peak_bytes = 0
        self._gauge: MemoryGauge | None = None
        self._group: Path | None = None

    def follow(self, pid: int, group: Path | None = None) -> None:
        """Watch this process, from the first call until `leave`. `group` is its control group's folder, if any."""
        if self._gauge is None:
            self._gauge = MemoryGauge(pid, self._presumed_mb * _MEGABYTE)
            self._group = group
            self.was_exceeded = False

    def leave(self) -> None:
        """The process has gone; its peak counts on."""
        if self._gauge is not None:
            self._peak_bytes = max(self._peak_bytes, self._gauge.peak_bytes)
            self._gauge.close()
            self._gauge = None

    @property
    def is_measured(self) -> bool:
        return self._gauge is None or self._gauge.is_measured

    def measure(self) -> None:
        """Tell own pages from shared ones; about a millisecond."""
        if self._gauge is not None:
            self._gauge.measure()

    def is_exceeded(self) -> bool:
        """Whether process and descendants use more than they may."""
        if self._gauge is None:
            return False
        if not self._gauge.is_measured:
            self._gauge.measure()
        used = _group_bytes(self._group) if self._group is not None else None
        # Why the larger one: what a process took before it was in the group does not count there.
        used = self._gauge.sample_all() if used is None else max(used, self._gauge.sample())
        if used > self._limit_mb * _MEGABYTE:
            self.was_exceeded = True
        return self.was_exceeded

    def used_mb(self) -> int:
        """Memory now."""
        return self._presumed_mb if self._gauge is None else _megabytes(self._gauge.sample())

    def peak_mb(self) -> int:
        """What REPORT lines say: never more than the function's memory size."""
        if self.was_exceeded:
            return self._limit_mb
        if self._gauge is not None:
            self._gauge.sample()
            self._peak_bytes = max(self._peak_bytes, self._gauge.peak_bytes)
        return min(_megabytes(self._peak_bytes) or self._presumed_mb, self._limit_mb)


def _megabytes(size_bytes: int) -> int:
    return -(-size_bytes // _MEGABYTE)


def _read(path: str) -> str:
    try:
        with open(path) as file:  # noqa: PTH123
            return file.read()
    except OSError:
        return ""


def _resident_bytes(pid: int) -> int:
    words = _read(f"/proc/{pid}/statm").split()
    # Why less the file pages: a program's text is shared with every other run of it.
    return max(int(words[1]) - int(words[2]), 0) * _PAGE_BYTES if len(words) > 2 else 0


def _private_bytes(pid: int) -> int | None:
    total = -1
    for line in _read(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(("Private_Clean:", "Private_Dirty:")):
            total = max(total, 0) + int(line.split()[1]) * 1024
    return None if total < 0 else total


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    left = [pid]
    while left and len(found) < 4_096:
        parent = left.pop()
        children = [int(child) for child in _read(f"/proc/{parent}/task/{parent}/children").split()]
        found += children
        left += children
    return found


def _group_bytes(folder: Path) -> int | None:
    """What the processes of a control group keep in memory, but for files."""
    for line in _read(f"{folder}/memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name in ("anon", "total_rss"):
            return int(value)
    return None
