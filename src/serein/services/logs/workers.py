"""Deletes the events that have outlived their group's retention, once a day of the platform's time."""

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.worker import Worker
from serein.services.logs import store

_DAY_SECONDS = 86_400.0


class RetentionWorker:
    """Reading leaves expired events out already; this frees their space."""

    name = "logs-retention"
    topics: tuple[str, ...] = ("logs:retention",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        database = self._platform.database
        groups = await database.read(store.groups_with_retention)
        if not groups:
            return None

        def expire(tx: Transaction) -> None:
            for group in groups:
                store.remove_events_before(tx, group.id, group.oldest_ms(tx.now))

        await database.write(expire)
        return self._platform.clock.now() + _DAY_SECONDS


def workers(platform: Platform) -> list[Worker]:
    return [RetentionWorker(platform)]
