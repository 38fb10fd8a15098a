"""What Application Auto Scaling does without a request: scheduled actions, and a look at each target every minute."""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker
from serein.services.application_autoscaling import store


def workers(platform: Platform) -> list[Worker]:
    return [ScalingWorker(platform)]


class ScalingWorker:
    """Does what is due. Why through an operation: without targets nothing more than this module is loaded."""

    name = "application auto scaling"
    topics: tuple[str, ...] = (store.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        due = await self._platform.database.read(store.next_due)
        if due is not None and due <= self._platform.clock.now():
            await self._platform.call("application-autoscaling", "ScaleDue", {}, scope=Scope())
            due = await self._platform.database.read(store.next_due)
        return due
