"""Jobs take turns with their transactions, so that however many there are, others wait for one of them at most."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from serein.kernel.call import Platform
from serein.kernel.database import Transaction

T = TypeVar("T")
_MEMORY = "dynamodb jobs' turns"


async def write_in_turn(platform: Platform, fn: Callable[[Transaction], T]) -> T:
    """Run a transaction of a job: see `Database.write`.

    Why: the embedded engine runs all transactions that wait in one go, and a job's take some milliseconds each.
    """
    turns: asyncio.Lock = platform.memory.setdefault(_MEMORY, asyncio.Lock())
    async with turns:
        return await platform.database.write(fn)
