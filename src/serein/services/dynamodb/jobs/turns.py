"""Jobs take turns with their transactions, and nodes with their jobs.

The embedded engine runs all transactions that wait in one go, and a job's take some milliseconds each. So they take
turns, and however many jobs there are, others wait for one such transaction at most.

Every node that shares a database begins every job. A job's row counts its steps, so a node finds out when another has
gone on with the job, and then leaves it to that one as long as it lives.
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.dynamodb.store import jobs
from serein.services.dynamodb.store.jobs import Job

T = TypeVar("T")
_MEMORY = "dynamodb jobs' turns"
_PATIENCE_SECONDS = 5.0


class Overtaken(Exception):
    """Another node has gone on with the job, or ended it."""


async def write_in_turn(platform: Platform, fn: Callable[[Transaction], T]) -> T:
    """Run a transaction of a job: see `Database.write`."""
    turns: asyncio.Lock = platform.memory.setdefault(_MEMORY, asyncio.Lock())
    async with turns:
        return await platform.database.write(fn)


def require_step(tx: Transaction, job_id: int, step: int) -> Job:
    """The job, which is to have got as far as `step` and no farther. Raises Overtaken."""
    job = jobs.find_job(tx, job_id)
    if job is None or not job.is_open or job.step != step:
        raise Overtaken
    return job


async def leave_to_others(platform: Platform) -> None:
    """Wait until a job is done, or for some seconds: whoever has overtaken may have died since."""
    subscription = platform.bus.subscribe(jobs.TOPIC)
    try:
        await subscription.wait(patience_seconds=_PATIENCE_SECONDS)
    finally:
        subscription.close()
