"""What Application Auto Scaling does without a request: scheduled actions, and a look at each target every minute."""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker
from serein.services.application_autoscaling import store
from serein.services.application_autoscaling.targets import next_minute


def workers(platform: Platform) -> list[Worker]:
    return [ScalingWorker(platform), HasteWorker(platform)]


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


class HasteWorker:
    """Has targets looked at again soon whose tables were quiet, once a table changes or consumes something.

    So it does at the start, too: what was consumed before isn't known any more.
    """

    name = "application auto scaling of quiet tables"
    topics: tuple[str, ...] = ("dynamodb:tables",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        database, soon = self._platform.database, next_minute(self._platform.clock.now())
        if await database.read(lambda tx: store.find_later(tx, soon)):
            await database.write(lambda tx: store.hasten(tx, soon))
        return None
