"""The worker that removes blobs which no row names: what crashes between storing and committing leave."""

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.storage.files import FileBlobs

_DAY_SECONDS = 86_400.0
OPERATION = "BlobKeysInUse"
"""The internal operation by which a service that keeps blobs says which: `{"Keys": […]}`."""


class BlobSweeper:
    """Sweeps once a day, and first a day after the start: old blobs are in nobody's way."""

    name = "blob sweeper"
    topics: tuple[str, ...] = ()

    def __init__(self, platform: Platform, blobs: FileBlobs) -> None:
        self._platform = platform
        self._blobs = blobs
        self._due = platform.clock.now() + _DAY_SECONDS

    async def step(self) -> float | None:
        if (now := self._platform.clock.now()) < self._due:
            return self._due
        keys: set[str] = set()
        for folder in self._platform.catalog.folders:
            service = self._platform.catalog.service_in(folder).name
            if self._platform.catalog.find_operation(service, OPERATION) is not None:
                keys.update((await self._platform.call(service, OPERATION, {}, scope=Scope()))["Keys"])
        await self._blobs.sweep(keys)
        self._due = now + _DAY_SECONDS
        return self._due
