"""Steps in the order of their dependencies, independent ones side by side."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping

from serein.kernel.worker import further_steps

_CONCURRENT = 32
"""Why so many: steps wait for the disk most of their time, and what waits together is written together."""


class Halted(Exception):
    """A step failed: those that run are waited for, no further one starts."""


async def run_in_order(edges: Mapping[str, list[str]], step: Callable[[str], Awaitable[bool]]) -> None:
    """Call `step` for every name once all its edges' names are done.

    A step that returns False is not done (it failed or waits), so what depends on it never starts. Raises Halted,
    once every running step has ended, when a step raised Halted.
    """
    waiting = {name: {other for other in wanted if other in edges} for name, wanted in edges.items()}
    dependents = reversed_edges(edges)
    ready = deque(name for name, wanted in waiting.items() if not wanted)
    running: dict[asyncio.Task[bool], str] = {}
    is_halted = False
    try:
        while True:
            while ready and not is_halted and len(running) < _CONCURRENT:
                name = ready.popleft()
                running[asyncio.ensure_future(step(name))] = name
            if not running:
                break
            with further_steps(len(running) - 1):
                ended, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in ended:
                name = running.pop(task)
                try:
                    is_done = task.result()
                except Halted:
                    is_halted = True
                    continue
                for other in dependents[name] if is_done else ():
                    waiting[other].discard(name)
                    if not waiting[other]:
                        ready.append(other)
    finally:
        for task in running:
            task.cancel()
    if is_halted:
        raise Halted


def reversed_edges(edges: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Each name with those that depend on it: the order of removal."""
    dependents: dict[str, list[str]] = {name: [] for name in edges}
    for name, wanted in edges.items():
        for other in dict.fromkeys(wanted):
            if other in dependents:
                dependents[other].append(name)
    return dependents
