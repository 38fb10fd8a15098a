"""Provisioned concurrency: keeps as many environments ready as versions and aliases are to have.

An alias that sends a share of its invocations to another version has the environments of its main version only.
AWS: https://docs.aws.amazon.com/lambda/latest/dg/provisioned-concurrency.html
"""

import asyncio
from contextlib import suppress

from serein.kernel.call import Platform
from serein.kernel.database import Transaction
from serein.kernel.errors import AwsError, NotImplementedHere
from serein.kernel.runner import FunctionSpec
from serein.services.lambda_.errors import ResourceNotFoundException
from serein.services.lambda_.invocation import CREDENTIALS_SECONDS, Executable, find_main, spec_of
from serein.services.lambda_.memory import memory_of
from serein.services.lambda_.store import provisioned as store
from serein.services.lambda_.store.provisioned import Provisioned

_RETRY_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.2
IN_PROGRESS, READY, FAILED = "IN_PROGRESS", "READY", "FAILED"
_INIT_FAILED = "FUNCTION_ERROR_INIT_FAILURE"


class ProvisionedKeeper:
    """Tells the runner what to keep ready, whenever that changes and before credentials end."""

    name = "provisioned concurrency"
    topics: tuple[str, ...] = (store.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._kept: dict[str, FunctionSpec] = {}
        self._settling: set[str] = set()

    async def step(self) -> float | None:
        platform = self._platform
        rows = await platform.database.read(store.all_provisioned)
        if not rows and not self._kept:
            return None
        has_failed = False
        wanted: dict[str, FunctionSpec] = {}
        unavailable: dict[str, str] = {}
        for row in rows:
            try:
                spec = await self._spec(row)
                if spec is not None:
                    self._provision(spec, row.requested)
                    wanted[spec.arn] = spec
            except NotImplementedHere as error:
                unavailable[row.reference.arn] = error.message
            except AwsError:
                has_failed = True
        for arn, spec in self._kept.items():
            if arn not in wanted:
                platform.runner.provision(spec, 0)
        self._kept = wanted
        memory_of(platform).provisioned, memory_of(platform).unavailable = wanted.keys(), unavailable
        return platform.clock.now() + (_RETRY_SECONDS if has_failed else CREDENTIALS_SECONDS) if rows else None

    def _provision(self, spec: FunctionSpec, requested: int) -> None:
        """Have environments started; the platform is busy until they are ready or have failed.

        Raises NotImplementedHere when functions of that runtime can't run on this machine.
        """
        changed = asyncio.Event()
        self._platform.runner.provision(spec, requested, changed.set)
        if spec.arn not in self._settling:
            self._settling.add(spec.arn)
            name = f"provisioned concurrency of {spec.name}"
            self._platform.workers.activities.start(name, self._settle(spec.arn, changed))

    async def _settle(self, arn: str, changed: asyncio.Event) -> None:
        try:
            while True:
                kept = self._platform.runner.provisioned(arn)
                if kept.ready + kept.failed >= kept.requested:
                    return
                changed.clear()
                # Why a limit: what was asked for may have been replaced, and then this isn't told any more.
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), _LOOK_AGAIN_SECONDS)
        finally:
            self._settling.discard(arn)

    async def _spec(self, row: Provisioned) -> FunctionSpec | None:
        def read(tx: Transaction) -> Executable | None:
            try:
                return find_main(tx, row.reference)
            except ResourceNotFoundException:
                return None

        executable = await self._platform.database.read(read)
        return None if executable is None else await spec_of(self._platform, executable)


def status_of(platform: Platform, row: Provisioned) -> dict[str, object]:
    """What the API shows of a configuration."""
    kept = platform.runner.provisioned(row.reference.arn)
    is_known = kept.requested == row.requested
    ready = min(kept.ready, row.requested)
    reply: dict[str, object] = {
        "RequestedProvisionedConcurrentExecutions": row.requested,
        "AvailableProvisionedConcurrentExecutions": ready,
        "AllocatedProvisionedConcurrentExecutions": ready,
        "Status": IN_PROGRESS,
    }
    if is_known and ready == row.requested:
        reply["Status"] = READY
    elif is_known and kept.failed:
        reply |= {"Status": FAILED, "StatusReason": _INIT_FAILED}
    elif (reason := memory_of(platform).unavailable.get(row.reference.arn)) is not None:
        reply |= {"Status": FAILED, "StatusReason": reason}
    return reply
