"""The worker that looks after map runs."""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.services.stepfunctions.distributed.ending import count_ends
from serein.services.stepfunctions.distributed.turns import LEASE_SECONDS, take_turns
from serein.services.stepfunctions.store import map_runs

_AT_ONCE = 16


class MapRunWorker:
    """Takes the turns of map runs that are due, several runs at once, each at one server at a time."""

    name = "stepfunctions map runs"
    topics: tuple[str, ...] = (map_runs.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._has_begun = False

    async def step(self) -> float | None:
        platform, database = self._platform, self._platform.database
        if not self._has_begun:
            self._has_begun = True
            if not database.is_shared and await database.read(map_runs.next_due) is not None:
                await database.write(map_runs.release_all)
        due = await database.read(map_runs.next_due)
        if due is None or due > platform.clock.now():
            return due
        for run_id in await database.write(_claim):
            platform.workers.activities.start(f"map run {run_id}", take_turns(platform, run_id), wakes=map_runs.TOPIC)
        return await database.read(map_runs.next_due)


def _claim(tx: Transaction) -> list[str]:
    count_ends(tx, _AT_ONCE)
    return map_runs.claim_runs(tx, _AT_ONCE, LEASE_SECONDS)
