"""What EventBridge Scheduler does without a request: it invokes what is due."""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker


def workers(platform: Platform) -> list[Worker]:
    return [SchedulesWorker(platform)]


class SchedulesWorker:
    """Does what is due. Why through an operation: without schedules nothing more than this module is loaded."""

    name = "schedules"
    topics: tuple[str, ...] = ("scheduler:due",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        # Why here: start-up imports every service's workers.
        from serein.services.scheduler import store

        due = await self._platform.database.read(store.next_due)
        while due is not None and due <= self._platform.clock.now():
            await self._platform.call("scheduler", "FireDue", {}, scope=Scope())
            due = await self._platform.database.read(store.next_due)
        return due
