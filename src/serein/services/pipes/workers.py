"""What EventBridge Pipes does without a request: it ends the states that pipes pass through."""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker


def workers(platform: Platform) -> list[Worker]:
    return [StatesWorker(platform)]


class StatesWorker:
    """Ends states whose time has come. Why through an operation: without pipes nothing more than this is loaded."""

    name = "states of pipes"
    topics: tuple[str, ...] = ("pipes:due",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        # Why here: start-up imports every service's workers.
        from serein.services.pipes import store

        due = await self._platform.database.read(store.next_due)
        while due is not None and due <= self._platform.clock.now():
            await self._platform.call("pipes", "SettlePipes", {}, scope=Scope())
            due = await self._platform.database.read(store.next_due)
        return due
