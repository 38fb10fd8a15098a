"""What Step Functions does without a request: timers of executions, what other servers left, map runs, metrics."""

from serein.kernel.call import Platform
from serein.kernel.worker import Worker
from serein.services.stepfunctions.metrics import metric_writer
from serein.services.stepfunctions.store.existence import has_executions


def workers(platform: Platform) -> list[Worker]:
    return [ExecutionsWorker(platform), MapRunsWorker(platform), metric_writer(platform)]


class ExecutionsWorker:
    """Goes on with executions whose time has come. Nothing of the interpreter is loaded before there is one."""

    name = "executions"
    topics: tuple[str, ...] = ("stepfunctions:timers",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._alive_at: float | None = 0.0

    async def step(self) -> float | None:
        database = self._platform.database
        # Why not for shared ones: other servers must know that this one lives before it performs anything.
        if not database.is_shared and not await database.read(has_executions):
            return None
        # Why here: start-up imports every service's workers.
        from serein.services.stepfunctions.execution import worker

        now = self._platform.clock.now()
        if self._alive_at is not None and now >= self._alive_at:
            self._alive_at = await worker.keep_alive(self._platform)
        due = await worker.ring_timers(self._platform)
        return min((at for at in (due, self._alive_at) if at is not None), default=None)


class MapRunsWorker:
    """Goes on with map runs."""

    name = "map runs"
    topics: tuple[str, ...] = ("stepfunctions:map-runs",)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._worker: Worker | None = None

    async def step(self) -> float | None:
        if self._worker is None:
            if not await self._platform.database.read(has_executions):
                return None
            # Why here: as above.
            from serein.services.stepfunctions.distributed.worker import MapRunWorker

            self._worker = MapRunWorker(self._platform)
        return await self._worker.step()
