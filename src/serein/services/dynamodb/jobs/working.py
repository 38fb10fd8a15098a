"""The workers that do jobs and forget what is over: one for each job that is open, and one that sees to them."""

from functools import partial

from serein.kernel.call import Platform
from serein.kernel.scope import Scope
from serein.kernel.worker import Worker
from serein.services.dynamodb.jobs.retention import find_next_due, find_old, forget, forget_jobs
from serein.services.dynamodb.store import history, jobs


def workers(platform: Platform) -> list[Worker]:
    """The workers that run as long as the platform does."""
    return [Foreman(platform), Forgetter(platform)]


class Foreman:
    """Has a worker for each open job."""

    name = "dynamodb jobs"
    topics: tuple[str, ...] = (jobs.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._hands: set[str] = set()

    async def step(self) -> float | None:
        open_ids = await self._platform.database.read(jobs.open_jobs)
        wanted = {_name(job_id): job_id for job_id in open_ids}
        for name in self._hands - wanted.keys():
            await self._platform.workers.remove(name)
            self._hands.discard(name)
        for name, job_id in wanted.items():
            if name not in self._hands:
                self._hands.add(name)
                self._platform.workers.add(Hand(self._platform, job_id))
        return None


def _name(job_id: int) -> str:
    return f"dynamodb job {job_id}"


class Hand:
    """Does one job."""

    topics: tuple[str, ...] = ()

    def __init__(self, platform: Platform, job_id: int) -> None:
        self.name = _name(job_id)
        self._platform = platform
        self._job_id = job_id

    async def step(self) -> float | None:
        await self._platform.call("dynamodb", "RunJob", {"Id": self._job_id}, scope=Scope())
        return None


class Forgetter:
    """Forgets history that is too old, and jobs whose time is up."""

    name = "dynamodb retention"
    topics: tuple[str, ...] = (history.TOPIC,)

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database
        self._clock = platform.clock

    async def step(self) -> float | None:
        for table_id in await self._database.read(history.histories):
            await self._forget_history(table_id)
        due = await self._database.read(jobs.find_next_expiry)
        if due is not None and due <= self._clock.now():
            while await self._database.write(forget_jobs):
                pass
        return await self._database.read(find_next_due)

    async def _forget_history(self, table_id: int) -> None:
        while True:
            old = await self._database.read(partial(find_old, table_id=table_id))
            if not old.versions and not old.is_last:
                return
            await self._database.write(partial(forget, table_id=table_id, old=old))
            if old.is_last:
                return
