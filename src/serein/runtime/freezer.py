"""Stops processes between invocations, and has them go on: Lambda freezes an environment when it has nothing to do.

Signals rather than a cgroup: they need no rights, and reach every process that descends from an environment's own.
"""

import contextlib
import os
import signal
from collections.abc import Collection, Iterable
from pathlib import Path

_MOST_DESCENDANTS = 4_096


def freeze(leaders: Collection[int], keepers: Iterable[int] = ()) -> tuple[int, ...]:
    """Stop these processes' groups and whatever else descends from them. Gives the latter, for `thaw`.

    `keepers` have adopted what the leaders' descendants left behind: that is stopped too, and they are not.
    """
    outside = []
    for leader in leaders:
        _signal_group(leader, signal.SIGSTOP)
    for ancestor in (*leaders, *keepers):
        for pid in descendants(ancestor):
            try:
                if os.getpgid(pid) not in leaders:
                    os.kill(pid, signal.SIGSTOP)
                    outside.append(pid)
            except (ProcessLookupError, PermissionError):
                continue
    return tuple(outside)


def thaw(leaders: Iterable[int], outside: Iterable[int]) -> None:
    """Have stopped processes go on."""
    for pid in outside:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGCONT)
    for leader in leaders:
        _signal_group(leader, signal.SIGCONT)


def terminate(leader: int) -> None:
    """Ask a process to end (SIGTERM)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(leader, signal.SIGTERM)


def descendants(pid: int) -> list[int]:
    """Children, grandchildren and so on; none where the system does not tell."""
    found: list[int] = []
    left = [pid]
    while left and len(found) < _MOST_DESCENDANTS:
        children = _children(left.pop())
        found += children
        left += children
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    try:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (thread / "children").read_text().split())
    except OSError:
        return found
    return found


def _signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, number)
