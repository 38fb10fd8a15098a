"""What Secrets Manager does without a request: rotations, and the end of recovery windows."""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker


def workers(platform: Platform) -> list[Worker]:
    return [SecretsWorker(platform)]


class SecretsWorker:
    """Does what is due. Why through an operation: without secrets nothing more than this module is loaded."""

    name = "secrets"
    topics: tuple[str, ...] = ("secretsmanager:due",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        # Why here: start-up imports every service's workers.
        from serein.services.secretsmanager import store

        due = await self._platform.database.read(store.next_due)
        if due is not None and due <= self._platform.clock.now():
            await self._platform.call("secretsmanager", "DoDue", {}, scope=Scope())
            due = await self._platform.database.read(store.next_due)
        return due
