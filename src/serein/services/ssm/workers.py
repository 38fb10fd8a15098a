"""What Parameter Store does without a request: delete parameters that expire."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker


def workers(platform: Platform) -> list[Worker]:
    return [ExpiryWorker(platform)]


class ExpiryWorker:
    """Deletes parameters when their Expiration policies say so."""

    name = "expiry of parameters"
    topics: tuple[str, ...] = ("ssm:expiry",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    async def step(self) -> float | None:
        # Why here: start-up imports every service's workers, and few have parameters that expire.
        from serein.services.ssm import store

        due = await self._platform.database.read(store.next_expiry)
        if due is not None and due <= self._platform.clock.now():
            await self._platform.database.write(store.remove_expired)
            due = await self._platform.database.read(store.next_expiry)
        return due
