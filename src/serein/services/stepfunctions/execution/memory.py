"""What a server keeps in memory of executions: nothing that it may not lose."""

from dataclasses import dataclass, field

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.ids import random_fraction, random_hex
from serein.services.stepfunctions.store.frames import Kept
from serein.services.stepfunctions.store.timers import Timer

_KEY = "stepfunctions.executions"
_SEQUENCE_BITS = 20


@dataclass(slots=True)
class Memory:
    """`server` is the name by which frames belong to this one."""

    server: str
    kept: Kept = field(default_factory=Kept)
    planned: float | None = None
    """When the worker looks at the timers next, unless it is woken."""
    last_id: int = 0
    ringing: set[Timer] = field(default_factory=set)
    """Timers that are being rung."""

    def next_id(self, tx: Transaction) -> int:
        """A number for an execution that starts now: larger than those of all that this server started before."""
        first = (int(tx.now * 1000) << _SEQUENCE_BITS) + int(random_fraction() * (1 << _SEQUENCE_BITS - 1))
        self.last_id = max(self.last_id + 1, first)
        return self.last_id


def memory_of(platform: Platform) -> Memory:
    found: Memory | None = platform.memory.get(_KEY)
    if found is None:
        found = platform.memory.setdefault(_KEY, Memory(random_hex(16)))
    return found
