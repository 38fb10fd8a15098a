"""Steps run after those that they need, side by side where they can, and not at all after a failure."""

import asyncio

import pytest

from serein.services.cloudformation.engine.schedule import Halted, run_in_order


def test_a_step_runs_once_and_after_what_it_needs():
    done = []

    async def step(name):
        await asyncio.sleep(0)
        done.append(name)
        return True

    edges = {"c": ["b", "a", "b", "unknown"], "b": ["a"], "a": [], "d": []}
    asyncio.run(run_in_order(edges, step))
    assert sorted(done) == ["a", "b", "c", "d"]
    assert done.index("a") < done.index("b") < done.index("c")


def test_what_depends_on_a_step_that_waits_does_not_start():
    started = []

    async def step(name):
        started.append(name)
        return name != "a"

    asyncio.run(run_in_order({"a": [], "b": ["a"], "c": []}, step))
    assert sorted(started) == ["a", "c"]


def test_a_failure_lets_running_steps_end_and_starts_no_other():
    ended = []

    async def step(name):
        if name == "a":
            raise Halted
        for _ in range(3):
            await asyncio.sleep(0)
        ended.append(name)
        return True

    with pytest.raises(Halted):
        asyncio.run(run_in_order({"a": [], "b": [], "c": ["b"]}, step))
    assert ended == ["b"]
