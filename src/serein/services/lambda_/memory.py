"""What Lambda keeps in memory for one platform: ready specifications, concurrency in use, unpacked code, logs to write.

All of it can be lost: it is rebuilt from rows and packages.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from pathlib import Path

from serein.kernel.call import Platform
from serein.kernel.runner import FunctionSpec
from serein.services.lambda_.concurrency import Places
from serein.services.lambda_.log_buffer import LogBuffer
from serein.services.lambda_.metrics import MetricCounts

_MAXIMUM_SPECS = 2000
ReadySpec = tuple[FunctionSpec, float]


class LambdaMemory:
    """One for each platform, at `platform.memory["lambda"]`."""

    def __init__(self, platform: Platform) -> None:
        self.code_root = platform.limits.data / "lambda"
        self.places = Places()
        self.metrics = MetricCounts(platform)
        self.provisioned: Collection[str] = ()
        """The ARNs that have environments ready: those are of the specifications kept here."""
        self.unavailable: Mapping[str, str] = {}
        """The ARNs that were to have some and can't run on this machine, and why."""
        self.logs = LogBuffer(platform)
        self._specs: dict[tuple[str, str, str], ReadySpec] = {}
        self._predecessors: dict[str, str] = {}
        """Of packages that are not unpacked yet, what the function had before: most of that is the same."""
        self._unpacking: dict[str, asyncio.Lock] = {}
        self._unpacked: set[str] = set()

    def find_spec(self, arn: str, configuration: str, tenant_id: str, now: float) -> FunctionSpec | None:
        """A specification that was built for this ARN, record and tenant, unless its credentials near their end."""
        ready = self._specs.get((arn, configuration, tenant_id))
        return ready[0] if ready is not None and ready[1] > now else None

    def keep_spec(self, configuration: str, spec: FunctionSpec, expires_at: float) -> None:
        if len(self._specs) >= _MAXIMUM_SPECS:
            self._specs = {key: ready for key, ready in self._specs.items() if key[0] in self.provisioned}
        self._specs[spec.arn, configuration, spec.tenant_id] = spec, expires_at

    def follows(self, sha256: str, before: str) -> None:
        """A package takes another's place."""
        if sha256 != before and sha256 not in self._unpacked:
            if len(self._predecessors) >= _MAXIMUM_SPECS:
                self._predecessors.clear()
            self._predecessors[sha256] = before

    async def folder_of(self, sha256: str, unpack: Callable[[Path, Path | None], Awaitable[None]]) -> Path:
        """The folder of an unpacked package; `unpack` is called once when it isn't there, with its predecessor's."""
        folder = self.code_root / sha256
        if sha256 in self._unpacked:
            return folder
        async with self._unpacking.setdefault(sha256, asyncio.Lock()):
            if sha256 not in self._unpacked:
                before = self._predecessors.pop(sha256, None)
                await unpack(folder, self.code_root / before if before else None)
                self._unpacked.add(sha256)
        self._unpacking.pop(sha256, None)
        return folder


def memory_of(platform: Platform) -> LambdaMemory:
    """The platform's; made when first asked for, because requests may come before the workers run."""
    memory: LambdaMemory | None = platform.memory.get("lambda")
    if memory is None:
        memory = platform.memory["lambda"] = LambdaMemory(platform)
    return memory
