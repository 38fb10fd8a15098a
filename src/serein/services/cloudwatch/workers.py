"""What CloudWatch does without a request: it looks at alarms that are due, and lets old data lose detail.

Why through operations: while there is nothing to do, little more than this module is loaded.
"""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker
from serein.services.cloudwatch.store import dues

_DAY_SECONDS = 86_400.0


def workers(platform: Platform) -> list[Worker]:
    return [AlarmWorker(platform), AgeWorker(platform)]


class AlarmWorker:
    """Looks at alarms that are due."""

    name = "CloudWatch's alarms"
    topics: tuple[str, ...] = (dues.ALARMS_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        database, clock = self._platform.database, self._platform.clock
        while (due := await database.read(dues.next_due)) is not None and due <= clock.now():
            await self._platform.call("cloudwatch", "WatchAlarms", {}, scope=Scope())
        return due


class AgeWorker:
    """Looks at old data once a day, when there are any."""

    name = "CloudWatch's old data"
    topics: tuple[str, ...] = (dues.DATA_TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        database, clock = self._platform.database, self._platform.clock
        due = await database.read(dues.oldest_due)
        if due is not None and due <= clock.now():
            await self._platform.call("cloudwatch", "AgeData", {}, scope=Scope())
            due = await database.read(dues.oldest_due)
        return None if due is None else max(due, clock.now() + _DAY_SECONDS)
